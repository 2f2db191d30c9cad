"""What all tests share: the tiny town, the shipped network read once, and what to do without a browser."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

CHROMIUM = "/usr/bin/chromium"
settings.register_profile("commute", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("commute")


@pytest.fixture
def tiny():
    """The tiny town of tinytown.py as a Network, all dates."""
    from commute.model.network import Network
    from tinytown import AS_OF, tiny_layers, tiny_tables

    return Network.from_tables(tiny_tables(), tiny_layers(), AS_OF)


@pytest.fixture(scope="session")
def shipped():
    """The shipped network, all dates."""
    import commute as cm

    return cm.load()


@pytest.fixture(scope="session")
def now(shipped):
    """The shipped network on its own date."""
    return shipped.on(shipped.as_of)


def pytest_collection_modifyitems(config, items):
    """Leave browser tests out where there is no Chromium, and say so; under CI they stay in and fail."""
    if Path(CHROMIUM).exists() or os.environ.get("CI") == "true":
        return
    left = [item for item in items if item.get_closest_marker("browser")]
    if left:
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
        print(f"\n{len(left)} browser tests left out: {CHROMIUM} is not there (Debian package chromium)")
