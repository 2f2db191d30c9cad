"""The tiny town with what people need, and an engine of straight lines."""

import pytest

import straight_engine
from commute import routing
from commute.analysis import fit, isochrone, levers  # noqa: F401
from commute.analysis.measure import reach  # noqa: F401
from commute.analysis.worth import gaps  # noqa: F401
from commute.model.network import Network
from tinytown import AS_OF, peopled_tables, tiny_layers


@pytest.fixture
def engine(monkeypatch):
    """Straight-line times in place of the real engine."""
    for name in ("travel_times", "run_times", "journeys", "compile"):
        monkeypatch.setattr(routing, name, getattr(straight_engine, name))
    return straight_engine


@pytest.fixture
def make_town():
    """The tiny town as a network; tables given by name replace its own."""

    def make(layers: bool = True, **tables) -> Network:
        return Network.from_tables({**peopled_tables(), **tables}, tiny_layers() if layers else {}, AS_OF)

    return make


@pytest.fixture
def town(make_town):
    """The tiny town on its own day."""
    return make_town()
