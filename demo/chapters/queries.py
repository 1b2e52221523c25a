"""A licensed enterprise asks; nobody in the data can be found out; SELECT * is refused."""

from decimal import Decimal
from typing import Any

from demo.world import World
from kernel.db import transaction
from sandbox.plans.refusals import QuestionRefused
from sandbox.policies import actions as policies
from sandbox.policies.rules import (
    Caps,
    Clip,
    ColumnKind,
    ColumnRule,
    Domain,
    PrivacyPolicy,
    Unit,
)
from sandbox.queries import actions, reads
from sandbox.queries.schemas import QueryDraft

CAPS = Caps(
    licence_epsilon=Decimal(4),
    buyer_epsilon=Decimal(8),
    product_epsilon=Decimal(20),
    family_epsilon=Decimal(40),
)
CARRIERS = (
    "9E", "AA", "AS", "B6", "DL", "EV", "F9", "FL", "HA", "MQ", "OO", "UA", "US", "VX", "WN", "YV",
)  # fmt: skip
INSPECTIONS = PrivacyPolicy(
    table="inspections",
    unit=Unit(column="business_name", label="餐饮单位"),
    columns=(
        ColumnRule(name="business_name", kind=ColumnKind.TEXT, description="经营单位名称"),
        ColumnRule(
            name="inspection_score",
            kind=ColumnKind.INTEGER,
            clip=Clip(low=Decimal(60), high=Decimal(100)),
            description="检查得分，按 60 至 100 分计入",
        ),
        ColumnRule(
            name="Year",
            kind=ColumnKind.INTEGER,
            domain=Domain(values=tuple(range(2000, 2020))),
            description="检查年份",
        ),
        ColumnRule(name="NumberofLocations", kind=ColumnKind.INTEGER, is_filter=True),
        ColumnRule(name="Weekend", kind=ColumnKind.TRUTH, domain=Domain(values=(False, True))),
    ),
    rows_per_unit=20,
    rows_per_cell=4,
    query_epsilon=Decimal(1),
    caps=CAPS,
)
FLIGHTS = PrivacyPolicy(
    table="flights",
    unit=Unit(column="tailnum", label="航空器"),
    columns=(
        ColumnRule(name="tailnum", kind=ColumnKind.TEXT, description="机尾号"),
        ColumnRule(
            name="origin",
            kind=ColumnKind.TEXT,
            domain=Domain(values=("EWR", "JFK", "LGA")),
            description="出发机场",
        ),
        ColumnRule(name="carrier", kind=ColumnKind.TEXT, domain=Domain(values=CARRIERS)),
        ColumnRule(
            name="month", kind=ColumnKind.INTEGER, domain=Domain(values=tuple(range(1, 13)))
        ),
        ColumnRule(
            name="arr_delay",
            kind=ColumnKind.NUMBER,
            clip=Clip(low=Decimal(-30), high=Decimal(180)),
            description="到达延误，按 -30 至 180 分钟计入",
        ),
        ColumnRule(
            name="distance",
            kind=ColumnKind.INTEGER,
            clip=Clip(low=Decimal(0), high=Decimal(3000)),
        ),
    ),
    rows_per_unit=128,
    rows_per_cell=16,
    query_epsilon=Decimal("0.5"),
    caps=CAPS,
)
QUESTIONS = (
    (
        "inspections",
        "SELECT Year, COUNT(*) AS n FROM inspections GROUP BY Year",
    ),
    (
        "inspections",
        "SELECT Weekend, AVG(inspection_score) AS score FROM inspections GROUP BY Weekend",
    ),
    (
        "flights",
        "SELECT origin, COUNT(*) AS n, AVG(arr_delay) AS delay FROM flights GROUP BY origin",
    ),
    (
        "flights",
        "SELECT month, COUNT(*) AS n FROM flights WHERE origin = 'JFK' GROUP BY month",
    ),
)
RAW = "SELECT * FROM inspections"


def publish(world: World) -> None:
    """The bureau sets the policies; each version's rows are bounded once, in a worker."""
    world.report("五  隐私策略：受保护单位、分组、上下限与预算")
    approver = world.actor("approver")
    for key, policy in (("inspections", INSPECTIONS), ("flights", FLIGHTS)):
        with transaction() as session:
            policies.set_policy(session, approver, world.ids[f"product:{key}"], policy)
        assert policy.unit is not None
        bound = f"每单位至多 {policy.rows_per_unit} 行"
        world.report(f"    {policy.table}：受保护单位 {policy.unit.label}，{bound}")
    world.settle()


def play(world: World) -> None:
    """Step 6: four questions answered with noise and error bars; a raw one refused."""
    world.report("六  沙箱查询：原始数据不出域，数据可用不可见")
    buyer = world.actor("buyer")
    draft = QueryDraft(licence_id=world.ids["licence:inspections"], sql=RAW)
    with world.expecting(QuestionRefused, buyer, "queries.submit"), transaction() as session:
        actions.submit(session, buyer, draft)
    asked = []
    for key, sql in QUESTIONS:
        draft = QueryDraft(licence_id=world.ids[f"licence:{key}"], sql=sql)
        with transaction() as session:
            asked.append((sql, actions.submit(session, buyer, draft).id))
    world.settle()
    for sql, query_id in asked:
        _show(world, sql, query_id)


def _show(world: World, sql: str, query_id: str) -> None:
    buyer = world.actor("buyer")
    with transaction() as session:
        query = reads.get_query(session, buyer, query_id)
        result = reads.find_result(session, query.id)
    if result is None:
        raise AssertionError(f"{sql}: {query.phase} without an answer")
    world.report(f"    {sql}")
    for row in result.content["rows"][:3]:
        world.report("      " + "  ".join(_said(cell) for cell in row))


def _said(cell: Any) -> str:
    """A key as it is; a released number with the interval that holds the truth 19 times in 20."""
    if not isinstance(cell, dict):
        return str(cell)
    if cell["value"] is None:
        return "行数太少"
    return f"{cell['value']}（真值 95 % 在 {cell['low']} 与 {cell['high']} 之间）"
