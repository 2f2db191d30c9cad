"""The one palette and the one set of marks; readable in grey and for the colour-blind."""

from __future__ import annotations

from bisect import bisect_left

PAPER = "#ffffff"
INK = "#1f2328"
FAINT = "#6e7781"
DISTRICT = "#4b535c"  # names that must be read over the darkest band
LAND = "#f6f5f1"
BORDER = "#c9c5ba"
CITY_BORDER = "#8f8a7d"
WATER = "#b9d3e6"
WATER_TEXT = "#4d7a9b"
ROAD = {
    "motorway": "#9a9a9a",
    "trunk": "#b3b0a8",
    "primary": "#c8c5bd",
    "secondary": "#d6d3cb",
    "tertiary": "#e0ddd6",
    "residential": "#e6e4de",
}
ROAD_WIDTH = {"motorway": 1.5, "trunk": 1.2, "primary": 0.8, "secondary": 0.55, "tertiary": 0.4, "residential": 0.3}
RAIL = "#0072B2"
GAP = "#D55E00"
OPENED = "#009E73"
LIMIT_MIN = 30
LIMITS = (15, 30, 45, 60)
BANDS = ("#432f7a", "#7a66ad", "#aea0d0", "#dcd6ea")  # one hue, darker is sooner; beyond the last: paper
HATCH = "////"
HATCH_INK = "#5b5b5b"
LEG = {  # one greyed scale for what is not riding, the rail colour for riding: the eye finds what is lost
    "access": "#d8b365",
    "entry": "#e6c98d",
    "wait": "#f0deb4",
    "ride": "#5b9bc4",
    "transfer": "#c9a0bd",
    "egress": "#bfa15a",
    "parking": "#a89878",
}
MODES = ("car_free", "car_peak", "transit", "transit_foot", "park_ride", "best")
MARK = {
    "car_free": "circle_open",
    "car_peak": "circle",
    "transit": "diamond",
    "transit_foot": "diamond_open",
    "park_ride": "triangle",
    "best": "bar",
}


def band(minutes: float, limits: tuple[float, ...] = LIMITS) -> str | None:
    """The colour of a time: darker is sooner, None beyond the last limit or where not reachable."""
    if minutes != minutes:  # NaN
        return None
    at = bisect_left(limits, minutes)
    return colours(len(limits))[at] if at < len(limits) else None


def colours(n: int) -> tuple[str, ...]:
    """n colours of the sequential scale, soonest first."""
    if n == len(BANDS):
        return BANDS
    first, last = _rgb(BANDS[0]), _rgb(BANDS[-1])
    steps = [k / max(1, n - 1) for k in range(n)]
    return tuple("#" + "".join(f"{round(a + (b - a) * s):02x}" for a, b in zip(first, last, strict=True)) for s in steps)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))
