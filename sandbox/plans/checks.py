"""May this sentence be asked under this policy? From our syntax to a checked plan, or a refusal."""

from dataclasses import dataclass
from typing import assert_never

from sandbox.plans.conditions import condition_of, resolve
from sandbox.plans.refusals import Reason, refuse
from sandbox.plans.rules import (
    MAX_GROUPS,
    UNIT_FIELD,
    All,
    CheckedPlan,
    CodesIn,
    Key,
    Measure,
    MeasureKind,
    Output,
    OutputKind,
    Question,
    Rank,
    Test,
    filter_field,
    group_field,
    possible_codes,
    sum_field,
)
from sandbox.plans.syntax import Call, Function, Item, Name, Ordering, Sentence, Span
from sandbox.policies.rules import Clip, PrivacyPolicy, ascii_fold

ROWS = Measure(MeasureKind.ROWS, "", 1)


def check(sentence: Sentence, policy: PrivacyPolicy) -> CheckedPlan:
    """The checked plan of a sentence.

    Raises: QuestionRefused at the first thing the policy does not allow.
    """
    if ascii_fold(sentence.table.text) != ascii_fold(policy.table):
        raise refuse(Reason.UNKNOWN_TABLE, sentence.table.span)
    where = condition_of(sentence.where, policy) if sentence.where else None
    keys = _keys(sentence, where, policy)
    drafts = [_draft(item, keys, policy) for item in sentence.items]
    measures = tuple(sorted({m for draft in drafts for m in draft.measures}, key=repr))
    if not measures:
        raise refuse(Reason.NO_AGGREGATE, _span(sentence))
    question = Question(keys, where, measures)
    if question.group_count > MAX_GROUPS:
        raise refuse(Reason.MANY_GROUPS, _span(sentence))
    _require_different_labels(drafts)
    outputs = tuple(draft.output(measures) for draft in drafts)
    order = tuple(_rank(entry, drafts, keys, policy) for entry in sentence.order)
    return CheckedPlan(question, outputs, order, sentence.limit)


def _keys(sentence: Sentence, where: Test | None, policy: PrivacyPolicy) -> tuple[Key, ...]:
    """The grouping columns in the policy's order: their order changes nothing in the data."""
    tests = where.tests if isinstance(where, All) else (where,)
    if any(isinstance(test, CodesIn) and not test.codes for test in tests):
        raise refuse(Reason.IMPOSSIBLE, _span(sentence))
    found = {}
    for name in sentence.keys:
        place, column = resolve(name, policy)
        if column.domain is None:
            raise refuse(Reason.NOT_GROUPABLE, name.span)
        field, values = group_field(place), column.domain.values
        codes = possible_codes(where, field, len(values))
        every = tuple(range(len(values)))
        found[place] = Key(field, column.name, values, every if codes is None else codes)
    return tuple(found[place] for place in sorted(found))


@dataclass(frozen=True)
class _Draft:
    """One output with the measures it needs, before these have their places."""

    label: str
    kind: OutputKind
    span: Span
    measures: tuple[Measure, ...] = ()
    key: int | None = None
    clip: Clip | None = None

    def output(self, measures: tuple[Measure, ...]) -> Output:
        places = tuple(measures.index(measure) for measure in self.measures)
        return Output(self.label, self.kind, places if self.key is None else (self.key,), self.clip)

    def says_the_same(self, other: "_Draft") -> bool:
        mine, theirs = (self.kind, self.measures, self.key), (other.kind, other.measures, other.key)
        return mine == theirs


def _draft(item: Item, keys: tuple[Key, ...], policy: PrivacyPolicy) -> _Draft:
    if isinstance(item.expression, Name):
        draft = _key_draft(item.expression, keys, policy)
    else:
        draft = _call_draft(item.expression, policy)
    if item.label is None:
        return draft
    return _Draft(
        item.label.text, draft.kind, item.label.span, draft.measures, draft.key, draft.clip
    )


def _key_draft(name: Name, keys: tuple[Key, ...], policy: PrivacyPolicy) -> _Draft:
    place, column = resolve(name, policy)
    fields = [key.field for key in keys]
    if group_field(place) not in fields:
        raise refuse(Reason.NOT_GROUPED, name.span)
    key = fields.index(group_field(place))
    return _Draft(column.name, OutputKind.KEY, name.span, key=key)


def _call_draft(call: Call, policy: PrivacyPolicy) -> _Draft:
    if call.argument is None:
        return _Draft("COUNT(*)", OutputKind.COUNT, call.span, (ROWS,))
    if call.is_distinct:
        return _units_draft(call, call.argument, policy)
    place, column = resolve(call.argument, policy)
    label = f"{call.function}({column.name})"
    if call.function is Function.COUNT:
        return _Draft(label, OutputKind.COUNT, call.span, (_present(place, policy),))
    if column.clip is None:
        raise refuse(Reason.NOT_SUMMABLE, call.argument.span)
    total = Measure(MeasureKind.SUM, sum_field(place), column.clip.magnitude_units)
    match call.function:
        case Function.SUM:
            return _Draft(label, OutputKind.SUM, call.span, (total,), clip=column.clip)
        case Function.AVERAGE:
            pair = (total, Measure(MeasureKind.PRESENT, sum_field(place), 1))
            return _Draft(label, OutputKind.AVERAGE, call.span, pair, clip=column.clip)
        case _:
            assert_never(call.function)


def _units_draft(call: Call, argument: Name, policy: PrivacyPolicy) -> _Draft:
    found = policy.find(argument.text)
    if policy.unit is None or found is None or found[1].name != policy.unit.column:
        raise refuse(Reason.NOT_COUNTED_UNIT, argument.span)
    measure = Measure(MeasureKind.UNITS, UNIT_FIELD, 1)
    label = f"COUNT(DISTINCT {found[1].name})"
    return _Draft(label, OutputKind.UNITS, call.span, (measure,))


def _present(place: int, policy: PrivacyPolicy) -> Measure:
    """Rows in which a column has a value, read from whichever field the extract keeps of it."""
    column = policy.columns[place]
    field = filter_field(place)
    if column.clip is not None:
        field = sum_field(place)
    elif column.domain is not None:
        field = group_field(place)
    return Measure(MeasureKind.PRESENT, field, 1)


def _rank(
    entry: Ordering, drafts: list[_Draft], keys: tuple[Key, ...], policy: PrivacyPolicy
) -> Rank:
    expression = entry.expression
    if isinstance(expression, Name):
        labels = [ascii_fold(draft.label) for draft in drafts]
        if ascii_fold(expression.text) in labels:
            return Rank(labels.index(ascii_fold(expression.text)), entry.is_descending)
        wanted = _key_draft(expression, keys, policy)
    else:
        wanted = _call_draft(expression, policy)
    for place, draft in enumerate(drafts):
        if draft.says_the_same(wanted):
            return Rank(place, entry.is_descending)
    raise refuse(Reason.UNKNOWN_ORDER, wanted.span)


def _require_different_labels(drafts: list[_Draft]) -> None:
    seen = set()
    for draft in drafts:
        if ascii_fold(draft.label) in seen:
            raise refuse(Reason.LABEL_TWICE, draft.span)
        seen.add(ascii_fold(draft.label))


def _span(sentence: Sentence) -> Span:
    """The whole of the SELECT list and the table: where the statement as such is meant."""
    spans = [item.expression.span for item in sentence.items] + [sentence.table.span]
    return Span(min(span.start for span in spans), max(span.end for span in spans))
