"""Lines that make NaN or inf in the forward pass, and what in them does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.births import Made
from autograd_tutor.analysis.diagnosis.fills import differs
from autograd_tutor.analysis.diagnosis.nodes import function_of
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
from autograd_tutor.recording import numbers
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Node, Saved, Tensor
from autograd_tutor.recording.nonfinite import nonfinite

MUCH = 1e4
"""How many times larger than at first a leaf is that has grown by steps that are too long."""
_LITERALS = ("inf", "nan", "-inf")


class Grown(NamedTuple):
    """A leaf that has become very large."""

    line: Line
    """That changed it last."""
    name: str
    first: float
    """Its Euclidean norm at first."""
    last: float


class Overflow(NamedTuple):
    """What made a loss NaN or inf."""

    line: Line
    form: str
    """`exp`, `large`, `log`, `zero`, `root`, `masked`, `step`, `grown`, `data`; `` if unknown."""
    name: str
    what: str
    function: str = ""
    nodes: tuple[int, ...] = ()
    fed: int | Place = 0
    """The line in the file that made the inf that a NaN was made of."""
    grown: Grown | None = None


def overflow(run: Run, run_pass: RunPass, made: Made) -> Overflow:
    """The line at which NaN or inf came up, and the node of it that shows how."""
    fed = made.fed
    if fed is not None and fed.tensor.requires_grad and not _has_literal(fed.line):
        made, fed = fed, None
    line, tensor = made.line, made.tensor
    kind = nonfinite(tensor)
    found = Overflow(line, "", spoken(made.name), "NaN" if kind is not None and kind.nan else "inf")
    if _is_step(line, tensor):
        return found._replace(form="step")
    if fed is not None:
        return found._replace(form="masked", fed=fed.line.in_file)
    grown = _grown(run, line)
    if grown is not None:
        return found._replace(form="grown", grown=grown)
    for node, form in _nodes(run, run_pass, line):
        return found._replace(form=form, function=function_of(node), nodes=(node.id,))
    if _has_literal(line) and tensor.grad_fn is not None:
        return found._replace(form="masked", fed=line.in_file)
    if _has_literal(line) or (not line.tensors_read() and tensor.grad_fn is None):
        return found._replace(form="data")
    return found


def _grown(run: Run, line: Line) -> Grown | None:
    """A leaf that a line has read, and that steps have made much larger than it was."""
    for name, tensor in line.tensors_read().items():
        story = run.stories.get(tensor.identity or 0, ())
        if tensor.leaf is None or len(story) < 2:
            continue
        first, last = numbers.norm(story[0].tensor), numbers.norm(tensor)
        before = [
            each for each in story if each.moment < line.moment and differs(each.tensor, tensor)
        ]
        change = run.line_of(story[len(before)].moment) if len(before) < len(story) else None
        if first and last and last / first > MUCH and change is not None:
            return Grown(change, spoken(name), first, last)
    return None


def _is_step(line: Line, tensor: Tensor) -> bool:
    evidence = line.snapshot.evidence
    steps = evidence.stepped if evidence is not None else ()
    return any(tensor.identity in each.held for each in steps)


def _has_literal(line: Line) -> bool:
    """Whether inf or NaN is written in a line."""
    for node in line.source.nodes if line.source is not None else ():
        if isinstance(node, ast.Attribute) and node.attr in _LITERALS:
            return True
        if isinstance(node, ast.Constant) and str(node.value).lower() in _LITERALS:
            return True
    return False


def _nodes(run: Run, run_pass: RunPass, line: Line) -> Iterator[tuple[Node, str]]:
    """The nodes that a line has made whose kept numbers show what happened, inputs first."""
    step = line.trace.step
    first, last = Moment(step, line.since), line.moment
    made = [
        number
        for number in run_pass.nodes
        if first <= run.found.get(number, Moment(-1, -1)) <= last
    ]
    for number in sorted(made, key=lambda each: run.nodes[each].order):
        record = run_pass.trace.snapshots[run_pass.nodes[number]].backward
        node = run.nodes[number]
        for saved in record.saved if record is not None else ():
            form = _form(node, saved)
            if form:
                yield node, form
                break


def _form(node: Node, saved: Saved) -> str:
    value = saved.value
    if not isinstance(value, Tensor):
        return ""
    kind, name = nonfinite(value), node.name.rpartition("Backward")[0]
    if name in ("Exp", "Exp2", "Expm1", "Sinh", "Cosh", "Pow") and kind is not None:
        form = "exp" if name.startswith("Exp") else "large"
        return form if kind.inf and saved.name == "result" else ""
    if name in ("Log", "Log2", "Log10") and saved.name == "self":
        least = _least(value)
        return "" if least is None or least > 0 else "log" if least == 0 else "log-negative"
    if name == "Div" and saved.name == "other":
        return "zero" if 0 in _decoded(value) else ""
    if name in ("Sqrt", "Rsqrt") and saved.name == "result":
        return "root" if kind is not None and kind.nan else ""
    return ""


def _least(tensor: Tensor) -> float | None:
    values = [each for each in _decoded(tensor) if each == each]
    return min(values) if values else None if tensor.stats is None else tensor.stats.min


def _decoded(tensor: Tensor) -> list[float]:
    raw = None if numbers.is_complex(tensor.dtype) else numbers.elements(tensor)
    return [] if raw is None else [float(each.real) for each in numbers.decode(raw, tensor.dtype)]
