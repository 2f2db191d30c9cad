"""Questions and their answers: a network and a target in, frames and plain results out.

One file a question:
circle     `check`: does the circle hold, for whom, by how much, and which leg is to blame
screen     `first_screen`: the sentence, the table and the floor that a report opens with
isochrone  `isochrones`: where one gets in so many minutes, as nested areas
compare    networks against a base: who comes in, who drops out, who gains, by which leg; differences: the rule of gain and loss
ranking    `rank`: what each gap is worth alone, last and on average, and how sure its place is; `interactions`
portfolio  the best set under a budget; frontier: budget against benefit; programme: the order by year
missing    links that nobody listed
critical   links and stations whose loss costs most
required   the least that a lever must give; asked: the case and the search; dials: what a lever can be set to
timeline   the circle by date, and what each opening gave; hybrid: networks between two dates
register   the plan's tasks: how late, and what each buys
levers     `levers`: which gap, service or entry change a failing pair needs most
growth     `growth`: the circle by date and by plan
fit        `fit`: published times against the model; `fit_summary`
claims     `claims`: published promises against the model
report     `gather`: every question of the report, for cli; trains a day in `trains`
What they stand on, each room on those before it:
progress   how far a question has come
measure/   what a target measures: people, places, times, shares
worth/     what gaps are worth: facts, stakes, the game of gaps
links/     links that are not listed, or that fail
choosing/  which set to build: options, the search for the best
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
