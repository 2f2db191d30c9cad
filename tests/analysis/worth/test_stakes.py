"""What is at stake with fewer gaps, read from the game of more, against asking anew."""

import numpy as np
import pytest

import commute as cm
from commute.analysis.worth.stakes import stakes
from tinytown import AS_OF

TARGET = cm.Target(mode="car", when="free", minutes=3)


def test_a_game_of_fewer_gaps_is_read_from_one_of_more(make_town):
    net = make_town().on(AS_OF)
    again = net.replaced(tables={"gap": net.table("gap").assign(note="so that nothing kept is shared")})
    gaps = [one for one in net.table("gap")["gap_id"] if one not in set(net.in_use("gap")["gap_id"])]
    assert len(gaps) > 1
    stakes(net, TARGET, gaps)
    read, asked = stakes(net, TARGET, gaps[:1]), stakes(again, TARGET, gaps[:1])
    assert read.game.gaps == asked.game.gaps == (gaps[0],) and read is not asked
    assert (read.totals == asked.totals).all() and np.abs(asked.totals).sum() > 0
    assert read.game.alone().to_numpy() == pytest.approx(asked.game.alone().to_numpy())
    assert read.game.alone().to_numpy().any()
