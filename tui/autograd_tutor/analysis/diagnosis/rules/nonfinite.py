"""NaN and inf: where they are born."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.births import Birth, forward_birth, pass_birth
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Proof
from autograd_tutor.analysis.diagnosis.nodes import function_of, line_of
from autograd_tutor.analysis.diagnosis.overflows import Overflow, overflow
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Run, RunPass
from autograd_tutor.recording.model import Node

_EDGES = {
    "SqrtBackward0": "result", "PowBackward0": "self", "LogBackward0": "self",
    "Log2Backward0": "self", "Log10Backward0": "self", "Log1PBackward0": "self",
    "AcosBackward0": "self", "AsinBackward0": "self", "AtanhBackward0": "self",
    "AcoshBackward0": "self", "RsqrtBackward0": "result", "ReciprocalBackward0": "result",
    "DivBackward0": "other", "LogitBackward0": "self",
}  # fmt: skip
"""Operations whose slope has no bound somewhere, and what they keep that shows where."""


_FINITE = ("SqrtBackward0", "AcosBackward0", "AsinBackward0", "AcoshBackward0")
"""Those of them whose value is finite there."""
_BOUNDS = ("Clamp", "ClampMin", "ClampMax", "Relu", "Maximum", "Minimum", "Max", "Min", "Amax",
           "Amin")  # fmt: skip
"""Operations that choose by the numbers themselves."""


@in_each_step
def nonfinite(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """What made NaN or inf of finite numbers first: a line, or a node in a pass."""
    for run_pass in passes:
        made = forward_birth(run, run_pass)
        if made is not None:
            found = overflow(run, run_pass, made)
            if found.line.trace is run_pass.trace or found.form == "data":
                yield _forward(run_pass, found)
            return
        born = pass_birth(run, run_pass)
        if born is not None:
            yield _in_pass(run, run_pass, born)
            return


def _forward(run_pass: RunPass, found: Overflow) -> Finding:
    line, grown, inner = found.line, found.grown, found.inner or found.line
    facts: dict[str, Fact] = {
        "name": found.name, "made": line.in_file, "text": inner.text, "what": found.what,
        "inner": inner.in_file,
        "line": run_pass.line.in_file, "function": found.function, "fed": found.fed,
    }  # fmt: skip
    proofs, mark = [inner.proof, run_pass.line.proof], inner.proof
    form = "jumped" if grown is not None and grown.changes == 1 else found.form
    if grown is not None:
        proofs, mark = [grown.line.proof, *proofs], grown.line.proof
        facts |= {"grown": grown.name, "step": grown.line.in_file,
                  "first": f"{grown.first:.2g}", "last": f"{grown.last:.2g}"}  # fmt: skip
    return Finding(
        "overflow", tuple(proofs), facts, form, about=(found.name,), nodes=found.nodes,
        mark=mark,
    )  # fmt: skip


def _in_pass(run: Run, run_pass: RunPass, born: Birth) -> Finding:
    line, node = born.line, run.nodes[born.node]
    chooser = run.nodes.get(born.chooser or 0)
    at = run_pass.nodes.get(born.node, run_pass.line.index)
    is_shield = chooser is not None and not _is_of_finite(run_pass, at, node, chooser)
    key, form = _kind(born, node, is_shield)
    chosen = line_of(run, chooser.id) if chooser is not None and is_shield else None
    facts: dict[str, Fact] = {
        "node": node.name, "made": line.in_file, "text": line.text, "what": born.what,
        "line": run_pass.line.in_file, "function": function_of(node), "where": _where(born, node),
        "chooser": function_of(chooser) if chooser is not None else "",
        "chosen": chosen.in_file if chosen is not None else line.in_file,
        "saved": born.saved_nonfinite, "kept": born.saved_what, "inner": line.in_file,
    }  # fmt: skip
    proofs = [line.proof, Proof(run_pass.trace.step, at, run_pass.line.number)]
    if chosen is not None and chosen.number != line.number:
        proofs.insert(1, chosen.proof)
    name = run.names.get(run.outputs.get(node.id, 0))
    return Finding(
        key, tuple(proofs), facts, form, nodes=(born.node,), mark=line.proof,
        about=(name,) if name is not None else (),
    )  # fmt: skip


def _is_of_finite(run_pass: RunPass, at: int, node: Node, chooser: Node) -> bool:
    """Whether a bound (`clamp`, `relu`) chose among finite numbers: it is no shield of a slope.

    `clamp(log(p), -100)` keeps the inf of p = 0 out; the hinge of a loss of roots has another aim.
    """
    if chooser.name.rpartition("Backward")[0] not in _BOUNDS:
        return False
    if node.name != "PowBackward0":
        return node.name in _FINITE
    record = run_pass.trace.snapshots[at].backward
    saved = {each.name: each.value for each in record.saved} if record is not None else {}
    exponent = str(saved.get("exponent"))
    return exponent.replace(".", "", 1).isdigit() and float(exponent) > 0


def _kind(born: Birth, node: Node, is_shield: bool) -> tuple[str, str]:
    if is_shield:
        return "where-nan", "kept" if born.saved_nonfinite else ""
    if born.saved_nonfinite:
        return "overflow", "exp" if node.name.startswith("Exp") else "kept"
    if node.name in _EDGES:
        form = "nan" if born.what == "NaN" else ""
        return "edge-slope", form if _where(born, node) else f"{form or 'inf'}-somewhere"
    return ("edge-slope", "nan-somewhere") if born.what == "NaN" else ("overflow", "pass")


def _where(born: Birth, node: Node) -> str:
    """Where its slope has no bound: `result is 0`."""
    name = _EDGES.get(node.name, "")
    value = born.values.get(name)
    if value is None:
        return ""
    part = {"self": "input", "other": "divisor"}.get(name, name)
    return f"{part} is {value:g}"


RULES: tuple[Rule, ...] = (nonfinite,)
