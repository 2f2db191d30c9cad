"""The tiny town with what people need, and an engine of straight lines."""

import pytest

import straight_engine
from commute import routing
from commute.analysis import fit, gaps, isochrone, levers, reach  # noqa: F401
from commute.model.network import Network
from tinytown import AS_OF, SRC, frame, tiny_layers, tiny_tables


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
        made = tiny_tables()
        spread = {"unit": "1", "favourable": "low", "basis": "assumed", **SRC}
        rows = [row for row in made["constant"].to_dict("records") if row["name"] not in ("people_decay_km", "population_spread")]
        rows.append({"name": "people_decay_km", "low": 0.5, "central": 1.0, "high": 2.0, **spread})
        rows.append({"name": "population_spread", "low": 0.22, "central": 0.22, "high": 0.22, **spread})
        made["constant"] = frame("constant", rows)
        return Network.from_tables({**made, **tables}, tiny_layers() if layers else {}, AS_OF)

    return make


@pytest.fixture
def town(make_town):
    """The tiny town on its own day."""
    return make_town()
