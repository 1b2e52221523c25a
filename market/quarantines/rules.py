"""What states does a file of failing records pass through? Pure."""

from typing import NewType

from kernel.i18n import N_, Labelled

QuarantineId = NewType("QuarantineId", str)
MARK = "failing_rules"  # the column that says which rules a record fails, by their position


class QuarantineState(Labelled):
    """Life of one side file."""

    QUEUED = "queued", N_("排队另存")
    READY = "ready", N_("已另存")
    FAILED = "failed", N_("没能另存")


def mark_for(columns: list[str]) -> str:
    """The name of the marking column; never one that the data has."""
    taken, name = {column.casefold() for column in columns}, MARK
    while name in taken:
        name += "_"
    return name
