"""The installed version."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("commute")
except PackageNotFoundError:  # a checkout on the path, not installed
    __version__ = "0+checkout"
