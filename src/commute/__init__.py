"""Where a half-hour commute circle holds, where not, and what would change it. Names load at first use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
