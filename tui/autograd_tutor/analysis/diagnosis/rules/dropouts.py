"""Dropout that goes on where a model only predicts."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache

from autograd_tutor.analysis.diagnosis.called import module_called
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.measured import is_measured
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.rules.modes import is_target, outermost
from autograd_tutor.analysis.diagnosis.run import END, Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import name_of, names_in, set_by
from autograd_tutor.analysis.loops import parsed

_DROPOUT = "Dropout"
_CONTAINERS = ("Sequential", "ModuleList")
_REPEATED = 2
"""How often the same is computed once more, from which on it is to be drawn again and again."""


def dropping(run: Run) -> Iterator[Finding]:
    """A model that was trained predicts with grad mode off, and its dropout goes on."""
    trained = _trained(run)
    seen = set[tuple[int, int]]()
    for line in run.lines if trained else ():
        place = line.trace.step, line.number
        if line.grad_mode or place in seen or line.source is None:
            continue
        seen.add(place)
        training = line.trace.training(line.index)
        for node in line.source.nodes:
            name = module_called(line, node.func) if isinstance(node, ast.Call) else ""
            root = outermost(training, f"{name}.") if name else ""
            if trained.get(root, line.moment) >= line.moment or not training.get(root):
                continue
            name = _dropout(line, root, training)
            assert isinstance(node, ast.Call)
            if not name or _is_drawn(run, line, node):
                continue
            following = run.next_pass(line.moment)
            until = following.line.moment if following is not None else END
            if is_target(run, line, following) or not is_measured(run, line, until):
                continue
            facts: dict[str, Fact] = {
                "name": spoken(name), "module": spoken(root), "line": line.in_file,
            }  # fmt: skip
            about = (name, root)
            yield Finding("eval-mode", (line.proof,), facts, "dropout", "suspicion", about)
            return


def _trained(run: Run) -> Mapping[str, Moment]:
    """By module when a pass first came to a parameter of it."""
    found: dict[str, Moment] = {}
    for run_pass in run.passes:
        training = run_pass.trace.training(run_pass.line.index)
        for leaf in run_pass.leaves() if run_pass.ended.function == "backward" else ():
            root = outermost(training, run.names.get(leaf, ""))
            if root:
                found.setdefault(root, run_pass.line.moment)
    return found


def _dropout(line: Line, root: str, training: Mapping[str, bool]) -> str:
    """A dropout in a module that trains, as the code names it or lists it."""
    attributes, places = _written(line.trace.source)
    inside = [each for each in training if each.startswith(f"{root}.")]
    for name in inside:
        whole, _, part = name.rpartition(".")
        if not training[name]:
            continue
        if part in attributes:
            return name
        if part.isdigit():
            parts = sum(each.rpartition(".")[0] == whole for each in inside)
            if (parts, int(part)) in places:
                return name
    return ""


@lru_cache(maxsize=16)
def _written(code: str) -> tuple[frozenset[str], frozenset[tuple[int, int]]]:
    """The attributes of a code that are dropouts, and the places of those in a list of layers.

    A place: how many layers there are, and which it is.
    """
    attributes, places = set[str](), set[tuple[int, int]]()
    tree = parsed(code)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign) and _is_dropout(node.value):
            attributes |= {each.attr for each in node.targets if isinstance(each, ast.Attribute)}
        if isinstance(node, ast.Call) and name_of(node.func) in _CONTAINERS:
            first = node.args[0] if len(node.args) == 1 else None
            listed = first.elts if isinstance(first, ast.List) else node.args
            if not any(isinstance(each, ast.Starred) for each in listed):
                places |= {(len(listed), at) for at, each in enumerate(listed)
                           if _is_dropout(each)}  # fmt: skip
    return frozenset(attributes), frozenset(places)


def _is_dropout(node: ast.AST) -> bool:
    """Whether a dropout is made that drops anything."""
    if not isinstance(node, ast.Call) or _DROPOUT not in name_of(node.func):
        return False
    share = next((each.value for each in node.keywords if each.arg == "p"), None)
    share = node.args[0] if node.args else share
    return not (isinstance(share, ast.Constant) and share.value == 0)


def _is_drawn(run: Run, line: Line, node: ast.Call) -> bool:
    """Whether dropout is on for its own sake: switched on, or the same is computed repeatedly."""
    moments = [each.line.moment for each in run.passes]
    at = bisect_right(moments, line.moment)
    last = moments[at - 1] if at else Moment(-1, -1)
    if any(_switches_on(each) for each in run.lines_between(last, line.moment)):
        return True
    names = names_in(node)
    for each in line.source.nodes if line.source is not None else ():
        parts = each.generators if isinstance(each, (ast.ListComp, ast.GeneratorExp)) else ()
        if parts and names.isdisjoint(set_by(parts)):
            return True
    end = moments[at] if at < len(moments) else END
    later = [each for each in run.lines_between(line.moment, end) if each.number == line.number]
    given = _given(line, node)
    return sum(_given(each, node) == given for each in later) >= _REPEATED


def _switches_on(line: Line) -> bool:
    calls = line.source.calls_of("train") if line.source is not None else ()
    return any(call.receiver is not None and not call.arguments for call in calls)


def _given(line: Line, node: ast.Call) -> list[int | None]:
    """The tensors that a call is given."""
    given = (line.tensors_read(each) for each in node.args)
    return [tensor.identity for each in given for tensor in each.values()]


RULES: tuple[Rule, ...] = (dropping,)
