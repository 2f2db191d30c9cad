"""The network that comes with the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commute.errors import UnknownId
from commute.io.shipped import shipped_network

if TYPE_CHECKING:
    from commute.model.network import Network

NAMES = ("changzhutan",)


def load(name: str = "changzhutan") -> Network:
    """The shipped network of Changsha, Zhuzhou and Xiangtan, at all dates.

    The environment variable COMMUTE_NETWORK names another data package to take instead.

    Raises
    ------
    UnknownId
        No such data set.
    BadFile
        A finding of level error in the files; all are in the message.
    """
    from commute.io.package import read_network

    if name not in NAMES:
        raise UnknownId("data set", name, NAMES)
    return read_network(shipped_network())
