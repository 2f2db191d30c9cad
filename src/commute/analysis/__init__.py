"""Questions and their answers: a network and a target in, frames and plain results out.

One file a question:
circle     `check`: does the circle hold, for whom, by how much, and which leg is to blame
screen     `first_screen`: the sentence, the table and the floor that a report opens with
isochrone  `isochrones`: where one gets in so many minutes, as nested areas
gaps       `rank`: what each gap is worth, opened alone
levers     `levers`: which gap, service or entry change a failing pair needs most
growth     `growth`: the circle by date and by plan
fit        `fit`: published times against the model; `fit_summary`
claims     `claims`: published promises against the model
report     `gather`: every question of the report, for cli; trains a day in `trains`
What they share:
people     people as weighted points; `redistributed` totals
cells      the cell of each zone on the ground; `outlines` of them for maps
reach      times from points to points at the three levels of the constants, kept with the network
pairs      pairs of centres with their legs
shares     shares, minutes needed and shortfall, arrays only
field      minutes from the people to the centres at each level, and ranges over them
Knows model and routing. Must not know files or plots.
To add a question: its file, a name in `commute/__init__.pyi`, a command in cli."""

from commute.analysis.circle import check
from commute.analysis.claims import claims
from commute.analysis.fit import fit, fit_summary
from commute.analysis.gaps import rank
from commute.analysis.growth import growth
from commute.analysis.isochrone import isochrones
from commute.analysis.levers import levers
from commute.analysis.screen import first_screen

__all__ = ["check", "claims", "first_screen", "fit", "fit_summary", "growth", "isochrones", "levers", "rank"]
