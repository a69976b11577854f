"""What Python's own statements did, in clauses: the turns of loops, conditions, definitions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from autograd_tutor.analysis.loops import find_loops
from autograd_tutor.analysis.statements import Statement, body_lines, statements
from autograd_tutor.analysis.turns import Place, places, turns_of
from autograd_tutor.messages import _, count
from autograd_tutor.recording.local_names import local_prefix
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.effect_words import Forms
from autograd_tutor.render.sentences import joined

_UNRECORDED = ("no_grad", "inference_mode")
_MOST_VALUE, _MOST_NAMES = 24, 3
"""Characters of the text of a loop's variable, and how many variables."""


def set_by_statement(trace: Trace, snapshot: Snapshot) -> frozenset[str]:
    """The variables of whose setting the words for the statement say enough."""
    statement = statements(trace.source).get(snapshot.line)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return frozenset({statement.name})
    return frozenset(name for name, _ in _loop_values(trace, snapshot))


def _loop_values(trace: Trace, snapshot: Snapshot) -> list[tuple[str, str]]:
    """The variables of a loop whose header has run, and what they are, where that is short."""
    loop = find_loops(trace.source).get(snapshot.line)
    prefix = local_prefix(snapshot.function) if snapshot.function else ""
    values = [
        (name, trace.value(snapshot.index, prefix + name))
        for name in (() if loop is None else loop.names[:_MOST_NAMES])
    ]
    return [(name, text) for name, text in values if text is not None and len(text) <= _MOST_VALUE]


def statement_forms(trace: Trace, snapshot: Snapshot) -> Forms:
    """What the statement of a line did, the longest form first; nothing of one like any other."""
    statement = statements(trace.source).get(snapshot.line)
    if statement is None:
        return []
    words = _WORDS.get(type(statement))
    return [] if words is None else words(statement, trace, snapshot)


def _imported(statement: ast.Import | ast.ImportFrom, *_unused: object) -> Forms:
    names = [(each.asname or each.name) for each in statement.names]
    if names == ["*"]:
        return [
            _("made the names of `{statement}` available").format(
                statement=getattr(statement, "module", "")
            )
        ]
    return [
        _("made {text} available").format(text=joined([f"`{name}`" for name in names])),
        _("imported modules"),
    ]


def _defined(statement: ast.FunctionDef | ast.ClassDef, *_unused: object) -> Forms:
    if isinstance(statement, ast.ClassDef):
        return [_("defined the class `{name}`").format(name=statement.name), _("defined a class")]
    defined = _("defined the function `{name}`").format(name=statement.name)
    return [
        _("{defined}; its lines run when it is called").format(defined=defined),
        defined,
        _("defined a function"),
    ]


def _loop(statement: ast.For | ast.While, trace: Trace, snapshot: Snapshot) -> Forms:
    over, body = turns_of(trace).over.get(snapshot.index), body_lines(statement)
    test = _("its condition is") if isinstance(statement, ast.While) else ""
    if over is not None:
        ended = _("ended the loop after {turns}").format(turns=count(over.total, "turn"))
        return (
            [_("{ended}: {test} false").format(ended=ended, test=test), ended] if test else [ended]
        )
    found = places(trace, snapshot.index)
    if found and found[-1].header == snapshot.line:
        values = [
            _("`{name}` is {text}").format(name=name, text=text)
            for name, text in _loop_values(trace, snapshot)
        ]
        return _turn(found[-1], _("{test} true").format(test=test) if test else joined(values))
    if snapshot.line not in find_loops(trace.source):
        is_turn = snapshot.next_line in body
        return [_("began a turn of the loop") if is_turn else _("ended the loop")] if body else []
    why = _("{test} false").format(test=test) if test else _("there is nothing to go through")
    return [_("made no turn: {why}").format(why=why), _("made no turn")]


def _turn(place: Place, why: str) -> Forms:
    of = "" if place.total is None else _(" of {total:,}").format(total=place.total)
    turn = _("began turn {number:,}{of}").format(number=place.number, of=of)
    return [f"{turn} ({why})", turn] if why else [turn]


def _condition(statement: ast.If, trace: Trace, snapshot: Snapshot) -> Forms:
    body, coming = body_lines(statement), snapshot.next_line
    if not body:
        return []
    found = _("found its condition true") if coming in body else _("found its condition false")
    return (
        [
            _("{found}; line {line_number} comes next").format(
                found=found, line_number=trace.place(coming)
            ),
            found,
        ]
        if coming
        else [found]
    )


def _with(statement: ast.With, trace: Trace, snapshot: Snapshot) -> Forms:
    body = body_lines(statement)
    if not body:
        return []
    if snapshot.next_line not in body:
        return [_("ended its block")]
    called = [each.context_expr for each in statement.items]
    names = {each.func.attr for each in called if _is_method(each)}  # type: ignore[attr-defined]
    if names & set(_UNRECORDED):
        return [_("began a block in which no operation is recorded"), _("began its block")]
    return [_("began its block")]


def _is_method(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def _handler(statement: ast.ExceptHandler, trace: Trace, snapshot: Snapshot) -> Forms:
    if snapshot.next_line in body_lines(statement):
        return [_("caught the exception")]
    return []


def _returned(statement: ast.Return, trace: Trace, snapshot: Snapshot) -> Forms:
    function = snapshot.function.rpartition(".")[2]
    ended = (
        _("ended `{function}`").format(function=function) if function else _("ended the function")
    )
    return (
        [ended]
        if statement.value is None
        else [_("{ended} and handed its value back").format(ended=ended), ended]
    )


def _broken(statement: Statement, trace: Trace, snapshot: Snapshot) -> Forms:
    found = places(trace, snapshot.index)
    in_turn = _(" in turn {number:,}").format(number=found[-1].number) if found else ""
    if isinstance(statement, ast.Break):
        return [_("ended the loop{in_turn}").format(in_turn=in_turn), _("ended the loop")]
    return [_("went on with the next turn of the loop"), _("ended this turn")]


def _no_effect(statement: Statement, *_unused: object) -> Forms:
    if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
        return []
    by_itself = [] if isinstance(statement, ast.Pass) else [_("does nothing by itself")]
    return [*by_itself, _("does nothing")]


def _asserted(*_unused: object) -> Forms:
    return [_("found its condition true")]


def _tried(*_unused: object) -> Forms:
    return [_("began a block whose exceptions are caught"), _("began a block")]


_WORDS: dict[type[Statement], Callable[..., Forms]] = {
    ast.Import: _imported,
    ast.ImportFrom: _imported,
    ast.FunctionDef: _defined,
    ast.AsyncFunctionDef: _defined,
    ast.ClassDef: _defined,
    ast.For: _loop,
    ast.While: _loop,
    ast.If: _condition,
    ast.With: _with,
    ast.Try: _tried,
    ast.ExceptHandler: _handler,
    ast.Return: _returned,
    ast.Break: _broken,
    ast.Continue: _broken,
    ast.Pass: _no_effect,
    ast.Global: _no_effect,
    ast.Nonlocal: _no_effect,
    ast.Expr: _no_effect,
    ast.Assert: _asserted,
}
