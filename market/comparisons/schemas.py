"""What readers of comparisons give and get."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from market.comparisons.models import VersionComparison
from market.comparisons.rules import Basis, ChangeKind


class PairQuery(BaseModel):
    """Which two versions, by their ids; in either order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    earlier: Annotated[str, StringConstraints(max_length=60)] = ""
    later: Annotated[str, StringConstraints(max_length=60)] = ""


class ColumnChangeOut(BaseModel):
    """One difference of the dictionaries."""

    kind: ChangeKind
    column: str
    before: str
    after: str
    is_breaking: bool


class ComparisonOut(BaseModel):
    """Two versions side by side. Counts are null until the rows have been compared."""

    id: str
    dataset_id: str
    earlier_id: str
    later_id: str
    is_breaking: bool
    changes: list[ColumnChangeOut]
    basis: Basis | None
    added: int | None
    removed: int | None
    changed: int | None
    unchanged: int | None
    changed_cells: dict[str, int]
    compared_at: datetime | None

    @classmethod
    def of(cls, one: VersionComparison) -> Self:
        """As kept."""
        return cls(
            id=one.id,
            dataset_id=one.dataset_id,
            earlier_id=one.earlier_id,
            later_id=one.later_id,
            is_breaking=one.is_breaking,
            changes=[
                ColumnChangeOut(
                    kind=change.kind,
                    column=change.column,
                    before=change.before,
                    after=change.after,
                    is_breaking=change.kind.is_breaking,
                )
                for change in one.changes
            ],
            basis=one.how,
            added=one.added,
            removed=one.removed,
            changed=one.changed,
            unchanged=one.unchanged,
            changed_cells=dict(one.changed_cells),
            compared_at=one.compared_at,
        )
