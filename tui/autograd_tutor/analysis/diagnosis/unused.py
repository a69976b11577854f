"""Tensors whose gradient was asked for and that are not on the way to the output."""

from __future__ import annotations

import ast
from itertools import islice

from autograd_tutor.analysis.diagnosis.cutting import Cut, cut_facts, cut_in, without
from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.finding import Explained, Fact
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.recording.model import Tensor

_FAR = 64
"""Nodes behind a tensor that are looked at."""


def unused(run: Run, line: Line) -> Explained | None:
    """The gradient of a tensor was asked for that is not on the way to the output."""
    for call in line.source.calls_of("grad") if line.source else ():
        inputs = call.arguments[1] if len(call.arguments) > 1 else call.keyword("inputs")
        output = next(iter(call.arguments), None) or call.keyword("outputs")
        if inputs is None or output is None:
            continue
        if isinstance(inputs, ast.Call):
            found = _one_of(run, line, output, inputs)
            if found is not None:
                return found
        for node in inputs.elts if isinstance(inputs, (ast.List, ast.Tuple)) else [inputs]:
            name = segment(line, node)
            facts: dict[str, Fact] = {"of": segment(line, output), "name": name}
            if isinstance(node, ast.Subscript) and line.before(name) is None:
                base = segment(line, node.value)
                return "part", facts | {"base": base}, (base,), None
            tensor = line.before(name)
            if tensor is not None and not tensor.requires_grad:
                return "plain", facts, (name,), None
            if not _is_on_the_way(run, line, output, tensor):
                copied = _copied(run, line, output, tensor)
                if copied:
                    return "copy", facts | copied, (name,), None
                found_cut = _cut(run, line, tensor)
                if found_cut is not None:
                    return "cut", cut_facts(found_cut) | facts, (name,), without(found_cut)
                return "", facts, (name,), None
    return None


def _one_of(run: Run, line: Line, output: ast.expr, inputs: ast.Call) -> Explained | None:
    """Of `list(params.values())` the tensor that is not on the way."""
    for name, tensor in line.tensors_read(inputs).items():
        if tensor.requires_grad and not _is_on_the_way(run, line, output, tensor):
            return "", {"of": segment(line, output), "name": spoken(name)}, (name,), None
    return None


def _cut(run: Run, line: Line, tensor: Tensor | None) -> Cut | None:
    """The line that cuts the way from a tensor to what a line reads."""
    if tensor is None or tensor.identity is None:
        return None
    for each in islice(lines_behind(run, line), 1, None):
        read = each.tensors_read().values()
        if any(one.identity == tensor.identity for one in read):
            found = cut_in(run, each)
            if found is not None:
                return found
    return None


def _is_on_the_way(run: Run, line: Line, output: ast.expr, tensor: Tensor | None) -> bool:
    roots = _graphs(line, output)
    if tensor is None or not roots:
        return False
    if tensor.grad_fn is not None:
        return tensor.grad_fn in run.reachable(roots)
    return tensor.identity in run.leaves_behind(roots)


def _graphs(line: Line, output: ast.expr) -> list[int]:
    """The nodes of the tensors that an output is, or is computed from."""
    found = [each.grad_fn for each in line.tensors_read(output).values()]
    return [each for each in found if each is not None]


def _copied(run: Run, line: Line, output: ast.expr, tensor: Tensor | None) -> dict[str, Fact]:
    """Of a result that the output does not use: what is on the way, and it was made from."""
    if tensor is None or tensor.grad_fn is None:
        return {}
    behind = run.reachable(_graphs(line, output))
    where = line_of(run, tensor.grad_fn)
    pending, seen = [tensor.grad_fn], {tensor.grad_fn}
    while pending and where is not None and len(seen) < _FAR:
        node = run.nodes.get(pending.pop(0))
        for edge in node.next if node is not None else ():
            before = run.nodes.get(edge[0]) if edge is not None else None
            if before is None or before.id in seen:
                continue
            seen.add(before.id)
            pending.append(before.id)
            identity = before.leaf if before.leaf is not None else run.outputs.get(before.id)
            if before.id in behind and identity in run.names:
                read = where.tensors_read().items()
                own = (name for name, each in read if each.identity == identity)
                base = spoken(next(own, run.names[identity or 0]))
                return {"base": base, "made": where.in_file, "text": where.text}
    return {}
