"""What did the person type, and what is wrong with it? Typed text is never lost."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from flask import request
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

    def showing_problems(self) -> "ShownProblems":
        """Keep a domain error for the page instead of letting it replace the page."""
        return ShownProblems(self)

    def show(self, error: DomainError) -> None:
        """Put a refusal on the page: at its fields where it names some, at the top otherwise."""
        self.error = error
        if isinstance(error, InvalidFields):
            for problem in error.problems:
                name = problem.field.replace(".", "-")
                self.field_problems.setdefault(name, []).append(problem.said())


class ShownProblems:
    """A with-block whose domain errors land on the form; signing in and repeats pass through."""

    def __init__(self, form: Form[Any]) -> None:
        self._form = form

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        refusal = problems.meant_by(error)
        if refusal is None or isinstance(refusal, Unauthenticated | AlreadySubmitted):
            return False
        problems.note_refusal(refusal)
        self._form.show(refusal)
        return True


def _texts(initial: Mapping[str, Any]) -> MultiDict[str, str]:
    texts: MultiDict[str, str] = MultiDict()
    for name, value in initial.items():
        several = value if isinstance(value, list | tuple | set | frozenset) else [value]
        texts.setlist(name, [str(item) for item in several if item is not None])
    return texts
