"""Which refusals can reach a person, and what does each family mean?"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

from kernel.i18n import N_, say


@dataclass(eq=False)
class DomainError(Exception):
    """A refusal a person can understand and act on.

    A concrete error is a dataclass beside the action that raises it: it names its family by
    inheriting, carries data in fields, and sets the three words below.

    code: stable, kebab case, listed in docs/problems.md.
    message: Chinese message id with {field} placeholders; says what to do next.
    clause: the rule that refuses (AO-07, PR-04 …), empty where no rule does. A refusal with a
        clause is recorded as a fact by the edge, after the act has rolled back.
    """

    code: ClassVar[str]
    message: ClassVar[str]
    clause: ClassVar[str] = ""

    def facts(self) -> dict[str, object]:
        """The error's own data by field name, for rendering and for problem+json."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __str__(self) -> str:
        return f"{self.code}: {self.facts()}"


class Unauthenticated(DomainError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "unauthenticated"
    message = N_("请先登录。")


class NotAllowed(DomainError):
    """The person is known and may not do this."""

    code = "not-allowed"
    message = N_("您的岗位没有这项权限。请联系本单位管理员。")


class NotFound(DomainError):
    """It does not exist, or not for this person."""

    code = "not-found"
    message = N_("没有找到。它可能不存在，或不属于您的单位。")


class Conflict(DomainError):
    """The state of things, or a rule, forbids the act now."""

    code = "conflict"
    message = N_("当前状态不允许这样做。请刷新页面后重试。")


class Gone(DomainError):
    """It existed and is no longer available."""

    code = "gone"
    message = N_("它已经失效，不能再用。")


class Invalid(DomainError):
    """The input is malformed."""

    code = "invalid"
    message = N_("填写有误。请按提示修改后重新提交。")


class LimitReached(DomainError):
    """A stated limit is used up or would be exceeded."""

    code = "limit-reached"
    message = N_("已到限额。请稍后重试，或申请更高的限额。")


class Unavailable(DomainError):
    """Something this depends on does not answer now."""

    code = "unavailable"
    message = N_("所依赖的服务暂时没有响应。已填内容不会丢失，请稍后重试。")


FAMILIES: tuple[type[DomainError], ...] = (
    Unauthenticated,
    NotAllowed,
    NotFound,
    Conflict,
    Gone,
    Invalid,
    LimitReached,
    Unavailable,
)


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one input field. field: dotted path; message: Chinese message id."""

    field: str
    message: str
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def said(self) -> str:
        """The words in the reader's language."""
        return say(self.message, **self.facts)


@dataclass(eq=False)
class InvalidFields(Invalid):
    """One or more fields do not fit their schema."""

    code = "invalid-fields"
    message = N_("有 {count} 处填写有误。请按提示修改后重新提交。")

    problems: list[FieldProblem]
    count: int
