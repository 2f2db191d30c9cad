"""A small report made by hand, with names that would break a page that does not escape, and a browser that is offline."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from commute.model.network import Network
from commute.model.results.check import CircleCheck, Range
from commute.model.results.report import Report
from commute.model.results.screen import FirstScreen
from commute.model.target import Target
from tinytown import AS_OF, tiny_layers, tiny_tables

CHROMIUM = "/usr/bin/chromium"
EVIL = "<script>alert('西')</script>&\"大道\""
LEGS = {"access_min": 9.0, "entry_min": 7.0, "wait_min": 5.0, "ride_min": 24.0, "transfer_min": 3.0, "egress_min": 9.0, "parking_min": 0.0}
NAMES = {
    "pl_west": ("西心", "West Centre"),
    "pl_east": ("东心", "East Centre"),
    "pl_park": ("东园", "East Park"),
    "m1": ("m1站", "Stop m1"),
}


@pytest.fixture(scope="session")
def report() -> Report:
    """Every frame filled; two centres, one gap with an evil name."""
    net = Network.from_tables(tiny_tables(), tiny_layers(), AS_OF).on(AS_OF)
    zones = net.table("zone").set_index("zone_id").rename(columns={"population": "people"})
    zones = zones.assign(name_en=zones["name"], minutes=[12.0, 28.0, 44.0, 58.0, 31.0, 75.0], share_inside=[1, 0.8, 0, 0, 0.3, 0])
    zones["state"] = ["inside", "inside", "outside", "outside", "in_doubt", "outside"]
    pairs = pd.DataFrame([_pair("pl_west", "pl_east", 57.0), _pair("pl_east", "pl_west", 55.0)])
    target = Target()
    check = CircleCheck(
        target=target,
        state="fails",
        people_share=Range(0.12, 0.09, 0.16),
        shares=pd.DataFrame(_shares({"area": "core", "inside": kind} for kind in ("another", "own", "every"))),
        minutes_needed=Range(71.0, 66.0, 80.0),
        shortfall_min=Range(20.0, 15.0, 26.0),
        pairs=pairs,
        zones=zones,
        alternatives=pd.DataFrame({"role": ["main"], "centres": ["西心、东心"], "share": [0.12], "minutes_needed": [71.0]}),
        about={"date": "2026-11-03", "judged": "people", "minutes_needed_at": {0.5: Range(40.0, 38.0, 44.0)}},
    )
    return Report(
        net=net,
        check=check,
        screen=FirstScreen(check=check, table=_table(), floor=_floor()),
        names=NAMES,
        journeys=pd.concat([pairs.assign(kind="centre"), pd.DataFrame([_pair("pl_park", "pl_west", 33.0)]).assign(kind="park")]),
        centre_shares=pd.DataFrame(_shares({"centre_id": one, "area": "core"} for one in ("pl_west", "pl_east"))),
        isochrones=_bands(),
        levers=_levers(),
        rank=_rank(),
        growth=_growth(),
        claims=pd.DataFrame(_claim()),
        fit=_fit(),
        fit_summary=pd.DataFrame({"basis": ["timetable", "measured"], "n": [1, 1], "median_error_min": [2.0, 8.0]}),
        trains=pd.DataFrame({"stop": ["m1"], "2016-12": [28.5], "2020-01": [46.0]}),
        doubt={("transit", "pl_west"): shapely.box(112.90, 28.08, 112.93, 28.12)},
        about={"version": "0"},
    )


def _pair(origin: str, destination: str, minutes: float) -> dict[str, object]:
    names = {
        f"{side}_name{end}": NAMES[one][k] for side, one in (("from", origin), ("to", destination)) for k, end in ((0, ""), (1, "_en"))
    }
    known = {"from_id": origin, "to_id": destination, "minutes": minutes, "low": minutes - 6, "high": minutes + 8}
    return {**known, **names, "slack_min": 30 - minutes, "worst_leg": "access", "mode": "transit", "state": "fails", **LEGS}


def _shares(keys) -> list[dict[str, object]]:
    return [
        {**key, "minutes": m, "share": s, "low": s - 0.03, "high": s + 0.04} for key in keys for m, s in ((30, 0.12), (45, 0.3), (60, 0.6))
    ]


def _table() -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    modes = ("car_free", "car_peak", "transit", "transit_foot", "park_ride", "best")
    for less, count in enumerate(("in_vehicle", "station_to_station", "door_to_door")):
        for k, mode in enumerate(modes):
            minutes = float("nan") if mode.startswith("car") and count == "station_to_station" else 24.0 + 9 * less + 5 * k
            known = {"row": "西心–东心", "row_en": "West – East", "from_id": "pl_west", "to_id": "pl_east", "count": count, "mode": mode}
            rows.append({**known, "minutes": minutes, "low": minutes - 5, "high": minutes + 6})
            people = {"row": "people", "row_en": "people", "from_id": "", "to_id": "", "count": count, "mode": mode}
            for limit, share in ((30, 0.004), (45, 0.35), (60, 0.62)):
                people |= {f"share_{limit}": share, f"share_{limit}_low": share * 0.8, f"share_{limit}_high": share * 1.2}
            rows.append(people)
    return pd.DataFrame(rows)


def _floor() -> pd.DataFrame:
    known = {
        "from_id": "pl_west",
        "to_id": "pl_east",
        "from_name": "西心",
        "to_name": "东心",
        "straight_km": 40.2,
        "speed_needed_kmh": 80.4,
    }
    return pd.DataFrame([{**known, "best_min": 57.0, "floor_min": 38.0, "mode": "transit", "why": "ride 24", "why_zh": "乘车 24"}])


def _bands() -> gpd.GeoDataFrame:
    rings = [shapely.Point(112.958, 28.101).buffer(size) for size in (0.01, 0.02, 0.04, 0.06)]
    known = {
        "mode": "transit",
        "origin_id": "pl_west",
        "minutes": [15, 30, 45, 60],
        "people": [1e4, 5e4, 1e5, 2e5],
        "area_km2": [1.0, 4.0, 16.0, 36.0],
    }
    return gpd.GeoDataFrame(known, geometry=rings, crs=4326)


def _levers() -> pd.DataFrame:
    known = {
        "from_id": "pl_west",
        "to_id": "pl_east",
        "from_name": "西心",
        "to_name": "东心",
        "cost_basis": "published",
        "confidence": "low",
    }
    gap = {**known, "kind": "gap", "lever_id": "g_north", "name_zh": EVIL, "name_en": EVIL, "saves_min": 3.0, "saves_mode_min": 3.0}
    train = {**known, "kind": "headway", "lever_id": "headway", "name_zh": "间隔 5 分", "name_en": "every 5 min", "saves_min": 0.0}
    return pd.DataFrame(
        [
            {**gap, "lever_mode": "car", "minutes_after": 54.0, "cost_mcny": 900.0, "note": ""},
            {**train, "saves_mode_min": 6.0, "lever_mode": "transit", "minutes_after": 57.0, "cost_mcny": float("nan"), "note": EVIL},
        ]
    )


def _rank() -> pd.DataFrame:
    known = {"group": "gap", "rank": 1.0, "name_zh": "北桥", "name_en": "North Bridge", "people_inside": 1200.0, "person_min": 34567.0}
    rows = [
        {
            **known,
            "shortfall_person_min": 3456.0,
            "cost_mcny": 900.0,
            "cost_basis": "published",
            "state": "planned",
            "confidence": "low",
            "reason": "",
        }
    ]
    return pd.DataFrame(rows, index=pd.Index(["g_north"], name="gap_id"))


def _growth() -> pd.DataFrame:
    rows = [
        ("2016-12-26", "城际开通", "intercity opens", 0.01),
        ("2026-11-03", "今天", "today", 0.12),
        ("2030-01-08", "2030 规划", "plan 2030", 0.18),
    ]
    made = [
        {
            "date": d,
            "label_zh": zh,
            "label_en": en,
            "state": "fails",
            "share": s,
            "share_low": s * 0.8,
            "share_high": s * 1.3,
            "minutes_needed": 90.0 - 100 * s,
        }
        for d, zh, en, s in rows
    ]
    return pd.DataFrame(made).assign(opened=EVIL, opened_en=EVIL, **{"东心 – 西心": 57.0, "东心 – 西心 mode": "transit"})


def _claim() -> list[dict[str, object]]:
    known = {
        "claim": "半小时",
        "claim_en": "half an hour",
        "from_name": "西心",
        "to_name": "东心",
        "mode": "transit",
        "count": "in_vehicle",
    }
    return [
        {
            **known,
            "day": "2020-12-31",
            "claimed_min": 30.0,
            "model_min": 57.0,
            "verdict": "optimistic",
            "note": EVIL,
            "note_zh": EVIL,
            "source": "x",
        }
    ]


def _fit() -> pd.DataFrame:
    known = {
        "from_name": "i1站",
        "to_name": "i4站",
        "mode": "rail",
        "count": "in_vehicle",
        "pattern": "fastest",
        "date": "2026-11",
        "note": EVIL,
    }
    first = {
        **known,
        "basis": "timetable",
        "role": "comparison",
        "bound": "equals",
        "published_min": 15.0,
        "model_min": 17.0,
        "error_min": 2.0,
    }
    return pd.DataFrame(
        [first, {**first, "basis": "measured", "role": "calibration", "published_min": 40.0, "model_min": 48.0, "error_min": 8.0}]
    )


@pytest.fixture
def offline():
    """Open a file in Chromium without a network: gives the page, its requests and its complaints."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
        seen = SimpleNamespace(page=context.new_page(), requests=[], complaints=[])
        seen.page.on("request", lambda one: seen.requests.append(one.url))
        seen.page.on("console", lambda one: seen.complaints.append(one.text) if one.type in ("error", "warning") else None)
        seen.page.on("pageerror", lambda one: seen.complaints.append(str(one)))
        yield seen
        browser.close()
