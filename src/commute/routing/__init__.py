"""Travel times: a network and a profile in, minutes out.

Enter by `compile` or `travel_times`; all else is reached from the Engine.
engine      one network, one profile: by car, on foot, by transit, park-and-ride
matrix      many origins in shares, on an executor, streamed and resumed
journeys    one journey, leg by leg
runs        run times of direct trains
roads       streets of the day; every gap alone
riders      the day's timetable, its draws, the links to stops
ways        access on foot, by bicycle, by feeder
street, snap, links         shortest paths over links; points that join them
access                      the field that crosses a river at bridges only
timetable, sampling         what runs when, in each draw
backward    all origins and departures from one backward scan a draw (kernels in backward_lanes, backward_pairs, legs in backward_trace)
scan        forward scans of 64 lanes, for limited transfers and half headways (kernels in lanes, lane_blocks, legs in trace)
minplus                     times under any subset of open gaps, without routing anew
gap_matrices                the same as a result, routed once; one_arc: very many links, each alone
subsets, judged             a measure of every subset, by walking their tree; what is judged by a time
layers      compiled parts kept by content; plane: metres; about: what made a result
shelf       results kept with their network for its next small change; again: driving times after a change of few links
Knows model. Must not know targets, files, plots.
To add a mode: its kernel file, a branch in `engine.Engine.times`, an oracle in tests.
"""

from commute.routing.engine import Engine, compile
from commute.routing.gap_matrices import gap_matrices
from commute.routing.journeys import journeys
from commute.routing.matrix import travel_times
from commute.routing.runs import run_times

__all__ = ["Engine", "compile", "gap_matrices", "journeys", "run_times", "travel_times"]
