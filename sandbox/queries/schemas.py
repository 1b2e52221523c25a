"""What does a person send to ask, and what comes back?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from kernel.i18n import translate
from sandbox.plans.refusals import QuestionRefused
from sandbox.plans.rules import OutputKind
from sandbox.policies.rules import DomainValue
from sandbox.privacy.rules import Balance, Purse
from sandbox.queries.answers import Cell, Table
from sandbox.queries.endings import Ending
from sandbox.queries.models import Query, QueryResult
from sandbox.queries.rules import QueryState

# Longer text is answered with a reason and a place, so the door is wider than the language.
SqlText = Annotated[str, Field(max_length=100_000)]
WishedEpsilon = Annotated[Decimal, Field(gt=0, le=1000, max_digits=12, decimal_places=6)]


# Released numbers are noisy: a JSON number says enough of them.
Figure = Annotated[
    int | Decimal,
    PlainSerializer(lambda n: n if isinstance(n, int) else float(n), when_used="json"),
]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class QueryDraft(Frozen):
    """A question under a licence. epsilon: empty means the product's usual cost."""

    licence_id: str = Field(max_length=100)
    sql: SqlText
    epsilon: WishedEpsilon | None = None


class ExplanationDraft(Frozen):
    """A question to be explained. licence_id: whose purses to look into, if any."""

    product_id: str = Field(default="", max_length=100)
    licence_id: str = Field(default="", max_length=100)
    sql: SqlText
    epsilon: WishedEpsilon | None = None


class QueryFilter(BaseModel):
    """Which queries to list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    licence_id: str = Field(default="", max_length=100)
    cursor: str = Field(default="", max_length=500)


class PurseOut(Frozen):
    """What one purse holds."""

    purse: Purse
    limit_epsilon: Decimal
    left_epsilon: Decimal

    @classmethod
    def of(cls, balance: Balance) -> Self:
        return cls(
            purse=balance.purse,
            limit_epsilon=balance.limit_epsilon,
            left_epsilon=balance.left_epsilon,
        )


class ColumnOut(Frozen):
    """One column of the answer; error95 is what 95 % of the answers stay within."""

    name: str
    kind: OutputKind
    error95: Figure | None


class Explanation(Frozen):
    """What a question would do and cost. No data was read for it.

    start, end: the place in the text that a refusal is about.
    answers_left: how many such questions still fit every purse; None where they are free.
    advice: what would make the answer more useful, where the noise would drown it.
    """

    accepted: bool
    code: str = ""
    reason: str = ""
    instead: str = ""
    start: int = 0
    end: int = 0
    cost_epsilon: Decimal = Decimal(0)
    cost_rho: Decimal = Decimal(0)
    columns: tuple[ColumnOut, ...] = ()
    words: tuple[str, ...] = ()
    advice: str = ""
    purses: tuple[PurseOut, ...] = ()
    answers_left: int | None = None
    is_replay: bool = False

    @classmethod
    def refused(cls, error: QuestionRefused) -> Self:
        return cls(
            accepted=False,
            code=error.reason.value,
            reason=translate(error.reason.label),
            instead=translate(error.reason.instead),
            start=error.start,
            end=error.end,
        )


class QueryOut(Frozen):
    """One query without its answer."""

    id: str
    product_id: str
    licence_id: str
    sql: str
    state: QueryState
    cost_epsilon: Decimal
    is_replay: bool
    ending: Ending | None
    ending_words: str
    submitted_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, query: Query) -> Self:
        ending = Ending(query.ending) if query.ending else None
        return cls(
            id=query.id,
            product_id=query.product_id,
            licence_id=query.licence_id,
            sql=query.sql,
            state=query.phase,
            cost_epsilon=query.cost_epsilon,
            is_replay=query.is_replay,
            ending=ending,
            ending_words=translate(ending.label) if ending else "",
            submitted_at=query.submitted_at,
            ended_at=query.ended_at,
        )


class QueryList(Frozen):
    """Some queries, and where the next ones start."""

    items: tuple[QueryOut, ...]
    next_cursor: str


class CellOut(Frozen):
    """One released number; the truth lies between low and high 19 times in 20."""

    value: Figure | None
    low: Figure
    high: Figure


class ResultOut(Frozen):
    """The released table: each row holds keys as they are, and numbers as cells."""

    query_id: str
    columns: tuple[ColumnOut, ...]
    rows: tuple[tuple[CellOut | DomainValue, ...], ...]
    released_at: datetime

    @classmethod
    def of(cls, result: QueryResult) -> Self:
        return cls.model_validate(
            {"query_id": result.query_id, "released_at": result.released_at, **result.content}
        )


def content_of(table: Table) -> dict[str, Any]:
    """A table as it is stored: whole numbers as they are, decimals as text."""
    columns = [
        {"name": column.name, "kind": column.kind.value, "error95": _plain(column.error95)}
        for column in table.columns
    ]
    rows = [[_plain_cell(cell) for cell in row] for row in table.rows]
    return {"columns": columns, "rows": rows}


def _plain_cell(cell: Cell | DomainValue) -> Any:
    if isinstance(cell, Cell):
        return {"value": _plain(cell.value), "low": _plain(cell.low), "high": _plain(cell.high)}
    return cell


def _plain(number: int | Decimal | None) -> int | str | None:
    return str(number) if isinstance(number, Decimal) else number
