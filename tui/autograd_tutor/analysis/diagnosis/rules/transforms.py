"""Forward mode and torch.func: functions with side effects, and directions of the wrong shape."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run

_SIDE_EFFECTS = (
    ("either (1) calling .item()", "number-or-branch"),
    ("calling .item() on a Tensor", "item"),
    ("data-dependent control flow", "branch"),
    ("called random operation while in randomness error mode", "random"),
    ("vmap: inplace arithmetic(self, *extra_args) is not possible", "in-place"),
    ("backward() called inside a functorch transform", "backward"),
    ("escaped from inside a function being vmapped", "escaped"),
    ("to return a Tensor, got", "number"),
    ("batching operators that can output dynamic shape", "dynamic"),
)
"""Parts of the messages of torch.func, and the forms of the mistake that they belong to."""


def func_side(run: Run) -> Iterator[Finding]:
    """A function that torch.func transforms does what only a plain one may do."""
    if run.failure is None:
        return
    line, error = run.failure
    for part, form in _SIDE_EFFECTS:
        if part in error.message:
            at = next((each for each in run.lines_in(line) if each.snapshot.raised), line)
            if form == "number-or-branch":
                called = at.source.called if at.source is not None else ()
                form = "item" if {"item", "tolist", "float", "int"} & set(called) else "branch"
            facts: dict[str, Fact] = {"line": at.in_file, "text": at.text}
            proofs = (at.proof, line.proof) if at is not line else (line.proof,)
            yield Finding("func-side", proofs, facts, form, mark=at.proof)
            return


_SIZE = r"(?:torch\.Size\()?(\[[\d, ]*\])\)?"
_SHAPES = (
    (re.compile(rf"Tensor is of size {_SIZE} while the given forward gradient is of size {_SIZE}"),
     "direction"),
    (re.compile(rf"(?<!grad_)output\[0\] has a shape of {_SIZE}"), "weights"),
    (re.compile(rf"v has invalid size: should be {_SIZE} but got {_SIZE}"), ""),
)  # fmt: skip
"""Messages with the shape that there should be, and the one that there is."""
_GIVEN = re.compile(rf"grad_output\[0\] has a shape of {_SIZE}")
_NO_VECTOR = "The vector v can only be None"


def jvp_vjp(run: Run) -> Iterator[Finding]:
    """A direction has not the shape of the inputs, or weights not that of the outputs."""
    if run.failure is None:
        return
    line, error = run.failure
    if _NO_VECTOR in error.message:
        yield Finding("jvp-vjp", (line.proof,), {"line": line.in_file}, f"no-{_kind(line)}")
        return
    for pattern, form in _SHAPES:
        found = pattern.search(error.message)
        if found is None:
            continue
        given = found[2] if found.re.groups > 1 else None
        if given is None:
            match = _GIVEN.search(error.message)
            given = match[1] if match is not None else ""
        facts: dict[str, Fact] = {
            "line": line.in_file, "should": _shape(found[1]), "given": _shape(given),
        }  # fmt: skip
        yield Finding("jvp-vjp", (line.proof,), facts, form or _kind(line))
        return


def _shape(text: str) -> str:
    return str(tuple([int(each) for each in re.findall(r"\d+", text)]))


def _kind(line: Line) -> str:
    """Whether a call takes weights of the outputs or a direction of the inputs."""
    return "weights" if line.source is not None and "vjp" in line.source.called else "direction"


RULES: tuple[Rule, ...] = (func_side, jvp_vjp)
