"""Long runs: executors, progress, and a folder that a killed run resumes."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pandas as pd
import pytest

import commute as cm
from commute.errors import BadValue
from commute.model.results.times import LEGS
from commute.routing import matrix
from tinytown import AS_OF

ASK = cm.TRANSIT.but(percentiles=(25, 50, 75), draws=2, departures=4, rail="all")


@pytest.fixture
def small_shares(monkeypatch):
    monkeypatch.setattr(matrix, "SHARE", 2)
    monkeypatch.setattr(matrix, "TOGETHER", 2)


def same(a, b):
    pd.testing.assert_frame_equal(a.to_frame(), b.to_frame())
    return (a.seconds == b.seconds).all() and (a.delay_s == b.delay_s).all() and all((a.legs[leg] == b.legs[leg]).all() for leg in LEGS)


def test_any_executor_gives_the_same(tiny, small_shares):
    now = tiny.on(AS_OF)
    plain = cm.travel_times(now, None, profile=ASK)
    with ThreadPoolExecutor(2) as threads:
        assert same(cm.travel_times(now, None, profile=ASK, executor=threads), plain)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert same(cm.travel_times(now, None, profile=cm.CAR, executor=processes), cm.travel_times(now, None, profile=cm.CAR))


def test_progress_is_told(tiny, small_shares):
    seen = []
    cm.travel_times(tiny.on(AS_OF), None, profile=cm.CAR, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 6), (2, 6), (4, 6), (6, 6)]


def test_a_killed_run_resumes_and_loses_nothing(tiny, small_shares, tmp_path):
    now, out = tiny.on(AS_OF), tmp_path / "times"
    whole = cm.travel_times(now, None, profile=ASK)

    def killed(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cm.travel_times(now, None, profile=ASK, out=out, progress=killed)
    parts = {path.name: path.stat().st_mtime_ns for path in out.glob("part-*.parquet")}
    assert len(parts) == 2
    seen = []
    resumed = cm.travel_times(now, None, profile=ASK, out=out, progress=lambda done, total: seen.append(done))
    assert seen == [4, 6] and same(resumed, whole)
    assert {name: (out / name).stat().st_mtime_ns for name in parts} == parts
    assert len(pd.read_parquet(out)) == 36
    assert not [path for path in out.iterdir() if path.name.endswith(".part")]


def test_a_folder_of_another_question_is_refused(tiny, tmp_path):
    now = tiny.on(AS_OF)
    cm.travel_times(now, None, profile=cm.CAR, out=tmp_path / "times")
    with pytest.raises(BadValue, match="holds the results of another question"):
        cm.travel_times(now, None, profile=cm.CAR.at_peak(), out=tmp_path / "times")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(BadValue, match="is not empty and holds no _manifest"):
        cm.travel_times(now, None, profile=cm.CAR, out=tmp_path / "full")


def test_memory_is_bounded_by_smaller_shares(tiny):
    seen = []
    cm.travel_times(tiny.on(AS_OF), None, profile=cm.CAR, memory_gb=1e-6, progress=lambda done, total: seen.append(done))
    assert len(seen) == 7
    with pytest.raises(BadValue, match="memory_gb is -1"):
        cm.travel_times(tiny.on(AS_OF), None, profile=cm.CAR, memory_gb=-1)
