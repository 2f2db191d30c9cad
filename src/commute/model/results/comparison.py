"""Several networks held against a base, as plain data, and the words and the table for a paper that go with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from commute.errors import BadValue, UnknownId
from commute.model.results.amounts import figures, people_words
from commute.model.results.check import CircleCheck, Range
from commute.model.results.screen import ANSWERS, percent, whole_minutes
from commute.model.target import Target

if TYPE_CHECKING:
    from commute.model.network import Network

WORDS = {
    "zh": {
        "measure": "指标", "unit": "单位", "change": "{}：变化", "date": "路网日期", "state": "判定",
        "share": "{:g} 分钟内的人口份额", "needed": "{:.0%} 的人所需时间", "needed_pairs": "{:.0%} 的点对所需时间",
        "shortfall": "人均超出时间", "shortfall_pairs": "每对平均超出时间", "%": "%", "min": "分钟", "people": "万人", "jobs": "万个",
        "inside": "圈内人口", "entering": "新入圈人口", "leaving": "出圈人口", "by_land_use": "人口变动带来的圈内人口",
        "jobs_inside": "圈内岗位（模型推算）", "jobs_entering": "新入圈岗位（模型推算）", "jobs_leaving": "出圈岗位（模型推算）",
        "gaining": "变快的人", "gained": "变快者平均节省", "losing": "变慢的人", "lost": "变慢者平均多用", "doubt": "变化存疑的人",
        "against": "对照：{}。",
        "said": "{other}，对照 {base}：{minutes:g} 分钟内的人口份额 {share}，原为 {before}；{needed} {after}，原为 {previous}；",
        "moved": "变快的{gaining}{gained}，变慢的{losing}{lost}{maybe}；新入圈{entering}，出圈{leaving}。",
        "mean": "（平均 {} 分钟）", "surely": "（平均 {} 分钟，其中确定的{}）", "maybe": "，另有{}可能变快或变慢",
        "wider": "{minutes:g} 分钟内的人口份额 {share}，原为 {before}", "list": "；", "end": "。",
        "still": "没有哪个区的中位行程变化超过 {floor:g} 分钟和运气{maybe}。", "never": "到不了",
    },
    "en": {
        "measure": "measure", "unit": "unit", "change": "{}: change", "date": "network of", "state": "verdict",
        "share": "people within {:g} min", "needed": "time that {:.0%} of people need", "needed_pairs": "time that {:.0%} of pairs need",
        "shortfall": "mean time over the limit", "shortfall_pairs": "mean time of pairs over the limit",
        "%": "%", "min": "min", "people": "thousand people", "jobs": "thousand jobs",
        "inside": "people inside", "entering": "people who come in", "leaving": "people who drop out",
        "by_land_use": "people inside because people moved", "jobs_inside": "jobs inside (modelled)",
        "jobs_entering": "jobs that come in (modelled)", "jobs_leaving": "jobs that drop out (modelled)",
        "gaining": "people who gain", "gained": "their mean gain", "losing": "people who lose", "lost": "their mean loss",
        "doubt": "people whose change is in doubt", "against": "Base: {}.",
        "said": "{other} against {base}: {share} within {minutes:g} min, before {before}; {needed}: {after}, before {previous}; ",
        "moved": "{gaining} people gain{gained}, {losing} lose{lost}{maybe}; {entering} come in, {leaving} drop out.",
        "mean": " ({} min on average)", "surely": " ({} min on average; {} of them surely)", "maybe": ", {} more people may gain or lose",
        "wider": "{share} within {minutes:g} min, before {before}", "list": "; ", "end": ".",
        "still": "no zone's median journey changes beyond {floor:g} min and luck{maybe}.", "never": "out of reach",
    },
}  # fmt: skip
UNIT_OF_PEOPLE = {"zh": 1e4, "en": 1e3}

WIDER = (45, 60)  # minutes, beside the target's own


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comparison:
    """Any number of networks against the first. What is gained is above 0, whatever is counted: minutes saved, people coming in.

    Attributes
    ----------
    target : Target
    nets : tuple of Network, the base first
    checks : tuple of CircleCheck, one a network
    names : dict of the key of each network, by which frames know it, to its Chinese and English name; the base first
    summary : DataFrame, index network: name_zh, name_en, date, scenarios, hash, state, people (of the target's area), share, share_45,
        share_60 (and their _gained), minutes_needed, needed_saved, shortfall_min, shortfall_saved (each with _low and _high),
        people_inside, people_entering, people_leaving, people_by_land_use (inside because people differ), jobs_inside,
        jobs_entering, jobs_leaving, jobs_by_land_use (jobs are modelled), people_gaining, people_losing (and those _sure),
        minutes_gained, minutes_lost, people_in_doubt, noise_min (what luck moves nearly every zone less than), noise_share,
        "<from> – <to>" for each pair (minutes of the slower direction) and "… mode"; `attrs["pairs"]` lists the pairs
    pairs : DataFrame, a row another network and directed pair: network, from_id, to_id, names, minutes_before, minutes_after, saved_min,
        saved_low, saved_high, access_saved_min … parking_saved_min, mode_before, mode_after, mode_changed (then all legs move),
        state_before, state_after, noise_min, floor_min, change, sure, note, note_zh
    zones : DataFrame, index network and zone_id: name_zh, name_en, city, county, county_code, in_area, lon, lat, people, jobs,
        minutes_before, minutes_after (medians of the base's people), saved_min, saved_low, saved_high, noise_min, floor_min, change
        (gain, loss, none), sure (the same at all levels of the constants), winner, loser, share_inside_before, share_inside_after,
        people_entering, people_leaving, jobs_entering, jobs_leaving, state_before, state_after (inside, outside, in_doubt),
        centre_id_before, centre_before, centre_en_before, mode_before and the same after
    centres : DataFrame, index network and centre_id: name_zh, name_en, city, people_before, people_after (of the target's area, within
        the limit of this centre), people_entering, people_leaving, others_before, others_after (those of other cities among them),
        minutes_before, minutes_after (means over the people who get there in both), saved_min, saved_low, saved_high
    winners : DataFrame, a row another network, group and side: network, by (all, area, city, county, zone), key, name_zh, name_en, side
        (gain, loss), people, people_sure, share (of the group's people), zones, minutes (mean gained or lost, above 0); groups but
        area are within the target's area, zones are the ten of most person-minutes on each side
    about : dict: networks (hash, date, scenarios by key), tolerance_min, redraws, noise_min and noise_share by network, legs_of,
        people_differ (networks whose people are not the base's), jobs_unknown (zones), assumed (names of constants), levels,
        redistributions, seed, notes and notes_zh
    """

    target: Target
    nets: tuple[Network, ...]
    checks: tuple[CircleCheck, ...]
    names: Mapping[str, tuple[str, str]]
    summary: pd.DataFrame
    pairs: pd.DataFrame
    zones: pd.DataFrame
    centres: pd.DataFrame
    winners: pd.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The key of the base."""
        return next(iter(self.names))

    @property
    def others(self) -> tuple[str, ...]:
        """The keys of the networks held against it."""
        return tuple(self.names)[1:]

    def name(self, network: str, lang: str = "en") -> str:
        """The name of a network, with its date where that is not in the name.

        Raises
        ------
        UnknownId
            No network of that key.
        """
        if network not in self.names:
            raise UnknownId("network of the comparison", network, self.names)
        name, day = self.names[network][_say(lang) is WORDS["en"]], str(self.summary.at[network, "date"])
        return name if day in name else f"{name}（{day}）" if lang == "zh" else f"{name} ({day})"

    def sentence(self, network: str, lang: str = "en") -> str:
        """What another network changes, in one sentence.

        Raises
        ------
        UnknownId, BadValue
            No network of that key; `lang` is neither zh nor en.
        """
        say, name = _say(lang), self.name(network, lang)
        before: Any = self.summary.loc[self.base]
        after: Any = self.summary.loc[network]
        told = say["said"].format(
            other=name,
            base=self.name(self.base, lang),
            minutes=self.target.minutes,
            share=percent(_range(after, "share"), lang),
            before=percent(_range(before, "share"), lang),
            needed=say["needed_pairs" if self._of_pairs else "needed"].format(self.target.share),
            after=_time(say, after["minutes_needed"]),
            previous=_time(say, before["minutes_needed"]),
        )
        sides = {side: people_words(after[f"people_{side}"], lang) for side in ("gaining", "losing", "entering", "leaving")}
        open_sides = sum(after[f"people_{side}"] - after[f"people_{side}_sure"] for side in ("gaining", "losing"))
        unsure = float(after["people_in_doubt"]) - open_sides
        maybe = say["maybe"].format(people_words(unsure, lang)) if unsure >= 1 else ""
        if sum(after[f"people_{side}"] for side in ("gaining", "losing", "entering", "leaving")) < 1:
            return told + say["still"].format(floor=self.about["tolerance_min"], maybe=maybe)
        means = {word: _mean(say, after, side, word, lang) for side, word in (("gaining", "gained"), ("losing", "lost"))}
        return told + say["moved"].format(maybe=maybe, **sides, **means)

    def wider(self, network: str, lang: str = "en") -> str:
        """People within 45 and 60 minutes on another network, and before; the target's own limit is in the sentence.

        Raises
        ------
        UnknownId, BadValue
            As `sentence`.
        """
        say, _ = _say(lang), self.name(network, lang)
        shares = {
            limit: [percent(_range(self.summary.loc[one], f"share_{limit}"), lang) for one in (network, self.base)] for limit in WIDER
        }
        told = [
            say["wider"].format(minutes=limit, share=share, before=before)
            for limit, (share, before) in shares.items()
            if limit != self.target.minutes
        ]
        return say["list"].join(told) + say["end"]

    def definition(self, lang: str = "en") -> str:
        """What was judged and how the networks were held against each other, with what is assumed.

        Raises
        ------
        BadValue
            `lang` is neither zh nor en.
        """
        say = _say(lang)
        notes = self.about["notes_zh" if lang == "zh" else "notes"]
        parts = [self.target.definition(lang), say["against"].format(self.name(self.base, lang)), *notes]
        return ("" if lang == "zh" else " ").join(parts)

    def paper(self, lang: str = "en") -> pd.DataFrame:
        """A table to print: a row a measure, columns measure and unit, each network, and the change that each of the others makes.

        Shares are no finer than 1 %, minutes are whole, people are to two figures; ranges stand in brackets, "12% (9–16)", with a
        dash for an end at which it is not reached. The range of a change is that of the difference, level by level of the constants;
        it is not the difference of the ranges.

        Raises
        ------
        BadValue
            `lang` is neither zh nor en.
        """
        say = _say(lang)
        table: Any = self.summary
        names = dict(zip(self.names, unique([self.name(one, lang) for one in self.names]), strict=True))
        rows: list[dict[str, str]] = []

        def add(measure: str, unit: str, shown: Mapping[str, str], change: Mapping[str, str] | None = None) -> None:
            row = {say["measure"]: measure, say["unit"]: unit}
            for one in self.names:
                row[names[one]] = shown[one]
                if one != self.base:
                    row[say["change"].format(names[one])] = change[one] if change else ""
            rows.append(row)

        def ranges(column: str, show: Any) -> dict[str, str]:
            return {one: show(_range(table.loc[one], column), lang) for one in self.names}

        target, of_pairs = self.target, "_pairs" if self._of_pairs else ""
        add(say["date"], "", {one: str(table.at[one, "date"]) for one in self.names})
        add(say["state"], "", {one: ANSWERS[lang][str(table.at[one, "state"])] for one in self.names})
        add(say["share"].format(target.minutes), say["%"], ranges("share", percent), ranges("share_gained", _points))
        for limit in WIDER:
            if limit != target.minutes:
                add(say["share"].format(limit), say["%"], ranges(f"share_{limit}", percent), ranges(f"share_{limit}_gained", _points))
        add(say[f"needed{of_pairs}"].format(target.share), say["min"], ranges("minutes_needed", _minutes), ranges("needed_saved", _less))
        add(say[f"shortfall{of_pairs}"], say["min"], ranges("shortfall_min", _minutes), ranges("shortfall_saved", _less))
        for what, unit in PEOPLE_ROWS:
            if what != "people_by_land_use" or self.about["people_differ"]:
                word = say[what.removeprefix("people_")]
                add(word, say[unit], {one: _amount(table.at[one, what], lang) for one in self.names})
        for people, minutes in (("gaining", "gained"), ("losing", "lost")):
            add(say[people], say["people"], {one: _amount(table.at[one, f"people_{people}"], lang) for one in self.names})
            add(say[minutes], say["min"], {one: whole_minutes(table.at[one, f"minutes_{minutes}"]) for one in self.names})
        add(say["doubt"], say["people"], {one: _amount(table.at[one, "people_in_doubt"], lang) for one in self.names})
        tail = "" if lang == "zh" else "_en"
        for k, row in enumerate(self.checks[0].pairs.to_dict("records")):
            both = {one: check.pairs.iloc[k] for one, check in zip(self.names, self.checks, strict=True)}
            shown = {one: _minutes(Range(part["minutes"], part["low"], part["high"]), lang) for one, part in both.items()}
            moved = self.pairs[(self.pairs["from_id"] == row["from_id"]) & (self.pairs["to_id"] == row["to_id"])].set_index("network")
            change = {one: _less(Range(*(moved.at[one, c] for c in ("saved_min", "saved_low", "saved_high"))), lang) for one in moved.index}
            add(f"{row[f'from_name{tail}']} → {row[f'to_name{tail}']}", say["min"], shown, change)
        return pd.DataFrame(rows)

    @property
    def _of_pairs(self) -> bool:
        return bool(self.target.origins)


PEOPLE_ROWS = (
    ("people_inside", "people"), ("people_entering", "people"), ("people_leaving", "people"), ("people_by_land_use", "people"),
    ("jobs_inside", "jobs"), ("jobs_entering", "jobs"), ("jobs_leaving", "jobs"),
)  # fmt: skip


def unique(names: list[str]) -> list[str]:
    """The same names, a number behind each that stood before."""
    seen: list[str] = []
    for name in names:
        count, made = 1, name
        while made in seen:
            count += 1
            made = f"{name} ({count})"
        seen.append(made)
    return seen


def _say(lang: str) -> dict[str, str]:
    if lang not in WORDS:
        raise BadValue(f"lang is {lang!r}, must be zh or en")
    return WORDS[lang]


def _range(row: Any, column: str) -> Range:
    return Range(float(row[column]), float(row[f"{column}_low"]), float(row[f"{column}_high"]))


def _time(say: Mapping[str, str], minutes: Any) -> str:
    return f"{whole_minutes(minutes)} {say['min']}" if math.isfinite(minutes) else say["never"]


def _mean(say: Mapping[str, str], row: Any, side: str, word: str, lang: str) -> str:
    """In brackets: the mean of a side, and how many of it are sure where not all are."""
    minutes, people, sure = (float(row[name]) for name in (f"minutes_{word}", f"people_{side}", f"people_{side}_sure"))
    if not math.isfinite(minutes):
        return ""
    mean = whole_minutes(minutes)
    return say["mean"].format(mean) if people - sure < 1 else say["surely"].format(mean, people_words(sure, lang))


def _amount(value: Any, lang: str) -> str:
    """People or jobs in the language's unit, to two figures; "—" where nobody knows."""
    return f"{figures(float(value)) / UNIT_OF_PEOPLE[lang]:,g}" if math.isfinite(float(value)) else "—"


def _minutes(one: Range, lang: str) -> str:
    central, low, high = (whole_minutes(value) for value in one)
    if central == "—" or central == low == high:
        return central
    return f"{central}（{low}–{high}）" if lang == "zh" else f"{central} ({low}–{high})"


def _points(one: Range, lang: str) -> str:
    """A change of a share in whole points of a hundred, with its sign and range."""
    return _signed(Range(*(100 * value for value in one)), lang)


def _less(saved: Range, lang: str) -> str:
    """Minutes saved as the change of minutes that it is, with its sign and range."""
    return _signed(Range(-saved.central, -saved.high, -saved.low), lang)


def _signed(one: Range, lang: str) -> str:
    central, low, high = (_sign(value) for value in one)
    if central == "—" or low == high == "—" or central == low == high:
        return central
    return f"{central}（{low} 至 {high}）" if lang == "zh" else f"{central} ({low} to {high})"


def _sign(value: float) -> str:
    if not math.isfinite(value):
        return "—"
    whole = math.floor(abs(value) + 0.5)
    return "0" if not whole else f"{'+' if value > 0 else '−'}{whole}"
