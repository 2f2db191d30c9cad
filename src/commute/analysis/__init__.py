"""Questions and their answers: a network and a target in, frames and plain results out.

One file a question:
circle     `check`: does the circle hold, for whom, by how much, and which leg is to blame
screen     `first_screen`: the sentence, the table and the floor that a report opens with
isochrone  `isochrones`: where one gets in so many minutes, as nested areas
compare    networks against a base: who comes in, who drops out, who gains, by which leg; differences: the rule of gain and loss
ranking    `rank`: what each gap is worth alone, last and on average, and how sure its place is; `interactions`
portfolio  the best set under a budget; frontier: budget against benefit; programme: the order by year
missing    links that nobody listed (newlinks: pairs near on the ground and far by road; linkfacts: what is said of them)
critical   links and stations whose loss costs most (failing: times without one)
required   the least that a lever must give; asked: the case and the search; dials: what a lever can be set to
timeline   the circle by date, and what each opening gave
register   the plan's tasks: how late, and what each buys
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
gaps       what the data say of each gap; costs; detours; moved: values under moved ends
potential  weights between zones; stakes: what a target has at stake on a network, and the game of gaps on it
game       the cooperative game of road gaps, exact (coalitions: sets, Shapley, interactions; parts: tables of few gaps)
options    what can be chosen; choices: options taken together; choosing: the best set, arrays only; solving, routed, steps
hybrid     networks between two dates
progress   how far a question has come
Knows model and routing. Must not know files or plots.
To add a question: its file, a name in `commute/__init__.pyi`, a command in cli."""

from commute.analysis.circle import check
from commute.analysis.claims import claims
from commute.analysis.compare import compare
from commute.analysis.critical import critical
from commute.analysis.fit import fit, fit_summary
from commute.analysis.frontier import frontier
from commute.analysis.growth import growth
from commute.analysis.isochrone import isochrones
from commute.analysis.levers import levers
from commute.analysis.missing import missing
from commute.analysis.portfolio import portfolio
from commute.analysis.programme import programme
from commute.analysis.ranking import interactions, rank
from commute.analysis.register import register
from commute.analysis.required import required
from commute.analysis.screen import first_screen
from commute.analysis.timeline import timeline

__all__ = [
    "check", "claims", "compare", "critical", "first_screen", "fit", "fit_summary", "frontier", "growth", "interactions",
    "isochrones", "levers", "missing", "portfolio", "programme", "rank", "register", "required", "timeline",
]  # fmt: skip
