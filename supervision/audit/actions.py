"""Which readings must leave a trace? Taking a part of the timeline home."""

from sqlalchemy.orm import Session

from kernel.actor import Actor
from kernel.events import record
from kernel.ids import new_id
from supervision.audit import reads
from supervision.audit.events import TimelineExported
from supervision.audit.rules import TimelineRow
from supervision.audit.schemas import ExportForm, TimelineFilter


def export_timeline(
    session: Session, actor: Actor, wanted: TimelineFilter, form: ExportForm
) -> list[TimelineRow]:
    """Everything that matches, newest first; that it was taken home is a fact itself.

    Raises: MissingPermission.
    """
    rows = reads.list_whole_timeline(session, actor, wanted)
    record(session, actor, TimelineExported(new_id("exp"), len(rows), form.value))
    return rows
