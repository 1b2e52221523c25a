"""What does this text ask? Reads SQL into our own small syntax, or refuses it with the place.

The second wall behind tokens.py: an allow-list of tree nodes and, for each, of its arguments.
The text and the parser's tree go no further than this module.
"""

import re
from decimal import Decimal
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError

from sandbox.plans import syntax
from sandbox.plans.checks import check
from sandbox.plans.refusals import QuestionRefused, Reason, refuse
from sandbox.plans.rules import CheckedPlan
from sandbox.plans.syntax import Call, Condition, Function, Name, Operator, Span, Value
from sandbox.policies.rules import PrivacyPolicy
from sandbox.queries.tokens import tokens_of

MAX_VALUES = 200
MAX_LIMIT = 10_000
_WHOLE_NUMBER = re.compile(r"[0-9]{1,5}", re.ASCII)
_FUNCTIONS = {exp.Count: Function.COUNT, exp.Sum: Function.SUM, exp.Avg: Function.AVERAGE}
_COMPARISONS = {
    exp.EQ: Operator.EQUAL,
    exp.NEQ: Operator.UNEQUAL,
    exp.LT: Operator.LESS,
    exp.LTE: Operator.LESS_OR_EQUAL,
    exp.GT: Operator.GREATER,
    exp.GTE: Operator.GREATER_OR_EQUAL,
}


def plan_query(text: str, policy: PrivacyPolicy) -> CheckedPlan:
    """The checked plan of a text under a policy. Reads no data and calls no engine.

    Raises: QuestionRefused, with the reason, the place and what to write instead.
    """
    return check(read(text), policy)


def read(text: str) -> syntax.Sentence:
    """The text as our own syntax, before any policy.

    Raises: QuestionRefused.
    """
    tokens = tokens_of(text)
    try:
        trees = DuckDB().parser().parse(tokens, text)
    except ParseError as error:
        raise refuse(Reason.UNREADABLE, _place_of(error, text)) from None
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1 or type(found[0]) is not exp.Select:
        raise refuse(Reason.UNREADABLE, Span(0, len(text)))
    return _Reader(Span(0, len(text))).sentence(found[0])


class _Reader:
    """Turns the parser's tree into our syntax, node by node."""

    def __init__(self, whole: Span) -> None:
        self.whole = whole

    def sentence(self, tree: Any) -> syntax.Sentence:
        self.clauses(tree)
        self.only(tree, "expressions", "from_", "where", "group", "order", "limit")
        source = tree.args.get("from_")
        if source is None:
            raise refuse(Reason.UNREADABLE, self.whole)
        where, group, order = (tree.args.get(name) for name in ("where", "group", "order"))
        return syntax.Sentence(
            items=tuple(self.item(node) for node in tree.expressions),
            table=self.table(source),
            where=self.condition(where.this) if where else None,
            keys=tuple(self.key(node) for node in self.group(group)) if group else (),
            order=tuple(self.ordering(node) for node in order.expressions) if order else (),
            limit=self.limit(tree.args.get("limit")),
        )

    def clauses(self, tree: Any) -> None:
        """Name the two clauses that are made of permitted tokens and still not permitted."""
        if tree.args.get("distinct"):
            raise refuse(Reason.DISTINCT, self.span(tree))
        if joins := tree.args.get("joins"):
            raise refuse(Reason.JOIN, self.span(joins[0]))

    def table(self, source: Any) -> Name:
        self.only(source, "this")
        table = source.this
        if type(table) is not exp.Table:
            raise refuse(Reason.SUBQUERY, self.span(source))
        if alias := table.args.get("alias"):
            raise refuse(Reason.TABLE_ALIAS, self.span(alias))
        self.only(table, "this")
        return self.identifier(table.this)

    def item(self, node: Any) -> syntax.Item:
        if type(node) is not exp.Alias:
            return syntax.Item(self.column_or_call(node), None)
        self.only(node, "this", "alias")
        return syntax.Item(self.column_or_call(node.this), self.identifier(node.args["alias"]))

    def column_or_call(self, node: Any) -> Name | Call:
        if type(node) in _FUNCTIONS:
            return self.call(node)
        if type(node) is exp.Column:
            return self.column(node)
        reason = Reason.ORDINAL if type(node) is exp.Literal else Reason.UNSUPPORTED
        raise refuse(reason, self.span(node))

    def call(self, node: Any) -> Call:
        self.only(node, "this", "big_int")
        function, argument, span = _FUNCTIONS[type(node)], node.this, self.span(node)
        if type(argument) is exp.Star and function is Function.COUNT:
            self.only(argument)
            return Call(function, None, False, span)
        if type(argument) is not exp.Distinct:
            return Call(function, self.column(argument), False, span)
        self.only(argument, "expressions")
        if function is not Function.COUNT or len(argument.expressions) != 1:
            raise refuse(Reason.DISTINCT, self.span(argument))
        return Call(function, self.column(argument.expressions[0]), True, span)

    def column(self, node: Any) -> Name:
        if type(node) is not exp.Column:
            reason = Reason.STAR if type(node) is exp.Star else Reason.UNSUPPORTED
            raise refuse(reason, self.span(node))
        self.only(node, "this")
        return self.identifier(node.this)

    def identifier(self, node: Any) -> Name:
        if type(node) is not exp.Identifier:
            raise refuse(Reason.UNSUPPORTED, self.span(node))
        self.only(node, "this", "quoted")
        return Name(str(node.this), self.span(node))

    def group(self, node: Any) -> list[Any]:
        if set(_given(node)) != {"expressions"}:
            raise refuse(Reason.GROUPING, self.span(node))
        return list(node.expressions)

    def key(self, node: Any) -> Name:
        if type(node) is exp.Literal:
            raise refuse(Reason.ORDINAL, self.span(node))
        if type(node) is not exp.Column:
            raise refuse(Reason.GROUPING, self.span(node))
        return self.column(node)

    def ordering(self, node: Any) -> syntax.Ordering:
        self.only(node, "this", "desc", "nulls_first")
        return syntax.Ordering(self.column_or_call(node.this), bool(node.args.get("desc")))

    def limit(self, node: Any) -> int | None:
        if node is None:
            return None
        self.only(node, "expression")
        value = node.args["expression"]
        is_whole = type(value) is exp.Literal and _WHOLE_NUMBER.fullmatch(str(value.this))
        if not is_whole or not 1 <= int(value.this) <= MAX_LIMIT:
            raise refuse(Reason.BAD_LIMIT, self.span(node))
        return int(value.this)

    def condition(self, node: Any) -> Condition:
        kind = type(node)
        if kind in _COMPARISONS:
            return self.comparison(node)
        match node:
            case exp.Paren():
                self.only(node, "this")
                return self.condition(node.this)
            case exp.Not():
                self.only(node, "this")
                return syntax.Not(self.condition(node.this))
            case exp.And() | exp.Or():
                self.only(node, "this", "expression")
                join = syntax.Both if kind is exp.And else syntax.Either
                return join(self.condition(node.this), self.condition(node.args["expression"]))
        return self.atom(node)

    def atom(self, node: Any) -> Condition:
        match node:
            case exp.Between():
                self.only(node, "this", "low", "high")
                low, high = (self.value(node.args[name]) for name in ("low", "high"))
                return syntax.Between(self.column(node.this), low, high)
            case exp.In():
                return self.membership(node)
            case exp.Like():
                return self.pattern(node)
            case exp.Is():
                self.only(node, "this", "expression")
                if type(node.args["expression"]) is not exp.Null:
                    raise refuse(Reason.NULL_COMPARISON, self.span(node))
                return syntax.Missing(self.column(node.this))
            case exp.Column():
                return syntax.Claim(self.column(node))
        raise refuse(self.why_not_a_condition(node), self.span(node))

    def why_not_a_condition(self, node: Any) -> Reason:
        if type(node) in _FUNCTIONS:
            return Reason.AGGREGATE_IN_WHERE
        return Reason.UNSUPPORTED

    def pattern(self, node: Any) -> Condition:
        self.only(node, "this", "expression", "negate")
        found = syntax.Pattern(self.column(node.this), self.value(node.args["expression"]))
        return syntax.Not(found) if node.args.get("negate") else found

    def membership(self, node: Any) -> syntax.Membership:
        self.only(node, "this", "expressions")
        if len(node.expressions) > MAX_VALUES:
            raise refuse(Reason.MANY_VALUES, self.span(node))
        values = tuple(self.value(value) for value in node.expressions)
        return syntax.Membership(self.column(node.this), values)

    def comparison(self, node: Any) -> syntax.Comparison:
        self.only(node, "this", "expression")
        left, right = node.this, node.args["expression"]
        operator = _COMPARISONS[type(node)]
        if aggregates := [side for side in (left, right) if type(side) in _FUNCTIONS]:
            raise refuse(Reason.AGGREGATE_IN_WHERE, self.span(aggregates[0]))
        if exp.Null in (type(left), type(right)):
            raise refuse(Reason.NULL_COMPARISON, self.span(node))
        if type(left) is exp.Column and type(right) is exp.Column:
            raise refuse(Reason.COLUMN_PAIR, self.span(right))
        if type(left) is exp.Column:
            return syntax.Comparison(self.column(left), operator, self.value(right))
        return syntax.Comparison(self.column(right), operator.mirrored, self.value(left))

    def value(self, node: Any) -> Value:
        match node:
            case exp.Literal():
                self.only(node, "this", "is_string")
                written = str(node.this)
                return Value(written if node.is_string else Decimal(written), self.span(node))
            case exp.Neg(this=exp.Literal()):
                self.only(node, "this")
                return Value(-Decimal(str(node.this.this)), self.span(node))
            case exp.Boolean():
                self.only(node, "this")
                return Value(bool(node.this), self.span(node))
            case exp.Cast(this=exp.Literal()) if node.to.is_type("date"):  # DATE '2024-01-31'
                self.only(node, "this", "to")
                return Value(str(node.this.this), self.span(node))
            case exp.Null():
                raise refuse(Reason.NULL_COMPARISON, self.span(node))
            case exp.Column():
                raise refuse(Reason.COLUMN_PAIR, self.span(node))
        raise refuse(Reason.UNSUPPORTED, self.span(node))

    def only(self, node: Any, *allowed: str) -> None:
        """Refuse a node that carries anything else than what is named."""
        if not set(_given(node)) <= set(allowed):
            raise self.unsupported(node)

    def unsupported(self, node: Any) -> QuestionRefused:
        return refuse(Reason.UNSUPPORTED, self.span(node))

    def span(self, node: Any) -> Span:
        """From the first to the last place that the parser noted below a node."""
        places = [found.meta for found in node.walk() if "start" in found.meta]
        if not places:
            return self.whole
        return Span(min(p["start"] for p in places), max(p["end"] for p in places) + 1)


def _given(node: Any) -> list[str]:
    """The names of a node's arguments that are set to anything at all."""
    return [name for name, value in node.args.items() if value not in (None, False, [], "")]


def _place_of(error: ParseError, text: str) -> Span:
    """Where the parser stopped, from its line and column (1-based, at the end of the word)."""
    found = error.errors[0] if error.errors else {}
    line, column, word = found.get("line"), found.get("col"), found.get("highlight") or ""
    if not line or not column:
        return Span(0, len(text))
    start = sum(len(row) + 1 for row in text.split("\n")[: line - 1])
    end = min(start + column, len(text))
    return Span(max(end - max(len(word), 1), 0), end)
