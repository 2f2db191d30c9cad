"""The answer as text: sentence, table, definition, date, what is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commute.model.results.text import table_text

if TYPE_CHECKING:
    from commute.model.results.check import CircleCheck
    from commute.model.results.screen import FirstScreen

MODES = ("car_free", "car_peak", "transit", "transit_foot", "park_ride", "best")
LEGS = ("access", "entry", "wait", "ride", "transfer", "egress", "parking")
WORDS = {
    "zh": {
        "pair": "中心对(分钟)", "count": "口径", "people": "≤{} 分钟的人", "definition": "定义:", "scenarios": ",情景:{}",
        "car_free": "小汽车畅通", "car_peak": "小汽车高峰", "transit": "公交含接驳", "transit_foot": "公交步行骑行",
        "park_ride": "停车换乘", "best": "最快", "in_vehicle": "车内", "station_to_station": "站到站", "door_to_door": "门到门",
        "from": "起点", "to": "终点", "minutes": "分钟", "slack": "余量", "mode": "方式", "car": "小汽车", "access": "到站",
        "entry": "进站", "wait": "候车", "ride": "乘车", "transfer": "换乘", "egress": "离站", "parking": "停车",
    },
    "en": {
        "pair": "centres (min)", "count": "counted", "people": "people within {} min", "definition": "Definition:",
        "scenarios": ", with {}", "car_free": "car, free", "car_peak": "car, peak", "transit": "transit",
        "transit_foot": "transit on foot", "park_ride": "park & ride", "best": "best", "in_vehicle": "in vehicle",
        "station_to_station": "station to station", "door_to_door": "door to door", "from": "from", "to": "to", "minutes": "min",
        "slack": "slack", "mode": "mode", "car": "car", "access": "access", "entry": "entry", "wait": "wait", "ride": "ride",
        "transfer": "change", "egress": "egress", "parking": "parking",
    },
}  # fmt: skip


def screen_text(screen: FirstScreen, lang: str, named: tuple[str, str] | None = None) -> str:
    """The sentence, the table of pairs and people, the definition with its date and what is assumed."""
    say, check = WORDS[lang], screen.check
    table: Any = screen.table
    modes = [mode for mode in MODES if mode in set(table["mode"])]
    label = "row" if lang == "zh" else "row_en"
    rows = []
    pairs = table[table["row"] != "people"]
    for (name, count), part in pairs.groupby([label, "count"], sort=False):
        times = part.set_index("mode")["minutes"]
        rows.append([str(name), say[str(count)], *(_whole(times.get(mode)) for mode in modes)])
    people = table[(table["row"] == "people") & (table["count"] == check.target.count)].set_index("mode")
    for limit in (30, 45, 60):
        cells = [
            _range(*(people.at[mode, f"share_{limit}{end}"] for end in ("", "_low", "_high"))) if mode in people.index else "–"
            for mode in modes
        ]
        rows.append([say["people"].format(limit), say[check.target.count], *cells])
    heads = [say["pair"], say["count"], *(say[mode] for mode in modes)]
    table_of_pairs = table_text(heads, rows, [False, False, *(True for _ in modes)])
    return f"{screen.sentence(lang)}\n\n{table_of_pairs}\n{definition_text(check, lang, named)}"


def pairs_text(check: CircleCheck, lang: str) -> str:
    """The pairs of a check with their range and legs."""
    say, rows = WORDS[lang], []
    tail = "" if lang == "zh" else "_en"
    for _, row in check.pairs.iterrows():
        legs = " + ".join(f"{say[leg]} {row[f'{leg}_min']:.0f}" for leg in LEGS if row.get(f"{leg}_min", 0) >= 0.5)
        ends = (_whole(row["low"]), _whole(row["high"]))
        slack = row["slack_min"]
        rows.append(
            [str(row[f"from_name{tail}"]), str(row[f"to_name{tail}"]), _whole(row["minutes"]), f"{ends[0]}–{ends[1]}",
             "–" if slack != slack else f"{slack:+.0f}", say.get(str(row["mode"]), "–"), legs]
        )  # fmt: skip
    heads = [say["from"], say["to"], say["minutes"], "", say["slack"], say["mode"], ""]
    return table_text(heads, rows, [False, False, True, True, True, False, False])


def definition_text(check: CircleCheck, lang: str, named: tuple[str, str] | None = None) -> str:
    """The definition that was used, with its date and the scenarios, by their Chinese and English name where those are given."""
    say = WORDS[lang]
    told = check.definition_zh if lang == "zh" else check.definition
    scenarios = named[lang == "en"] if named else ("、" if lang == "zh" else ", ").join(check.about.get("scenarios", ()))
    end = "。" if lang == "zh" else "."
    more = say["scenarios"].format(scenarios) if scenarios else ""
    return f"{say['definition']} {told.rstrip(end)}{more}{end}\n"


def _whole(value: object) -> str:
    number = float("nan") if value is None else float(str(value))
    return "–" if number != number else f"{number:.0f}"


def _range(value: float, low: float, high: float) -> str:
    if value != value:
        return "–"
    shown = "<1%" if 0 < value < 0.005 else f"{value:.0%}"
    return shown if low != low or f"{low:.0%}" == f"{high:.0%}" else f"{shown} ({100 * low:.0f}–{100 * high:.0f})"
