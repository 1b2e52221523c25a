"""What happened? One write with three uses: audit, outbox, leaf of the transparency log."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar, Self

import rfc8785
from pydantic import TypeAdapter
from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, make_transient_to_detached, mapped_column

from kernel import clock
from kernel.actor import Actor
from kernel.db import APPEND_ONLY, Base, TransactionId
from kernel.errors import DomainError
from kernel.i18n import CHINESE, ENGLISH, N_, language, say, speaking
from kernel.ids import new_id
from kernel.money import Money
from kernel.request import request_id

_registry: dict[str, type["Event"]] = {}
_adapters: dict[type["Event"], TypeAdapter[Any]] = {}


@dataclass(frozen=True)
class Event:
    """A fact in the past tense. Subclass as a frozen dataclass in a slice's events.py:

        @dataclass(frozen=True)
        class ProductPublished(Event):
            name = "market.product_published"
            sentence = N_("产品《{title}》上架")
            product_id: str
            title: str

    The first field is the id of what it is about. Payloads only grow, hold scalars, Money, dates
    and ids, and never personal data or query text. The sentence is what regulators read.
    """

    name: ClassVar[str]
    sentence: ClassVar[str]

    def __init_subclass__(cls) -> None:
        known = _registry.setdefault(cls.name, cls)
        if known.__qualname__ != cls.__qualname__:
            raise TypeError(f"two events are named {cls.name}")

    @property
    def subject_id(self) -> str:
        return str(getattr(self, fields(self)[0].name))

    def payload(self) -> dict[str, Any]:
        return {
            field.name: _scalar(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) is not None
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        adapter = _adapters.get(cls)
        if adapter is None:  # making one costs as much as a hundred readings
            adapter = _adapters[cls] = TypeAdapter(cls)
        event: Self = adapter.validate_python(dict(payload))
        return event

    def said(self) -> str:
        """The sentence in the reader's language."""
        return say(self.sentence, **self.told())

    def told(self) -> dict[str, object]:
        """What the sentence tells, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True)
class ActRefused(Event):
    """A refusal is a fact, although the act itself rolled back.

    reason_en: the reason in English; facts of earlier days have none.
    """

    name = "kernel.act_refused"
    sentence = N_("拒绝了一次操作：{reason}")

    about_id: str
    act: str
    code: str
    clause: str
    reason: str
    reason_en: str | None = None

    def told(self) -> dict[str, object]:
        """The reason as it was said at the time, in the reader's language."""
        is_english = language() == ENGLISH and self.reason_en is not None
        return super().told() | ({"reason": self.reason_en} if is_english else {})


class EventLog(Base):
    """Append-only. No foreign keys: it must outlive what it speaks of."""

    __tablename__ = "event_log"
    __table_args__ = (
        Index("ix_event_log_subject_id", "subject_id", "seq"),
        Index("ix_event_log_name", "name", "seq"),
        Index("ix_event_log_txid", "txid"),
        # An entry bundle of the transparency log gives each fact a 16-bit length.
        CheckConstraint("octet_length(leaf) <= 65535", name="leaf_fits_bundle"),
        {"info": APPEND_ONLY},
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    organization_id: Mapped[str | None]
    subject_id: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str]
    leaf: Mapped[str]
    txid: Mapped[int] = mapped_column(
        TransactionId, server_default=text("pg_current_xact_id()"), nullable=False
    )

    def event(self) -> Event:
        """The typed fact. Raises KeyError when no loaded module knows the name."""
        return _registry[self.name].from_payload(self.payload)


REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
WRITTEN = tuple(c.name for c in EventLog.__table__.columns if c.name not in {"seq", "txid"})
WRITE = insert(EventLog).returning(EventLog.seq, EventLog.txid)


def known_events() -> Mapping[str, type[Event]]:
    """Every event class of the loaded modules, by name."""
    return dict(_registry)


def record(session: Session, actor: Actor, event: Event) -> EventLog:
    """Write a fact in the transaction of its change: if the change commits, so does the fact.

    Written at once and without the unit of work, which costs as much as the rest of it together.
    """
    row = EventLog(
        id=new_id("evt"),
        name=event.name,
        occurred_at=clock.now(),
        actor_kind=str(actor.kind),
        actor_id=actor.id,
        organization_id=actor.organization_id,
        subject_id=event.subject_id,
        payload=event.payload(),
        request_id=request_id(),
    )
    row.leaf = canonical_leaf(row)
    values = {name: getattr(row, name) for name in WRITTEN}
    row.seq, row.txid = session.connection().execute(WRITE, values).one()
    make_transient_to_detached(row)
    session.add(row)
    return row


def record_refusal(
    session: Session, actor: Actor, error: DomainError, *, act: str, about_id: str
) -> EventLog:
    """Write down who tried what, and which clause refused it; what was typed may be anything."""
    reasons = [_storable(_reason(error, spoken)) for spoken in (CHINESE, ENGLISH)]
    fact = ActRefused(_storable(about_id), act, error.code, error.clause, *reasons)
    return record(session, actor, fact)


def _storable(text: str) -> str:
    """No column holds a NUL or half of a surrogate pair."""
    return text.replace("\0", REPLACEMENT).encode("utf-8", "replace").decode()


def settled_below(session: Session) -> int:
    """Every transaction below this id has ended: its facts are visible now, or never will be.

    Ask before reading the facts: what ends in between then stays above the mark.
    """
    horizon = func.pg_snapshot_xmin(func.pg_current_snapshot(), type_=TransactionId())
    return session.scalars(select(horizon)).one()


def canonical_leaf(row: EventLog) -> str:
    """RFC 8785 JSON of the fact: the same row always gives the same bytes."""
    fact = {
        "actor_id": row.actor_id,
        "actor_kind": row.actor_kind,
        "id": row.id,
        "name": row.name,
        "occurred_at": _scalar(row.occurred_at),
        "organization_id": row.organization_id,
        "payload": row.payload,
        "request_id": row.request_id,
        "subject_id": row.subject_id,
    }
    return rfc8785.dumps(fact).decode()


def _reason(error: DomainError, spoken: str) -> str:
    with speaking(spoken):
        return say(error.message, **error.facts())


def _scalar(value: object) -> Any:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency.value}
        case Enum():
            return value.value
        case Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_scalar(item) for item in value]
        case _:
            return value
