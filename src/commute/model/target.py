"""What is judged: a Target, and the presets with the texts' words and our assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from commute.errors import BadValue
from commute.model import validity
from commute.model.profile import READY, Profile

Mode = Literal["car", "transit", "park_ride", "best"]
When = Literal["am_peak", "pm_peak", "off_peak", "free"]
WINDOWS: Mapping[str, dict[str, Any]] = {
    "am_peak": {"depart": "07:30", "window_min": 90, "peak": True},
    "pm_peak": {"depart": "17:30", "window_min": 90, "peak": True},
    "off_peak": {"depart": "10:00", "window_min": 90, "peak": False},
    "free": {"depart": "10:00", "window_min": 90, "peak": False},
}
STATISTICS = ("p25", "p50", "p75", "p90", "mean")
WORDS = {
    "en": {
        "door_to_door": "door to door",
        "station_to_station": "station to station (entry and first wait included)",
        "in_vehicle": "in the vehicle (no entry, no first wait)",
        "car": "by car",
        "transit": "by public transport, stations reached on foot, by shared bicycle or by an assumed city bus or taxi",
        "park_ride": "by car to a station, then by train",
        "best": "by the fastest of car, public transport and park-and-ride",
        "am_peak": "leaving on a weekday from 07:30 to 09:00",
        "pm_peak": "leaving on a weekday from 17:30 to 19:00",
        "off_peak": "leaving from 10:00 to 11:30",
        "free": "on free roads, trains as from 10:00 to 11:30",
        "core": "the urban districts",
        "metropolitan": "the metropolitan area (about 18,900 km², membership derived)",
        "three_cities": "all three cities",
        "p25": "the quicker quarter's edge of departures",
        "p50": "the median of departures",
        "p75": "three in four departures",
        "p90": "nine in ten departures",
        "mean": "the mean of departures",
    },
    "zh": {
        "door_to_door": "门到门",
        "station_to_station": "站到站(含进站和首次候车)",
        "in_vehicle": "车内(不含进站和首次候车)",
        "car": "小汽车",
        "transit": "公交(步行、共享单车或假定的公交/出租接驳)",
        "park_ride": "开车到站换乘火车",
        "best": "小汽车、公交、停车换乘中最快者",
        "am_peak": "工作日 07:30–09:00 出发",
        "pm_peak": "工作日 17:30–19:00 出发",
        "off_peak": "10:00–11:30 出发",
        "free": "道路畅通,列车按 10:00–11:30",
        "core": "市辖区",
        "metropolitan": "都市圈(约 1.89 万平方公里,范围为推定)",
        "three_cities": "三市全域",
        "p25": "较快四分之一的界值",
        "p50": "中位数",
        "p75": "四分之三的出发",
        "p90": "十分之九的出发",
        "mean": "平均值",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is judged: so many minutes, counted so, for such a share of the people.

    Parameters
    ----------
    minutes : float, the limit
    count : {"door_to_door", "station_to_station", "in_vehicle"}, which legs count
    mode : {"car", "transit", "park_ride", "best"}
    when : {"am_peak", "pm_peak", "off_peak", "free"}
    statistic : {"p25", "p50", "p75", "p90", "mean"}; over departures and drawn timetables
    area : {"core", "metropolitan", "three_cities"}, whose people are counted
    origins, destinations : tuple of ids or names; None: the people of the area, and the cities' centres
    direction : {"to", "both"}; "both" asks each pair both ways (相向而行)
    share : float, 0–1, of the people that must be inside
    name, words, source : str; the text's words and where they stand
    assumed : tuple of str, names of the fields that no text states

    Raises
    ------
    BadValue
        A value out of range or unknown, or a percentile of a car time, which has no distribution here.
    """

    minutes: float = 30
    count: Literal["door_to_door", "station_to_station", "in_vehicle"] = "door_to_door"
    mode: Mode = "best"
    when: When = "am_peak"
    statistic: str = "p50"
    area: Literal["core", "metropolitan", "three_cities"] = "metropolitan"
    origins: tuple[str, ...] | None = None
    destinations: tuple[str, ...] | None = None
    direction: Literal["to", "both"] = "both"
    share: float = 0.8
    name: str = ""
    words: str = ""
    source: str = ""
    assumed: tuple[str, ...] = ("count", "mode", "when", "statistic", "direction", "share")

    def __post_init__(self) -> None:
        for name in ("origins", "destinations"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if not 0 < self.minutes <= 600:
            raise BadValue(f"minutes is {self.minutes}, must be above 0 and at most 600")
        if not 0 < self.share <= 1:
            raise BadValue(f"share is {self.share}, must be above 0 and at most 1")
        for name, known in (
            ("count", ("door_to_door", "station_to_station", "in_vehicle")),
            ("mode", ("car", "transit", "park_ride", "best")),
            ("when", tuple(WINDOWS)),
            ("statistic", STATISTICS),
            ("area", ("core", "metropolitan", "three_cities")),
            ("direction", ("to", "both")),
        ):
            if getattr(self, name) not in known:
                raise BadValue(f"{name} is {getattr(self, name)!r}, must be one of {', '.join(known)}")
        if self.mode == "car" and self.statistic not in ("p50", "mean"):
            raise BadValue(f"statistic {self.statistic} of a car time needs a distribution of speeds; none is given: use p50")

    def but(self, **changes: Any) -> Target:
        """A copy with some values changed; what is changed by hand is no longer called assumed."""
        kept = tuple(name for name in self.assumed if name not in changes)
        return replace(self, **{"assumed": kept, **changes})

    def definition(self, lang: str = "en") -> str:
        """The definition in words, with what is assumed."""
        if lang not in WORDS:
            raise BadValue(f"lang is {lang!r}, must be zh or en")
        say = WORDS[lang]
        stated = f"{self.name}: " if self.name else ""
        if lang == "zh":
            both = ",双向都要" if self.direction == "both" else ""
            text = (
                f"{stated}{self.minutes:g} 分钟内,{say[self.count]},{say[self.mode]},{say[self.when]},{say[self.statistic]};"
                f"{say[self.area]}内至少 {self.share:.0%} 的人能到另一城市的中心{both}。"
            )
            return text + (f"其中为本库假定:{'、'.join(FIELD_ZH.get(a, a) for a in self.assumed)}。" if self.assumed else "")
        both = ", each pair both ways" if self.direction == "both" else ""
        text = (
            f"{stated}within {self.minutes:g} minutes, {say[self.count]}, {say[self.mode]}, {say[self.when]}, {say[self.statistic]}; "
            f"at least {self.share:.0%} of the people of {say[self.area]} reach another city's centre{both}."
        )
        return text + (f" Assumed by us, stated by no text: {', '.join(self.assumed)}." if self.assumed else "")

    def check_day(self, day: date) -> None:
        """Refuse a weekday definition on a weekend.

        Raises
        ------
        BadValue
            Naming the next working day (public holidays are not known here).
        """
        if self.when in ("am_peak", "pm_peak") and day.weekday() > 4:
            raise BadValue(f"{day} is a weekend day and the target is for weekdays; the next weekday is {validity.next_weekday(day)}")

    def profiles(self, profile: Profile | None = None) -> dict[str, Profile]:
        """The profiles that answer it, by mode; its count, statistic and when win over the profile's.

        Raises
        ------
        BadValue
            A profile of another mode.
        """
        modes: tuple[str, ...] = ("car", "transit", "park_ride") if self.mode == "best" else (self.mode,)
        if profile is not None:
            if profile.mode not in modes:
                raise BadValue(f"the target is for {self.mode}, the profile travels by {profile.mode}")
            modes = (profile.mode,)
        ready: dict[str, Profile] = {mode: READY[mode.upper()] for mode in modes}
        if "transit" in ready:
            ready["transit"] = ready["transit"].but(feeder="assumed")
        if "park_ride" in ready:
            ready["park_ride"] = ready["park_ride"].but(feeder="assumed")
        if profile is not None:
            ready = {profile.mode: profile}
        percentile = float(self.statistic[1:]) if self.statistic != "mean" else 50.0
        return {mode: one.but(count=self.count, percentiles=(percentile,), **WINDOWS[self.when]) for mode, one in ready.items()}


FIELD_ZH = {
    "minutes": "分钟数",
    "count": "计时口径",
    "mode": "方式",
    "when": "时段",
    "statistic": "统计量",
    "area": "范围",
    "direction": "双向",
    "share": "人口份额",
}
_EVERY = ("count", "mode", "when", "statistic", "direction", "share")
HALF_HOUR_COMMUTE_2020 = Target(
    name="HALF_HOUR_COMMUTE_2020",
    area="three_cities",
    words="到 2025 年全面形成半小时通勤圈",
    source="长株潭区域一体化发展规划纲要, press conference 2020-10-30",
    assumed=_EVERY,
)
HALF_HOUR_LIVING_2022 = Target(
    name="HALF_HOUR_LIVING_2022",
    words="到 2026 年基本实现半小时生活圈",
    source="长株潭都市圈建设实施方案 2022–2026, 湖南日报 2022-06-29",
    when="off_peak",
    assumed=_EVERY,
)
ONE_HOUR_TRAFFIC_2022 = Target(
    name="ONE_HOUR_TRAFFIC_2022",
    minutes=60,
    words="到 2026 年基本实现一小时交通圈",
    source="长株潭都市圈建设实施方案 2022–2026, 湖南日报 2022-06-29",
    when="off_peak",
    assumed=_EVERY,
)
HALF_HOUR_XIANGTAN_2022 = Target(
    name="HALF_HOUR_XIANGTAN_2022",
    words="湘潭与长沙、株洲半小时通勤",
    source="2022 press article on Xiangtan's promise, its full text not seen",
    origins=("湘潭建设路口",),
    destinations=("五一广场", "株洲中心广场"),
    share=1.0,
    assumed=_EVERY,
)
ONE_HOUR_COMMUTE_2025 = Target(
    name="ONE_HOUR_COMMUTE_2025",
    minutes=60,
    words="到 2025 年基本形成一小时通勤圈",
    source="长株潭一体化发展三年行动计划 2023–2025",
    assumed=_EVERY,
)
ONE_HOUR_COMMUTE_2027 = Target(
    name="ONE_HOUR_COMMUTE_2027",
    minutes=60,
    words="到 2027 年主城区与周边城镇一小时通勤圈",
    source="长株潭都市圈多层次轨道交通规划, press 2023-01",
    mode="transit",
    assumed=("count", "when", "statistic", "direction", "share"),
)
COMMUTE_45 = Target(
    name="COMMUTE_45",
    minutes=45,
    words="45 分钟以内通勤比重",
    source="national commuting monitoring reports (MOHURD laboratory, CAUPD)",
    assumed=("mode", "when", "statistic", "direction", "share"),
)
PRESETS = {
    one.name: one
    for one in (
        HALF_HOUR_COMMUTE_2020,
        HALF_HOUR_LIVING_2022,
        ONE_HOUR_TRAFFIC_2022,
        HALF_HOUR_XIANGTAN_2022,
        ONE_HOUR_COMMUTE_2025,
        ONE_HOUR_COMMUTE_2027,
        COMMUTE_45,
    )
}
