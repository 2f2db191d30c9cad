"""Times for many origins: in shares of origins, on any executor, streamed to a Parquet folder that a killed run resumes."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from commute.errors import BadValue
from commute.model.network import Network
from commute.model.points import Points, resolve
from commute.model.profile import Profile
from commute.model.results.times import LEGS, REASONS, TravelTimes
from commute.routing import about
from commute.routing.engine import compile

Progress = Callable[[int, int], None] | bool | None
SHARE = 64  # origins computed at a time where they are handed out or written: even work, a file that is soon there
TOGETHER = 1024  # otherwise: by transit most of the work is one for all origins, but a bar should move
PAIR_BYTES = 200  # of results and scratch, about, for one origin and destination
MANIFEST = "_manifest.json"  # an underscore: readers of Parquet folders pass it over


def travel_times(
    net: Network,
    origins: Any,
    destinations: Any = None,
    *,
    profile: Profile,
    executor: Executor | None = None,
    progress: Progress = None,
    out: str | os.PathLike[str] | None = None,
    memory_gb: float | None = None,
) -> TravelTimes:
    """Times from all origins to all destinations.

    Parameters
    ----------
    net : Network; an undated one is asked about on its own `as_of`, and `.about` says so
    origins, destinations : ids, names, (lon, lat), a GeoDataFrame with an `id` column; None: all zones, or the origins
    profile : Profile
    executor : concurrent.futures.Executor, optional; shares of origins are computed on it
    progress : None (a bar on a terminal), False, or a function of (done, total) origins
    out : folder; results are streamed to it as Parquet, and a run that was killed goes on where it stopped
    memory_gb : float, the most that a share of origins may take

    Returns
    -------
    TravelTimes

    Raises
    ------
    UnknownId, BadValue
        A point that is not known; `out` holds the results of another question.
    """
    start = resolve(net, origins)
    goal = start if destinations is None else resolve(net, destinations)
    size = TOGETHER if executor is None and out is None else SHARE
    size = size if len(start) * len(goal) > SHARE * SHARE else max(len(start), 1)
    if memory_gb is not None:
        if not memory_gb > 0:
            raise BadValue(f"memory_gb is {memory_gb}, must be above 0")
        size = max(1, min(size, int(memory_gb * 1e9 / PAIR_BYTES / max(len(goal), 1))))
    shares = [_part(start, i, i + size) for i in range(0, len(start), size)]
    tick = _bar(progress, len(start))
    folder = _Folder(Path(out), net, profile, start, goal, size) if out is not None else None
    parts: list[TravelTimes | None] = [folder.read(i, one, goal) if folder else None for i, one in enumerate(shares)]
    done = sum(len(part.origins) for part in parts if part is not None)
    tick(done, len(start))
    todo = [i for i, part in enumerate(parts) if part is None]
    for i, part in _computed(net, profile, shares, goal, todo, executor):
        parts[i] = part
        if folder:
            folder.write(i, part)
        done += len(part.origins)
        tick(done, len(start))
    return _joined([part for part in parts if part is not None], start)


def _computed(
    net: Network, profile: Profile, shares: list[Points], goal: Points, todo: list[int], executor: Executor | None
) -> Iterator[tuple[int, TravelTimes]]:
    if executor is None:
        for i in todo:
            yield i, _one(net, profile, shares[i], goal)
        return
    jobs = [(i, executor.submit(_one, net, profile, shares[i], goal)) for i in todo]
    for i, job in jobs:
        yield i, job.result()


def _one(net: Network, profile: Profile, origins: Points, destinations: Points) -> TravelTimes:
    return compile(net, profile).times(origins, destinations)


def _part(points: Points, a: int, b: int) -> Points:
    return Points(points.ids[a:b], points.lon[a:b], points.lat[a:b], points.stops[a:b])


def _joined(parts: list[TravelTimes], origins: Points) -> TravelTimes:
    first = parts[0]
    return replace(
        first,
        origins=origins,
        seconds=np.concatenate([part.seconds for part in parts], axis=1),
        legs={leg: np.concatenate([part.legs[leg] for part in parts]) for leg in LEGS},
        mean_s=np.concatenate([part.mean_s for part in parts]),
        delay_s=np.concatenate([part.delay_s for part in parts]),
        reason=np.concatenate([part.reason for part in parts]),
    )


def _bar(progress: Progress, total: int) -> Callable[[int, int], None]:
    if callable(progress):
        return progress
    if progress is False or not sys.stderr.isatty():
        return lambda done, total: None
    from tqdm import tqdm

    bar = tqdm(total=total, unit=" origins", delay=2)

    def tick(done: int, total: int) -> None:
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return tick


class _Folder:
    """A Parquet data set, a file a share of origins; the manifest says which question it answers."""

    def __init__(self, path: Path, net: Network, profile: Profile, origins: Points, destinations: Points, size: int) -> None:
        if find_spec("pyarrow") is None:
            raise BadValue("out= writes Parquet, which needs the package pyarrow: pip install 'commute[arrow]'")
        self.path, self.net, self.profile = path, net, profile
        points = [np.concatenate([p.lon, p.lat]).tobytes() + "\n".join(p.ids).encode() for p in (origins, destinations)]
        question = {"network": net.hash, "profile": repr(profile), "points": sha256(b"|".join(points)).hexdigest(), "share": size}
        manifest = path / MANIFEST
        if manifest.exists():
            if json.loads(manifest.read_text("utf-8")) != question:
                raise BadValue(f"{path} holds the results of another question (network, profile or points): give an empty folder")
        elif path.exists() and any(path.iterdir()):
            raise BadValue(f"{path} is not empty and holds no {MANIFEST}: give an empty folder")
        else:
            path.mkdir(parents=True, exist_ok=True)
            _put(manifest, lambda at: at.write_text(json.dumps(question, indent=1), "utf-8"))

    def _file(self, i: int) -> Path:
        return self.path / f"part-{i:06d}.parquet"

    def write(self, i: int, part: TravelTimes) -> None:
        frame = part.to_frame().assign(mean_s=part.mean_s.ravel())
        for k in range(len(part.percentiles)):
            frame[f"seconds_{k}"] = part.seconds[k].ravel()
        _put(self._file(i), lambda at: frame.to_parquet(at, index=False))

    def read(self, i: int, origins: Points, destinations: Points) -> TravelTimes | None:
        """A share that an earlier run finished."""
        if not self._file(i).exists():
            return None
        frame = pd.read_parquet(self._file(i))
        shape = (len(origins), len(destinations))

        def whole(name: str) -> Any:
            return np.rint(frame[name].fillna(0).to_numpy() * 60).astype(np.int32).reshape(shape)

        codes = {text: k for k, text in enumerate(REASONS)}
        return TravelTimes(
            origins=origins,
            destinations=destinations,
            percentiles=self.profile.percentiles,
            seconds=np.stack([frame[f"seconds_{k}"].to_numpy(np.int32).reshape(shape) for k in range(len(self.profile.percentiles))]),
            middle=self.profile.middle,
            legs={leg: whole(f"{leg}_min") for leg in LEGS},
            mean_s=frame["mean_s"].to_numpy(np.float64).reshape(shape),
            delay_s=whole("schedule_delay_min"),
            reason=np.array([codes[text] for text in frame["reason"]], np.uint8).reshape(shape),
            about=about.about(self.net.replaced(day=self.net.day), self.profile),
        )


def _put(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the place, then rename: a file is there whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    write(beside)
    shutil.move(beside, path)
