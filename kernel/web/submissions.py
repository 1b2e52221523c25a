"""Was this form sent before? A form carries a number; its second sending repeats the answer."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, current_app, request
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import clock
from kernel.db import Base, transaction
from kernel.errors import Conflict
from kernel.i18n import N_
from kernel.web.guard import find_actor

FIELD = "submission_id"
HEADER = "Idempotency-Key"
MAX_LENGTH = 200
MADE = {201, 202}  # a resource, or work whose state can be read


@dataclass(eq=False)
class AlreadySubmitted(Conflict):
    """The same form arrived twice; the first one counted."""

    code = "already-submitted"
    message = N_("这份表单已经提交过，没有重复办理。第一次的结果请到相应列表中查看。")

    location: str


class Submission(Base):
    """A form or request that was carried out, and where its result stands."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(primary_key=True)
    actor_id: Mapped[str] = mapped_column(primary_key=True)
    endpoint: Mapped[str]
    location: Mapped[str]
    created_at: Mapped[datetime]


def new_submission_id() -> str:
    """For the hidden field of a form; the macro `submission()` writes it."""
    return secrets.token_urlsafe(16)


def claim_once(session: Session, actor_id: str) -> None:
    """Take the number of this form, in the transaction of the act.

    A request without a number passes. Two at once: the second waits for the first to commit.
    Raises: AlreadySubmitted, with where the first one's result stands.
    """
    number = (request.headers.get(HEADER) or request.form.get(FIELD) or "")[:MAX_LENGTH]
    if not number:
        return
    taken = session.scalar(
        upsert(Submission)
        .values(
            id=number,
            actor_id=actor_id,
            endpoint=str(request.endpoint),
            location="",
            created_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Submission.id)
    )
    if taken is None:
        raise AlreadySubmitted(_earlier(session, number, actor_id))


def remember_location(session: Session, actor_id: str, location: str) -> None:
    """Keep where the result stands, so that a second sending is led there."""
    number = (request.headers.get(HEADER) or request.form.get(FIELD) or "")[:MAX_LENGTH]
    row = session.get(Submission, (number, actor_id)) if number else None
    if row:
        row.location = location


def install(app: Flask) -> None:
    """Have programs that send a key again told where the first result stands."""
    app.after_request(_remember_what_was_made)


def _remember_what_was_made(response: Response) -> Response:
    made = response.get_json(silent=True) if response.status_code in MADE else None
    if HEADER not in request.headers or not isinstance(made, dict) or "id" not in made:
        return response
    actor = find_actor()
    location = f"{request.path.rstrip('/')}/{made['id']}"
    if actor is not None and current_app.url_map.bind("").test(location, "GET"):
        with transaction() as session:
            remember_location(session, actor.id, location)
    return response


def _earlier(session: Session, number: str, actor_id: str) -> str:
    location = session.scalar(
        select(Submission.location).where(Submission.id == number, Submission.actor_id == actor_id)
    )
    return location or ""
