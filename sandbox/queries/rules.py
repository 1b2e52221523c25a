"""What states does a query go through?"""

from typing import NewType

from kernel.i18n import N_, Labelled

QueryId = NewType("QueryId", str)
ABANDONED_AFTER_MINUTES = 30


class QueryState(Labelled):
    """submitted -> running -> finished -> released | refused."""

    SUBMITTED = "submitted", N_("排队中")
    RUNNING = "running", N_("计算中")
    FINISHED = "finished", N_("待放行")
    RELEASED = "released", N_("已放行")
    REFUSED = "refused", N_("未放行")

    @property
    def is_over(self) -> bool:
        return self in {QueryState.RELEASED, QueryState.REFUSED}


_MOVES = {
    QueryState.SUBMITTED: {QueryState.RUNNING, QueryState.FINISHED, QueryState.REFUSED},
    QueryState.RUNNING: {QueryState.FINISHED, QueryState.REFUSED},
    QueryState.FINISHED: {QueryState.RELEASED, QueryState.REFUSED},
    QueryState.RELEASED: set[QueryState](),
    QueryState.REFUSED: set[QueryState](),
}


def may_move(before: QueryState, after: QueryState) -> bool:
    """Whether a query may go from one state to another; a finished life never moves."""
    return after in _MOVES[before]
