"""Where the network that comes with the library is: in the wheel, else in the checkout, unless the environment says."""

from __future__ import annotations

import os
from pathlib import Path

from commute.errors import BadFile

VARIABLE = "COMMUTE_NETWORK"
ROOM = Path(__file__).resolve().parents[1]
PLACES = (ROOM / "_data" / "network", ROOM.parents[1] / "data" / "network")  # wheel, checkout


def shipped_network() -> Path:
    """The folder (or zip) of the shipped network; the environment variable COMMUTE_NETWORK goes first.

    Raises
    ------
    BadFile
        It is in none of the places.
    """
    said = os.environ.get(VARIABLE, "")
    if said:
        return Path(said)
    for place in PLACES:
        if place.is_dir():
            return place
    raise BadFile([f"the shipped network is not in {' or '.join(map(str, PLACES))}: set {VARIABLE} to its folder"])
