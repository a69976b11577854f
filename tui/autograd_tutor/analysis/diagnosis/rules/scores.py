"""Losses of probabilities that take scores."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.edits import put_behind, replaced, segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.nodes import input_of, line_of, ran, users_of
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.model import Node

_TWICE = {
    ("LogSoftmaxBackward0", "SoftmaxBackward0"): "softmax",
    ("LogSoftmaxBackward0", "LogSoftmaxBackward0"): "log",
    ("BinaryCrossEntropyWithLogitsBackward0", "SigmoidBackward0"): "sigmoid",
}
"""By the node of a loss and the one below it, which form of the mistake that is."""
_BY_HAND = {
    "SoftmaxBackward0": "softmax",
    "LogSoftmaxBackward0": "log_softmax",
    "SigmoidBackward0": "sigmoid",
}
"""By node the function that is called for it."""


def _is_of_nll(run: Run, number: int) -> bool:
    """Whether a node's result goes to the second half of a cross-entropy."""
    return any(run.nodes[each].name.startswith("NllLoss") for each in users_of(run, number))


@in_each_step
def softmax_twice(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """Probabilities went into a loss that takes scores, and makes probabilities of them itself."""
    for run_pass in passes:
        for node, _ in ran(run, run_pass):
            number = node.id
            below = input_of(run, node)
            form = _TWICE.get((node.name, below.name)) if below is not None else None
            if below is None or form is None:
                continue
            if form == "log" and not _is_of_nll(run, number):
                continue  # along another dimension it does change something
            line, inner = line_of(run, number), line_of(run, below.id)
            if line is None or inner is None:
                continue
            inner, call = _call(run, inner, below)
            layer = _layer(run, form) if call is None else None
            facts: dict[str, Fact] = {
                "line": line.in_file, "inner": inner.in_file, "text": inner.text,
                "call": segment(inner, call[0]) if call is not None else inner.text,
                "node": node.name, "below": below.name,
            }  # fmt: skip
            mend = _without(inner, call) if call is not None else None
            if layer is not None:
                inner, node_of_layer = layer
                facts |= {"inner": inner.trace.place(node_of_layer.lineno)}
                facts |= {"call": segment(inner, node_of_layer)}
                mend = _without_layer(inner, node_of_layer)
            how = (
                ""
                if call is not None or form == "log"
                else "-module"
                if layer is None
                else "-layer"
            )
            yield Finding(
                "softmax-twice", (inner.proof, line.proof), facts, f"{form}{how}",
                certainty="note" if form == "log" else "finding", nodes=(number, below.id),
                mark=inner.proof, mend=mend,
            )  # fmt: skip
            return


def _call(run: Run, line: Line, made: Node) -> tuple[Line, tuple[ast.Call, ast.expr] | None]:
    """The call that made probabilities, in a line or one that it has run, and of what."""
    name = _BY_HAND[made.name]
    within = (line, *run.lines_in(line))
    here = [each for each in within if (each.trace.step, each.number) == (made.step, made.line)]
    for each in here or within:
        for call in each.source.calls_of(name) if each.source is not None else ():
            of = next(iter(call.arguments), None)
            is_tensor = isinstance(of, (ast.Call, ast.BinOp)) or (
                of is not None and each.before(written(of)) is not None
            )
            of = of if is_tensor else call.receiver
            if isinstance(call.node, ast.Call) and of is not None:
                return each, (call.node, of)
    return line, None


def _layer(run: Run, form: str) -> tuple[Line, ast.Call] | None:
    """The line that made the only module of a kind, `nn.Softmax(dim=1)`, and where in it."""
    found: dict[tuple[int, int, int], tuple[Line, ast.Call]] = {}
    for line in run.lines:
        for call in line.source.calls_of(form.title()) if line.source is not None else ():
            if isinstance(call.node, ast.Call):
                place = (line.trace.step, call.node.lineno, call.node.col_offset)
                found[place] = line, call.node
    return next(iter(found.values())) if len(found) == 1 else None


def _without_layer(line: Line, layer: ast.Call) -> Mend | None:
    """The code without a module that is the last of those in an `nn.Sequential`."""
    for call in line.source.calls_of("Sequential") if line.source is not None else ():
        if call.arguments[1:] and call.arguments[-1] is layer:
            before = call.arguments[-2]
            if (before.lineno, before.end_lineno) == (layer.lineno, layer.end_lineno):
                return put_behind(line, before, layer)
    return None


def _without(line: Line, call: tuple[ast.Call, ast.expr]) -> Mend | None:
    return replaced(line, call[0], segment(line, call[1]))


RULES: tuple[Rule, ...] = (softmax_twice,)
