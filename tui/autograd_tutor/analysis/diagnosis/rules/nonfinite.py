"""NaN and inf: where they are born."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.nan_origin import Maker, Origin, pass_origin
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Node, Tensor
from autograd_tutor.recording.nonfinite import nonfinite

_CHOOSING = ("WhereBackward0", "MaskedFillBackward0", "IndexBackward0", "MaskedSelectBackward0")
"""Operations that let only some elements through, and send 0 to the others."""


def born_in_a_pass(run: Run) -> Iterator[Finding]:
    """A node that made NaN or inf of finite numbers, in a pass whose loss is finite."""
    for run_pass in run.passes:
        found = _first_origin(run_pass)
        if found is None:
            continue
        number, origin, state = found
        node = run.nodes[number]
        made = run.found.get(number)
        line = run.line_of(made) if made is not None else None
        if line is None or _came_forward(run, run_pass):
            continue
        key, form = _kind(run, run_pass, number, origin, state)
        proof = Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)
        saved = origin.saved[0][0] if origin.saved else ""
        facts: dict[str, Fact] = {
            "node": node.name,
            "made": line.in_file,
            "text": line.text,
            "what": "NaN" if origin.made.nan else "inf",
            "saved": saved,
            "line": run_pass.line.in_file,
        }
        yield Finding(
            key, (line.proof, proof), facts, form, nodes=(number,), mark=line.proof,
            about=_names(run, node, line),
        )  # fmt: skip
        return


def _first_origin(run_pass: RunPass) -> tuple[int, Origin, PassState] | None:
    nodes = run_pass.nodes
    if not nodes:
        return None
    last = max(nodes.values())
    state = PassState(run_pass.trace, run_pass.ended.call, last, failing=True)
    if not state.received_nonfinite:
        return None
    for number in nodes:
        origin = pass_origin(state, number)
        if origin is not None and origin.maker is Maker.NODE and not origin.of_inf:
            return number, origin, state
    return None


def _kind(
    run: Run, run_pass: RunPass, number: int, origin: Origin, state: PassState
) -> tuple[str, str]:
    record = state.record(number)
    arrived = record.grad_outputs if record is not None else ()
    if origin.made.nan and any(_has_zero(each) for each in arrived):
        above = [
            each for each in run_pass.nodes
            if run.nodes[each].name in _CHOOSING and number in run.reachable([each])
        ]  # fmt: skip
        return ("where-nan", "") if above else ("edge-slope", "nan")
    if origin.made.inf:
        return "edge-slope", ""
    return "overflow", "pass"


def _has_zero(tensor: Tensor | None) -> bool:
    raw = None if tensor is None else numbers.elements(tensor)
    return tensor is not None and raw is not None and 0 in numbers.decode(raw, tensor.dtype)


def _came_forward(run: Run, run_pass: RunPass) -> bool:
    """Whether the pass begins at a loss that is NaN or inf itself."""
    return any(_is_nonfinite(each) for each in _roots(run, run_pass))


def _roots(run: Run, run_pass: RunPass) -> list[Tensor]:
    found = []
    for root in run_pass.roots:
        identity = run.outputs.get(root)
        tensor = run.at(identity, run_pass.line.moment) if identity is not None else None
        if tensor is not None:
            found.append(tensor)
    return found


def born_forward(run: Run) -> Iterator[Finding]:
    """A loss is NaN or inf: the line behind it that made that of finite numbers."""
    for run_pass in run.passes:
        if not _came_forward(run, run_pass):
            continue
        origin = None
        for line in lines_behind(run, run_pass.line):
            read, made = line.tensors_read(), line.tensors_made()
            bad = [name for name, tensor in made.items() if _is_nonfinite(tensor)]
            if bad and not any(_is_nonfinite(each) for each in read.values()):
                origin = line, bad[0]
        if origin is None:
            continue
        line, name = origin
        kind = nonfinite(line.tensors_made()[name])
        facts: dict[str, Fact] = {
            "name": name,
            "made": line.in_file,
            "text": line.text,
            "what": "inf" if kind is not None and not kind.nan else "NaN",
            "line": run_pass.line.in_file,
        }
        proofs = (line.proof, run_pass.line.proof)
        yield Finding("overflow", proofs, facts, about=(name,), mark=line.proof)
        return


def _is_nonfinite(tensor: Tensor) -> bool:
    found = nonfinite(tensor)
    return found is not None and found.any


def _names(run: Run, node: Node, line: Line) -> tuple[str, ...]:
    made = run.outputs.get(node.id)
    return (run.names[made],) if made is not None and made in run.names else ()


RULES: tuple[Rule, ...] = (born_in_a_pass, born_forward)
