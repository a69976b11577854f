"""Tensors that were changed after a node had kept them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.edits import out_of_place, replaced, segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.kept import (
    Changed,
    changed_at_once,
    changed_since,
    failed_pass,
)
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass, spoken
from autograd_tutor.analysis.diagnosis.source import SourceLine
from autograd_tutor.recording.local_names import is_local

_MODIFIED = "has been modified by an inplace operation"
_STATISTICS = ("running_mean", "running_var")
"""What a batch norm keeps and changes itself at its next call; in train mode no pass uses it."""
_OUTPUT = re.compile(r"which is (output \d+ of \w+)")
_VERSIONS = re.compile(r"is at version (\d+); expected version (\d+)")


def in_place(run: Run) -> Iterator[Finding]:
    """A pass failed at a node, as a tensor that this had kept was changed: by which line."""
    failed = failed_pass(run)
    if run.failure is None or _MODIFIED not in run.failure[1].message or failed is None:
        return
    node = run.nodes.get(failed.ended.failed or 0)
    if node is None:
        return
    versions = _VERSIONS.search(run.failure[1].message)
    expected = int(versions[2]) if versions else None
    changed = _changed(run, failed, node.id, expected)
    if changed is None:
        return
    output = _OUTPUT.search(run.failure[1].message)
    name = spoken(changed.name) or (output[1] if output is not None else "")
    if not name:
        return
    facts: dict[str, Fact] = {
        "name": name,
        "node": node.name,
        "made": failed.trace.place(node.line, node.step),
        "was": changed.kept.version or expected or 0,
        "now": int(versions[1]) if versions else changed.version or 0,
        "by": changed.line.in_file,
        "text": changed.line.text,
        "line": failed.line.in_file,
    }
    made = line_of(run, node.id)
    at_once = made is changed.line
    is_step = _is_step(run, changed)
    hidden = [] if is_step else _inplace_calls(run, changed)
    if hidden:
        line, call = hidden[0]
        traces = {one.lineno: each.trace for each, one in hidden}
        places = [traces[number].place(number) for number in sorted(traces)]
        facts |= {"where": ", ".join(map(str, places)), "call": segment(line, call)}
    yield Finding(
        "step-between" if is_step else "in-place",
        (*([] if made is None or at_once else [made.proof]), changed.line.proof, failed.line.proof),
        facts,
        _form(hidden, at_once and not is_step),
        about=(changed.name,) if changed.name else (),
        nodes=(node.id,),
        mark=changed.line.proof,
        mend=None if is_step else _out_of_place(run, changed),
    )


def _form(hidden: Sequence[object], at_once: bool) -> str:
    if hidden:
        return "flag" if len(hidden) == 1 else "flags"
    return "once" if at_once else ""


def _out_of_place(run: Run, changed: Changed) -> Mend | None:
    """The line that makes a new tensor, where no other variable stands for the one it changes."""
    line = changed.line
    others = _inplace_calls(run, changed)
    if len(others) == 1:
        return _without_inplace(*others[0])
    if is_local(changed.name) != bool(line.snapshot.depth):
        return None
    return out_of_place(line, spoken(changed.name))


def _inplace_calls(run: Run, changed: Changed) -> list[tuple[Line, ast.Call]]:
    """Where `inplace=True` is written, if a line says nothing else of how it changes a tensor."""
    source = changed.line.source
    if source is None or _is_in_place(source):
        return []
    if own := list(_inplace(changed.line)):
        return own
    found = {
        (line.trace.step, call.lineno, call.col_offset): (line, call)
        for each in run.lines
        for line, call in _inplace(each)
    }
    return list(found.values())


def _inplace(line: Line) -> Iterator[tuple[Line, ast.Call]]:
    for call in line.source.calls if line.source is not None else ():
        if isinstance(call.node, ast.Call) and call.is_true("inplace"):
            yield line, call.node


def _is_in_place(source: SourceLine) -> bool:
    """Whether the text of a line says that it changes something."""
    statement = source.statement
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return (
        isinstance(statement, ast.AugAssign)
        or isinstance(target, ast.Subscript)
        or any(each.endswith("_") for each in source.called)
    )


def _without_inplace(line: Line, call: ast.Call) -> Mend | None:
    kept = [segment(line, each) for each in call.args]
    kept += [f"{e.arg}={segment(line, e.value)}" for e in call.keywords if e.arg != "inplace"]
    return replaced(line, call, f"{segment(line, call.func)}({', '.join(kept)})")


def _changed(run: Run, failed: RunPass, node: int, expected: int | None) -> Changed | None:
    found = [
        changed
        for kept in failed.trace.kept(node)
        if expected is None or kept.version in (expected, None)
        if (changed := changed_since(run, kept, failed.line.moment) or changed_at_once(run, kept))
    ]
    return next((each for each in found if each.name), next(iter(found), None))


def _is_step(run: Run, changed: Changed) -> bool:
    """Whether an optimizer has changed a tensor; or a line has, by hand, without its graph."""
    line, evidence = changed.line, changed.line.snapshot.evidence
    if evidence is not None and evidence.stepped:
        return True
    tensor = line.after(changed.name)
    is_leaf = tensor is not None and tensor.leaf is not None
    source = line.source
    return is_leaf and not line.grad_mode and source is not None and any(source.calls_of("grad"))


def data_edit(run: Run) -> Iterator[Finding]:
    """A node ran with other numbers than it had kept, and their version says that nothing changed.

    What goes round the counter (`.data`, NumPy) is seen by its numbers alone.
    """
    for run_pass in run.passes:
        begun = Moment(run_pass.trace.step, next(iter(run_pass.nodes.values()), 0) - 1)
        for number in run_pass.nodes:
            for kept in run_pass.trace.kept(number):
                if kept.name in _STATISTICS:
                    continue
                changed = changed_since(run, kept, begun, silently=True)
                if changed is None or _is_by_the_pass(changed, run_pass):
                    continue
                node = run.nodes[number]
                facts: dict[str, Fact] = {
                    "name": spoken(changed.name),
                    "node": node.name,
                    "made": run_pass.trace.place(node.line, node.step),
                    "by": changed.line.in_file,
                    "text": changed.line.text,
                    "line": run_pass.line.in_file,
                }
                proofs = (changed.line.proof, run_pass.line.proof)
                form, mend = _new_tensor(changed)
                yield Finding(
                    "data-edit", proofs, facts, form, about=(changed.name,), nodes=(number,),
                    mark=changed.line.proof, mend=mend,
                )  # fmt: skip
                return


def _is_by_the_pass(changed: Changed, run_pass: RunPass) -> bool:
    """Whether what made the pass has changed a tensor, too, as gradcheck does with its inputs."""
    source = changed.line.source
    within = changed.line.moment >= Moment(run_pass.trace.step, run_pass.line.since)
    return within and (source is None or not any(source.calls_of("data", "numpy")))


def _new_tensor(changed: Changed) -> tuple[str, Mend | None]:
    """Of a result, which no optimizer holds: `g.data.clamp_(0, 1)` as `g = g.clamp(0, 1)`."""
    tensor = changed.line.before(spoken(changed.name)) or changed.line.after(spoken(changed.name))
    if tensor is None or tensor.grad_fn is None:
        return "", None
    return "result", out_of_place(changed.line, spoken(changed.name))


RULES: tuple[Rule, ...] = (in_place, data_edit)
