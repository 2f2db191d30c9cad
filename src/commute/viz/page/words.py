"""The page's words, Chinese and English side by side; every key has both."""

from __future__ import annotations

from commute.viz.page.html import Markup, two

MODE = {
    "car_free": ("小汽车 畅通", "car, free"),
    "car_peak": ("小汽车 高峰", "car, peak"),
    "transit": ("公交 含接驳", "transit"),
    "transit_foot": ("公交 步行骑行", "transit on foot"),
    "park_ride": ("停车换乘", "park & ride"),
    "best": ("最快", "best"),
    "car": ("小汽车", "car"),
}
COUNT = {
    "in_vehicle": ("车内", "in vehicle"),
    "station_to_station": ("站到站", "station to station"),
    "door_to_door": ("门到门", "door to door"),
}
LEG = {
    "access": ("到站", "to the station"),
    "entry": ("进站", "entry"),
    "wait": ("候车", "wait"),
    "ride": ("乘车", "ride"),
    "transfer": ("换乘", "change"),
    "egress": ("离站", "from the station"),
    "parking": ("停车", "parking"),
}
STATE = {"holds": ("成立", "Holds"), "fails": ("不成立", "Fails"), "in_doubt": ("存疑", "In doubt")}
AREA = {
    "core": ("市辖区", "urban districts"),
    "metropolitan": ("都市圈", "metropolitan area"),
    "three_cities": ("三市全域", "all three cities"),
}
INSIDE = {
    "another": ("另一城市的中心", "another city's centre"),
    "own": ("本市中心", "own centre"),
    "every": ("各市中心都能到", "every city's centre"),
}
ROLE = {"main": ("主要中心", "main centre"), "government": ("市政府", "government seat"), "rail_hub": ("铁路枢纽", "rail hub")}
LEVER = {
    "gap": ("打通一条路", "open a gap"),
    "all_gaps": ("打通全部", "open every gap"),
    "line": ("规划线路", "planned line"),
    "headway": ("发车间隔", "headway"),
    "entry": ("进站", "entry"),
    "metro_style": ("地铁化", "metro style"),
    "pattern": ("停站方案", "stopping pattern"),
    "rail": ("其他列车", "other trains"),
    "feeder": ("接驳(反证)", "feeder (without it)"),
}
GROUP = {
    "gap": ("道路", "road"),
    "line": ("线路", "line"),
    "bottleneck": ("瓶颈", "bottleneck"),
    "no effect": ("无效果", "no effect"),
    "not rankable": ("数据不足以排序", "not rankable with these data"),
}
GAP_STATE = {"open": ("已通", "open"), "building": ("在建", "building"), "planned": ("规划", "planned"), "unknown": ("不明", "unknown")}
GAP_KIND = {
    "missing_link": ("断头路", "missing link"),
    "bottleneck": ("瓶颈路", "bottleneck"),
    "upgrade": ("提级改造", "upgrade"),
    "planned_road": ("规划路", "planned road"),
    "planned_line": ("规划线路", "planned line"),
    "task": ("规划任务", "task of the plan"),
    "scenario": ("方案", "scenario"),
}
DATE_FIELD = {"opens": ("通车", "opened"), "closes": ("停用", "closed"), "opens_planned": ("目标", "target")}
DATED = {"gap": ("断头路与规划路", "gaps and planned roads"), "link": ("道路", "roads"), "place": ("地点", "places")}
RELATION = {"complements": ("互补", "complements"), "substitutes": ("替代", "substitutes")}
NEEDS = {
    "headway": ("发车间隔", "headway"),
    "line_speed": ("列车运行时间", "run time of trains"),
    "entry": ("进站时间", "entry time"),
    "road_speed": ("道路车速", "road speed"),
}
FAILS = {"link": ("路段", "road links"), "stop": ("车站", "stations")}
OPENING = {
    "road": ("道路", "road"),
    "line": ("线路", "line"),
    "roads": ("其他道路", "other roads"),
    "rules": ("时刻与进站", "timetables and entry"),
    "rest": ("其余", "the rest"),
}
BASIS = {
    "timetable": ("时刻表", "timetable"),
    "measured": ("实测", "measured"),
    "forecast": ("预测", "forecast"),
    "promotional": ("宣传", "promotional"),
    "calibrated": ("标定", "calibrated"),
    "assumed": ("假定", "assumed"),
    "published": ("公布", "published"),
    "modelled": ("模型", "modelled"),
    "derived": ("推算", "derived"),
}
CONFIDENCE = {"high": ("高", "high"), "medium": ("中", "medium"), "low": ("低", "low"), "assumed": ("假定", "assumed")}
VERDICT = {
    "reproduced": ("模型能重现", "reproduced"),
    "optimistic": ("模型认为偏乐观", "optimistic by the model"),
    "pessimistic": ("模型更快", "the model is faster"),
    "cannot test": ("无法检验", "cannot be tested"),
}
KIND = {"centre": ("城市中心", "centres"), "park": ("园区", "parks"), "hub": ("枢纽", "hubs")}
SAY = {
    "pair": ("中心对", "centres"),
    "count": ("口径", "counted"),
    "line": ("0–120 分钟,竖线为 {limit} 分钟", "0–120 min, line at {limit}"),
    "within": ("≤{limit} 分钟的人", "people within {limit} min"),
    "assumed": ("假定", "assumed"),
    "language": ("语言", "language"),
    "dark": ("深/浅色", "dark/light"),
    "skip": ("跳到正文", "skip to the answer"),
    "why": ("为什么", "Why"),
    "do": ("怎么办", "What to do"),
    "floor": ("下限", "The floor"),
    "definition": ("定义", "Definition"),
    "nothing": ("没有数据。", "Nothing to show."),
    "from": ("起点", "from"),
    "to": ("终点", "to"),
    "mode": ("方式", "mode"),
    "minutes": ("分钟", "minutes"),
    "slack": ("余量(分)", "slack, min"),
    "worst": ("最拖时间的一段", "longest part but riding"),
    "legs": ("各段", "parts"),
    "area": ("范围", "area"),
    "saves": ("省(分)", "saves, min"),
    "cost": ("投资", "cost"),
    "confidence": ("可信度", "confidence"),
    "measure": ("措施", "measure"),
    "date": ("日期", "date"),
    "source": ("来源", "source"),
    "basis": ("依据", "basis"),
    "unit": ("单位", "unit"),
    "low": ("低", "low"),
    "central": ("中", "central"),
    "high": ("高", "high"),
    "name": ("名称", "name"),
    "published": ("公布", "published"),
    "model": ("模型", "model"),
    "error": ("误差(分)", "error, min"),
}


def say(key: str, **fill: object) -> Markup:
    """A phrase in both languages, filled."""
    zh, en = SAY[key]
    return two(zh.format(**fill), en.format(**fill))


def word(book: dict[str, tuple[str, str]], key: object) -> Markup:
    """A word of one of the books in both languages; the key itself where the book lacks it."""
    text = str(key)
    return two(*book.get(text, (text, text)))
