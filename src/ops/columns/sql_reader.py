"""Reads from a qualified query where its columns and rows come from.

A part that is not known here raises an error: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from lineage.kernel.effects import Effect
from ops.columns.sql_sources import (
    NOTHING,
    Relation,
    Source,
    Sources,
    UnknownLineageError,
    among,
    deciding,
    through,
)

_CONSTANTS: Final = (
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Var,
    exp.DataType,
    exp.Identifier,
    exp.IntervalSpan,
)
_COMPUTED: Final = (
    exp.Func,
    exp.Binary,
    exp.Unary,
    exp.Between,
    exp.In,
    exp.Interval,
    exp.Tuple,
    exp.Bracket,
    exp.Slice,
    exp.Lambda,
    exp.Kwarg,
    exp.PropertyEQ,
    exp.Distinct,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.AtTimeZone,
    exp.SubqueryPredicate,
)
"""Expressions whose value is computed from those below them, and from nothing else."""
_PARTS: Final = frozenset(
    {"with_", "expressions", "from_", "joins", "where", "group", "having", "qualify", "order"}
) | {"limit", "offset", "distinct", "windows", "sample"}
"""The parts of a SELECT that are known."""
_UNCHANGED: Final = (
    exp.Alias,
    exp.Paren,
    exp.Ordered,
    exp.Where,
    exp.Having,
    exp.Qualify,
    exp.Limit,
    exp.Offset,
)
"""What hands on the value below it."""
_ROWWISE: Final = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
_COLLECTING: Final = (exp.ArrayAgg, exp.GroupConcat)
"""Aggregates that hold each value rather than a summary of them."""
_COLLECTING_NAMES: Final = frozenset({"histogram", "list"})
_MULTIPLYING: Final = (exp.Unnest, exp.Explode)


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a part of a query sees.

    Attributes:
        tables: What can be named after FROM.
        columns: What columns are qualified by, outer queries included.
        windows: Named windows.
        answer: Columns by their names in the answer, for ORDER BY.
    """

    tables: Mapping[str, Relation]
    columns: Mapping[str, Relation] = field(default_factory=dict)
    windows: Mapping[str, exp.Window] = field(default_factory=dict)
    answer: Relation | None = None


class Reader:
    """Reads the sources of columns from a qualified query.

    Args:
        aggregates: Names of functions that aggregate.
    """

    def __init__(self, aggregates: frozenset[str]) -> None:
        self._aggregates = aggregates

    def relation(self, query: exp.Expr, scope: Scope) -> Relation:
        """Return what a query gives."""
        if isinstance(query, exp.Subquery) and not query.args.get("joins"):
            inner = self.relation(query.this, self._with_ctes(query, scope))
            return self._limited(query, inner, scope)
        scope = self._with_ctes(query, scope)
        if isinstance(query, exp.SetOperation):
            return self._limited(query, self._set_operation(query, scope), scope)
        if isinstance(query, exp.Select):
            return self._select(query, scope)
        raise UnknownLineageError

    def _with_ctes(self, query: exp.Expr, scope: Scope) -> Scope:
        with_ = query.args.get("with_")
        if with_ is None:
            return scope
        if with_.args.get("recursive"):
            raise UnknownLineageError
        tables = dict(scope.tables)
        for cte in with_.expressions:
            inner = Scope(tables, scope.columns)
            tables[cte.alias] = self.relation(cte.this, inner)
        return Scope(tables, scope.columns)

    def _set_operation(self, query: exp.SetOperation, scope: Scope) -> Relation:
        left, right = (self.relation(each, scope) for each in (query.left, query.right))
        rows = left.rows | right.rows
        if not isinstance(query, exp.Union) or query.args.get("distinct"):
            rows |= deciding(left.all() | right.all())
        if query.args.get("by_name"):
            names = dict.fromkeys(name for name, _ in (*left.columns, *right.columns))
            of = [dict(left.columns), dict(right.columns)]
            pairs = [(n, of[0].get(n, NOTHING), of[1].get(n, NOTHING)) for n in names]
        else:
            both = zip(left.columns, right.columns, strict=True)
            pairs = [(name, ours, theirs) for (name, ours), (_, theirs) in both]
        if isinstance(query, exp.Union):
            return Relation([(n, among(rows, ours | theirs)) for n, ours, theirs in pairs], rows)
        return Relation([(name, among(rows, ours)) for name, ours, _ in pairs], rows)

    def _select(self, query: exp.Select, scope: Scope) -> Relation:
        if any(query.args[key] for key in query.args.keys() - _PARTS):
            raise UnknownLineageError
        columns, rows = dict(scope.columns), NOTHING
        sources = [query.args.get("from_"), *query.args.get("joins", [])]
        for source in sources:
            if source is not None:
                relation = self._source(source.this, scope)
                columns[source.this.alias_or_name] = relation
                rows |= relation.rows
        windows = {each.name: each for each in query.args.get("windows") or []}
        inner = Scope(scope.tables, columns, windows)
        rows |= self._row_sources(query, inner)
        found = []
        for select in query.selects:
            sources_ = self._sources(select, inner)
            if not any(s.is_direct for s in sources_):
                made: Effect = "aggregation" if self._sums(select) else "synthesis"
                sources_ |= {Source(None, made, is_direct=True)}
            found.append((select.alias_or_name, among(rows, sources_)))
        return self._limited(query, Relation(found, rows), inner)

    def _source(self, source: exp.Expr, scope: Scope) -> Relation:
        """Return what is behind FROM or JOIN."""
        if source.args.get("pivots") or source.args.get("joins"):
            raise UnknownLineageError
        if isinstance(source, exp.Subquery):
            return self.relation(source, Scope(scope.tables, scope.columns))
        is_plain = isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
        if not is_plain or source.args.get("db") or source.alias_column_names:
            raise UnknownLineageError
        return scope.tables[source.name]

    def _row_sources(self, query: exp.Select, scope: Scope) -> Sources:
        """Return the sources of what decides which rows a query gives, limits aside."""
        parts: list[exp.Expr | None] = [
            *(join.args.get("on") for join in query.args.get("joins", [])),
            *(query.args.get(key) for key in ("where", "having", "qualify")),
        ]
        if any(join.args.get("using") for join in query.args.get("joins", [])):
            raise UnknownLineageError  # qualified, it would be a condition
        group, distinct = query.args.get("group"), query.args.get("distinct")
        if group is not None:
            parts += group.find_all(exp.Column)
            if group.args.get("all"):
                parts += [each for each in query.selects if not self._sums(each)]
        if distinct is not None:
            parts += [distinct.args.get("on") or exp.Tuple(expressions=[*query.selects])]
        parts += [each for each in query.selects if each.find(*_MULTIPLYING)]
        found = (self._sources(each, scope) for each in parts if each is not None)
        return deciding(source for sources in found for source in sources)

    def _limited(self, query: exp.Expr, relation: Relation, scope: Scope) -> Relation:
        """Add what decides which rows are left of a limit, or of DISTINCT ON."""
        limits = [query.args.get("limit"), query.args.get("offset")]
        distinct = query.args.get("distinct")
        is_first = isinstance(distinct, exp.Distinct) and distinct.args.get("on") is not None
        if not any(limits) and not is_first:
            return relation
        parts = [*limits, query.args.get("order")]
        inner = Scope(scope.tables, scope.columns, scope.windows, relation)
        found = (self._sources(each, inner) for each in parts if each is not None)
        rows = deciding(source for sources in found for source in sources)
        columns = [(name, among(rows, sources)) for name, sources in relation.columns]
        return Relation(columns, relation.rows | rows)

    def _sources(self, node: exp.Expr, scope: Scope) -> Sources:
        """Return the sources of the value of an expression."""
        if isinstance(node, exp.Column):
            return _column(node, scope)
        if isinstance(node, exp.Query):
            return self.relation(node, scope).all()
        if isinstance(node, _CONSTANTS):
            return NOTHING
        if isinstance(node, _UNCHANGED) or _is_joined(node):
            return self._below(node, scope)
        if isinstance(node, exp.Exists):
            return deciding(self._below(node, scope))
        if isinstance(node, exp.Window | exp.Filter | exp.Order | exp.WithinGroup):
            return self._chosen(node, scope)
        return self._computed(node, scope)

    def _computed(self, node: exp.Expr, scope: Scope) -> Sources:
        if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
            return NOTHING
        if self._is_aggregate(node):
            effect: Effect = "transformation" if _is_collecting(node) else "aggregation"
            return through(self._below(node, scope), effect)
        if isinstance(node, _COMPUTED):
            return through(self._below(node, scope), "transformation")
        raise UnknownLineageError

    def _chosen(self, node: exp.Expr, scope: Scope) -> Sources:
        """Return the sources of an expression that other values choose or put in order."""
        value, chosen_by = node.this, [node.args.get("expression")]
        if isinstance(node, exp.WithinGroup):
            ordered = through(self._below(node.expression, scope), "aggregation")
            return self._sources(value, scope) | ordered
        if isinstance(node, exp.Order):
            chosen_by = node.expressions
        if isinstance(node, exp.Window):
            named = scope.windows[node.alias] if node.alias else node
            parts = (each.args.get(key) for each in (node, named) for key in ("order",))
            partitions = [
                *(node.args.get("partition_by") or []),
                *(named.args.get("partition_by") or []),
            ]
            chosen_by = [*partitions, *parts]
        found = [self._sources(each, scope) for each in chosen_by if each is not None]
        direct = NOTHING if value is None else self._sources(value, scope)
        return direct.union(*map(deciding, found))

    def _below(self, node: exp.Expr, scope: Scope) -> Sources:
        found = (self._sources(each, scope) for each in node.iter_expressions())
        return NOTHING.union(*found)

    def _is_aggregate(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Anonymous):
            return node.name.lower() in self._aggregates
        return isinstance(node, exp.AggFunc) and not isinstance(node, _ROWWISE)

    def _sums(self, select: exp.Expr) -> bool:
        """Tell whether a column is made from many rows of its own query."""
        query = select.find_ancestor(exp.Query)
        return any(
            self._is_aggregate(node) and node.find_ancestor(exp.Window, exp.Query) is query
            for node in select.find_all(exp.Func)
        )


def _column(column: exp.Column, scope: Scope) -> Sources:
    if column.table:
        return scope.columns[column.table].column(column.name)
    if scope.answer is None:
        raise UnknownLineageError
    return scope.answer.column(column.name)


def _is_joined(node: exp.Expr) -> bool:
    """Tell whether it is the column of USING: the one of several tables that is not null."""
    parts = [*node.iter_expressions()]
    is_of_columns = all(isinstance(part, exp.Column) for part in parts)
    return isinstance(node, exp.Coalesce) and is_of_columns and len({p.name for p in parts}) == 1


def _is_collecting(node: exp.Expr) -> bool:
    return isinstance(node, _COLLECTING) or node.name.lower() in _COLLECTING_NAMES
