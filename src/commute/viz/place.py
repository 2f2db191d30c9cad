"""Greedy placing of labels: each text takes the first of eight places round its point that is free."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from commute.viz.fonts import font_path

Box = tuple[float, float, float, float]  # left, bottom, right, top, points
AROUND = ((1, 0.0), (1, 0.6), (1, -0.6), (0, 1), (0, -1), (-1, 0.0), (-1, 0.6), (-1, -0.6))


@dataclass(slots=True)
class Board:
    """What is taken on a figure: boxes in points from the figure's lower left, inside `frame`."""

    frame: Box
    taken: list[Box] = field(default_factory=list)

    def block(self, box: Box) -> None:
        """Take a box, whatever lies there."""
        self.taken.append(box)

    def take(self, box: Box) -> bool:
        """Take a box if it is free and inside the frame; gives whether it was."""
        free = self._inside(box) and not any(_meet(box, other) for other in self.taken)
        if free:
            self.taken.append(box)
        return free

    def put(
        self, at: tuple[float, float], text: str, size: float, *, gap: float = 4.0, centred: bool = False, must: bool = False
    ) -> tuple[float, float] | None:
        """Take a free place for a text beside a point, or on it.

        Parameters
        ----------
        at : the point, points from the figure's lower left
        text : may have several lines
        size : font size, points
        gap : distance from the point, points
        centred : on the point or not at all
        must : where no place is free, the first inside the frame, whatever lies there

        Returns
        -------
        The text's centre, points; None where every place is taken or off the frame.
        """
        width, height = extent(text, size)
        for x, y in ((0.0, 0.0),) if centred else AROUND:
            cx = at[0] + x * (width / 2 + gap)
            cy = at[1] + y * (height / 2 + gap)
            if self.take((cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)):
                return cx, cy
        return self._forced(at, width, height, gap) if must else None

    def _forced(self, at: tuple[float, float], width: float, height: float, gap: float) -> tuple[float, float] | None:
        """The place inside the frame that covers least of what is taken."""
        found: list[tuple[float, tuple[float, float], Box]] = []
        for x, y in AROUND:
            cx, cy = at[0] + x * (width / 2 + gap), at[1] + y * (height / 2 + gap)
            box = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
            if self._inside(box):
                found.append((sum(_covered(box, other) for other in self.taken), (cx, cy), box))
        if not found:
            return None
        _, place, box = min(found, key=lambda one: one[0])
        self.taken.append(box)
        return place

    def _inside(self, box: Box) -> bool:
        f = self.frame
        return box[0] >= f[0] and box[1] >= f[1] and box[2] <= f[2] and box[3] <= f[3]


def extent(text: str, size: float) -> tuple[float, float]:
    """Width and height of a text in points, from the shipped font's own advances; no renderer is needed."""
    lines = text.split("\n")
    return max(_ems(line) for line in lines) * size, 1.25 * size * len(lines)


@lru_cache(maxsize=4096)
def _ems(line: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with font_path() as path:
        width, _, _ = text_to_path.get_text_width_height_descent(line, FontProperties(fname=str(path), size=100), False)
    return float(width) / 100.0


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _covered(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
