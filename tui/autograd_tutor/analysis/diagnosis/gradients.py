"""Gradients that a line computes with, though their own graph was not recorded."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.fills import Fill
from autograd_tutor.analysis.diagnosis.finding import Mend
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass


def gradient_in(run: Run, line: Line, filled: Mapping[int, list[Fill]]) -> RunPass | None:
    """The pass without `create_graph` whose gradient a line has made, or has read as `.grad`."""
    for each in run.passes_of(line):
        if each.ended.function == "grad" and not each.ended.create_graph:
            return each
    source = line.source
    if source is None or not line.grad_mode:
        return None
    for call in source.calls_of("grad"):
        if not isinstance(call.node, ast.Attribute):
            continue
        for tensor in line.tensors_read(call.receiver).values():
            by_pass = filled.get(tensor.identity or 0, [])
            before = [each.run_pass for each in by_pass if each.moment < line.moment]
            if before and tensor.grad is not None and tensor.grad.grad_fn is None:
                return before[-1]
    return None


def create_graph(run_pass: RunPass) -> Mend | None:
    """The line of a pass with `create_graph=True` added; in the place of `retain_graph=True`."""
    line = run_pass.line
    calls = line.source.calls_of(run_pass.ended.function) if line.source is not None else ()
    for call in calls:
        node = call.node
        if not isinstance(node, ast.Call) or call.keyword("create_graph") is not None:
            continue
        kept = [segment(line, each) for each in node.args]
        kept += [segment(line, each) for each in node.keywords if each.arg != "retain_graph"]
        arguments = ", ".join([*kept, "create_graph=True"])
        return replaced(line, node, f"{segment(line, node.func)}({arguments})")
    return None
