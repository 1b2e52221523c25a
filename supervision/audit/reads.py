"""What happened, told in sentences, as far as this regulator may know?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from kernel.actor import Actor, Permission
from kernel.errors import NotFound
from kernel.events import Event, EventLog, known_events
from kernel.i18n import CIVIL_ZONE, N_, say, translate
from kernel.paging import Page, page_of
from market.accounts.models import User
from market.catalogue.models import Product
from market.catalogue.reads import dataset_titles
from market.organizations.models import Organization
from market.organizations.reads import names_of
from supervision.audit import rules
from supervision.audit.rules import ALERTS, REFUSAL, TimelineRow
from supervision.audit.schemas import TimelineFilter
from supervision.transparency import reads as log
from supervision.transparency.schemas import ProofBundle

PAGE_SIZE = 50
EXPORT_ROWS_MOST = 10_000
HOUSE = N_("系统（{part}）")
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
UNKNOWN = N_("其他记录")
COMINGS_AND_GOINGS = ("market.session_opened", "market.session_ended")


@dataclass(frozen=True)
class FactSheet:
    """One fact with everything there is to know and to check about it.

    kind: what such facts say. tried: of a refusal, what somebody tried; else "".
    """

    row: TimelineRow
    entry: str
    request_id: str
    kind: str
    tried: str
    checkpoint_size: int | None
    signed_at: datetime | None


def list_timeline(session: Session, actor: Actor, wanted: TimelineFilter) -> Page[TimelineRow]:
    """Facts, newest first. Raises: MissingPermission, CursorUnknown."""
    page: Page[EventLog] = page_of(session, _matching(actor, wanted), wanted.cursor, PAGE_SIZE)
    rows = tell(session, page.items)
    return Page(rows, page.next_cursor, page.previous_cursor)


def list_whole_timeline(
    session: Session, actor: Actor, wanted: TimelineFilter
) -> list[TimelineRow]:
    """Everything that matches, newest first, up to the limit of an export."""
    statement = _matching(actor, wanted).limit(EXPORT_ROWS_MOST)
    return tell(session, session.scalars(statement).all())


def list_latest(session: Session, actor: Actor, count: int) -> list[TimelineRow]:
    """The newest facts for a desk; who came and went stands in the timeline only."""
    statement = _matching(actor, TimelineFilter())
    statement = statement.where(EventLog.name.not_in(COMINGS_AND_GOINGS)).limit(count)
    return tell(session, session.scalars(statement).all())


def get_fact(session: Session, actor: Actor, event_id: str) -> FactSheet:
    """Raises: MissingPermission, NotFound."""
    event = _get_visible(session, actor, event_id)
    (row,) = tell(session, [event])
    checkpoint = log.find_latest_checkpoint(session) if row.is_proved else None
    return FactSheet(
        row=row,
        entry=event.leaf,
        request_id=event.request_id,
        kind=_kind_words(event.name),
        tried=translate(rules.words_of_act(str(event.payload.get("act", "")))),
        checkpoint_size=checkpoint.size if checkpoint else None,
        signed_at=checkpoint.signed_at if checkpoint else None,
    )


def find_fact(session: Session, actor: Actor, event_id: str) -> TimelineRow | None:
    """One fact as a sentence; None when it is not for this regulator, or not there."""
    event = session.scalar(_visible(actor).where(EventLog.id == event_id))
    return tell(session, [event])[0] if event is not None else None


def get_proof_bundle(session: Session, actor: Actor, event_id: str) -> ProofBundle:
    """A fact with its proof, for checking offline. Raises: NotFound, NotYetInLog."""
    event = _get_visible(session, actor, event_id)
    return ProofBundle.of(event.leaf, log.get_inclusion_proof(session, event_id))


def list_event_kinds(actor: Actor) -> list[tuple[str, str]]:
    """(name, sentence) of every kind of fact that this regulator reads."""
    actor.require(Permission.SEE_TIMELINE)
    kinds = known_events()
    names = list(kinds) if actor.is_system else _visible_names(actor)
    said = [(name, _kind_words(name)) for name in names]
    return sorted(said, key=lambda kind: kind[0])


def list_organizations(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
    """(id, name) of every organisation that ever acted. Raises: MissingPermission."""
    actor.require(Permission.SEE_TIMELINE)
    rows = session.execute(
        select(Organization.id, Organization.name)
        .where(select(EventLog.seq).where(EventLog.organization_id == Organization.id).exists())
        .order_by(Organization.name)
    )
    return [(str(identifier), name) for identifier, name in rows]


def find_names(session: Session, identifiers: Iterable[str]) -> dict[str, str]:
    """Name by id, for those that are ids of known people, organisations, products and data sets."""
    mentioned = set(identifiers)
    people = {item for item in mentioned if item.startswith("usr_")}
    bodies = {item for item in mentioned if item.startswith("org_")}
    things = {item for item in mentioned if item.startswith("prd_")}
    users = session.execute(select(User.id, User.name).where(User.id.in_(people)))
    products = session.scalars(select(Product).where(Product.id.in_(things)))
    names = {str(identifier): name for identifier, name in users} | names_of(session, bodies)
    names |= {str(product.id): f"《{product.title}》" for product in products}
    sets = dataset_titles(session, [item for item in mentioned if item.startswith("dst_")])
    return names | {dataset_id: f"《{title}》" for dataset_id, title in sets.items()}


def tell(session: Session, events: Sequence[EventLog]) -> list[TimelineRow]:
    """Facts as sentences, with people and organisations by name and their place in the log."""
    names = _names(session, events)
    indices = log.find_log_indices(session, [event.seq for event in events])
    checkpoint = log.find_latest_checkpoint(session)
    signed = checkpoint.size if checkpoint else 0
    return [_row(event, names, indices.get(event.seq), signed) for event in events]


def _row(
    event: EventLog, names: dict[str, str], log_index: int | None, signed_size: int
) -> TimelineRow:
    return TimelineRow(
        seq=event.seq,
        event_id=event.id,
        name=event.name,
        occurred_at=event.occurred_at,
        sentence=_sentence(event, names),
        actor=_actor_name(event.actor_id, names),
        organization=names.get(event.organization_id or "", event.organization_id or ""),
        subject_id=event.subject_id,
        clause=str(event.payload.get("clause", "")) if event.name == REFUSAL else "",
        log_index=log_index,
        is_proved=log_index is not None and log_index < signed_size,
    )


def _kind_words(name: str) -> str:
    """The sentence of a kind of fact, with … where each fact says its own."""
    kind = known_events().get(name)
    return PLACEHOLDER.sub("…", translate(kind.sentence if kind else UNKNOWN))


def _sentence(event: EventLog, names: Mapping[str, str]) -> str:
    """The event's own sentence, ids of people, organisations and products replaced by names."""
    kind = known_events().get(event.name)
    if kind is None:
        return f"{translate(UNKNOWN)} {event.name}"
    fact: Event = kind.from_payload(event.payload)
    told = fact.told().items()
    return say(fact.sentence, **{key: _named(value, names) for key, value in told})


def _named(value: object, names: Mapping[str, str]) -> object:
    """The name behind an id, or behind each part of "id/id"; anything else as it is."""
    if type(value) is not str:
        return value
    parts = value.split("/")
    if names.keys().isdisjoint(parts):
        return value
    return " / ".join(names.get(part, part) for part in parts)


def _actor_name(actor_id: str, names: Mapping[str, str]) -> str:
    if actor_id.startswith("system:"):
        part = actor_id.removeprefix("system:")
        return say(HOUSE, part=rules.PARTS.get(part.split(".")[0], part))
    return names.get(actor_id, actor_id)


def _names(session: Session, events: Sequence[EventLog]) -> dict[str, str]:
    """Name by id for every person and organisation that these facts mention."""
    mentioned = {event.actor_id for event in events}
    mentioned |= {event.organization_id for event in events if event.organization_id}
    for event in events:
        texts = (value for value in event.payload.values() if isinstance(value, str))
        mentioned |= {part for text in texts for part in text.split("/")}
    return find_names(session, mentioned)


def _get_visible(session: Session, actor: Actor, event_id: str) -> EventLog:
    event = session.scalar(_visible(actor).where(EventLog.id == event_id))
    if event is None:
        raise NotFound
    return event


def _matching(actor: Actor, wanted: TimelineFilter) -> Select[EventLog]:
    statement = _visible(actor)
    if wanted.since_on:
        statement = statement.where(EventLog.occurred_at >= _start_of(wanted.since_on))
    if wanted.until_on:
        end = _start_of(wanted.until_on + timedelta(days=1))
        statement = statement.where(EventLog.occurred_at < end)
    if wanted.about:
        statement = statement.where(_mentions(wanted.about))
    if wanted.organization:
        statement = statement.where(EventLog.organization_id == wanted.organization)
    if wanted.event:
        statement = statement.where(EventLog.name == wanted.event)
    if wanted.refusals:
        statement = statement.where(EventLog.name == REFUSAL)
    return statement.order_by(EventLog.seq.desc())


def _visible(actor: Actor) -> Select[EventLog]:
    actor.require(Permission.SEE_TIMELINE)
    return select(EventLog).where(true() if actor.is_system else _within(actor.regulator_scopes))


def _within(scopes: frozenset[str]) -> ColumnElement[bool]:
    """Facts by name, refusals by clause, facts about alerts by monitoring rule."""
    clause = EventLog.payload["clause"].astext
    seen = [clause.startswith(start) for start in rules.visible_clauses(scopes)]
    if rules.reads_other_refusals(scopes):
        seen.append(~or_(*(clause.startswith(start) for start in rules.SCOPES_OF_CLAUSES)))
    rule = EventLog.payload["rule_id"].astext
    return or_(
        EventLog.name.in_(rules.visible_names(known_events(), scopes)),
        and_(EventLog.name == REFUSAL, or_(false(), *seen)),
        and_(EventLog.name.startswith(ALERTS), rule.in_(rules.visible_rules(scopes))),
    )


def _visible_names(actor: Actor) -> list[str]:
    kinds = known_events()
    alerts = [name for name in kinds if name.startswith(ALERTS)]
    return [*rules.visible_names(kinds, actor.regulator_scopes), REFUSAL, *alerts]


def _mentions(identifier: str) -> ColumnElement[bool]:
    """About this thing, or naming it."""
    path = cast("$.* ? (@ == $id)", JSONPATH)
    variables = func.jsonb_build_object("id", cast(identifier, String))
    return or_(
        EventLog.subject_id == identifier,
        func.jsonb_path_exists(EventLog.payload, path, variables),
    )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), CIVIL_ZONE)
