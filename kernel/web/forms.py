"""What did the person type, and what is wrong with it? Typed text is never lost."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from flask import g, request
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from kernel.errors import DomainError, InvalidFields, Unauthenticated
from kernel.web import problems
from kernel.web.parse import form_values, validated
from kernel.web.submissions import AlreadySubmitted, new_submission_id

Schema = TypeVar("Schema", bound=BaseModel)


class Form(Generic[Schema]):
    """One form on one page: its values, its problems, and its submission number.

        form = Form(ProductDraft)
        if form.is_sent:
            with form.showing_problems():
                draft = form.parse()
                with transaction() as session:
                    product = actions.draft_product(session, current_actor(), draft)
                    return redirect(...)
        return render_template("catalogue/new.html", form=form), form.status

    Any domain error raised inside is shown on the same page with everything typed kept.
    """

    def __init__(self, schema: type[Schema], initial: Mapping[str, Any] | None = None) -> None:
        self._schema = schema
        self.values: MultiDict[str, str] = request.form if self.is_sent else _texts(initial or {})
        self.field_problems: dict[str, list[str]] = {}
        self.error: DomainError | None = None
        self.submission_id = new_submission_id()

    @property
    def is_sent(self) -> bool:
        return request.method == "POST"

    @property
    def status(self) -> int:
        return problems.status_of(self.error) if self.error else 200

    @property
    def words(self) -> str:
        """The refusal in the reader's language; empty when there is none."""
        return problems.words(self.error) if self.error else ""

    def parse(self) -> Schema:
        """Raises: InvalidFields."""
        return validated(self._schema, form_values(self._schema, request.form))

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def chosen(self, name: str) -> list[str]:
        return self.values.getlist(name)

    def problems_of(self, name: str) -> list[str]:
        return self.field_problems.get(name, [])

    @contextmanager
    def showing_problems(self) -> Iterator[None]:
        """Keep a domain error for the page instead of letting it replace the page."""
        try:
            yield
        except (Unauthenticated, AlreadySubmitted):
            raise
        except DomainError as error:
            problems.note_refusal(error)
            self.error = error
            g.form_error = error
            if isinstance(error, InvalidFields):
                for problem in error.problems:
                    name = problem.field.replace(".", "-")
                    self.field_problems.setdefault(name, []).append(problem.said())


def _texts(initial: Mapping[str, Any]) -> MultiDict[str, str]:
    texts: MultiDict[str, str] = MultiDict()
    for name, value in initial.items():
        several = value if isinstance(value, list | tuple | set | frozenset) else [value]
        texts.setlist(name, [str(item) for item in several if item is not None])
    return texts
