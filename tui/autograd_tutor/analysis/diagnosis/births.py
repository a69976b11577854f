"""Where NaN and inf are born: the line, or the node of a pass, that made them of finite numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.nodes import line_of, users_of
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.nan_origin import Maker, pass_origin
from autograd_tutor.analysis.pass_state import PassState
from autograd_tutor.recording import numbers
from autograd_tutor.recording.model import Saved, Tensor
from autograd_tutor.recording.nonfinite import nonfinite

_FAR = 64
"""How many nodes, or lines, are gone back at most."""
_CHOOSING = (
    "Where", "MaskedFill", "MaskedScatter", "MaskedSelect", "Index", "Clamp", "Maximum", "Minimum",
    "Max", "Min", "Amax", "Amin", "Relu", "Select", "Slice", "Gather", "Topk", "Sort", "Take",
    "Diagonal",
)  # fmt: skip
"""Operations that let only some elements through, and send 0 to the others."""
_NAN_ANOMALY = "returned nan values in its"


class Birth(NamedTuple):
    """A node that made NaN or inf of finite gradients."""

    node: int
    line: Line
    """That made the node."""
    what: str
    """`NaN` or `inf`."""
    chooser: int | None
    """The node from which the 0 came that was multiplied with inf, where it let others through."""
    saved_nonfinite: str
    """What it kept from the forward pass that is not finite; `` if all is."""
    saved_what: str
    """`NaN` or `inf` of that."""
    values: Mapping[str, float]
    """What it kept by name, where the first NaN or inf came out."""


class Made(NamedTuple):
    """A line that made a tensor NaN or inf."""

    line: Line
    name: str
    tensor: Tensor
    fed: Made | None = None
    """Of NaN, the line that made the inf that it was made of."""


def forward_birth(run: Run, run_pass: RunPass) -> Made | None:
    """The line to which the NaN or inf of a pass's root goes back; None where that is finite."""
    for root in run_pass.roots:
        identity = run.outputs.get(root)
        tensor = run.at(identity, run_pass.line.moment) if identity is not None else None
        if tensor is not None and nonfinite(tensor) is not None:
            return _made(run, tensor)
    return None


def _made(run: Run, tensor: Tensor) -> Made | None:
    """Back from a tensor to the first that was NaN; from an inf to the first that was inf."""
    made: list[Made] = []
    at: Tensor | None = tensor
    for _ in range(_FAR):
        line = _since(run, at) if at is not None else None
        if line is None or at is None:
            break
        made.append(Made(line, run.names.get(at.identity or 0, ""), at))
        bad = [each for each in line.tensors_read().values()
               if each.identity != at.identity and nonfinite(each) is not None]  # fmt: skip
        at = next((each for each in bad if _what(each) == "NaN"), bad[0] if bad else None)
    nan = [each for each in made if _what(each.tensor) == "NaN"]
    inf = made[len(nan) :]
    if not nan:
        return inf[-1] if inf else None
    return nan[-1]._replace(fed=inf[-1] if inf else None)


def _since(run: Run, tensor: Tensor) -> Line | None:
    """The line since which a tensor holds NaN or inf."""
    for change in run.stories.get(tensor.identity or 0, ()):
        if nonfinite(change.tensor) is not None:
            return run.line_of(change.moment)
    return None


def _what(tensor: Tensor) -> str:
    found = nonfinite(tensor)
    return "" if found is None else "NaN" if found.nan else "inf"


def pass_birth(run: Run, run_pass: RunPass) -> Birth | None:
    """The first node of a pass that made NaN or inf of finite numbers."""
    failed = _failed_of_nan(run, run_pass)
    state = PassState(run_pass.trace, run_pass.ended.call, run_pass.line.index, failing=True)
    if failed is not None:
        arrived = [each.grad for each in state.contributions(failed)]
        line = line_of(run, failed)
        saved = run_pass.ended.saved
        chooser = _chooser(run, run_pass, failed) if _any_zero(arrived) else None
        return None if line is None else _birth(failed, line, "NaN", chooser, saved, None)
    if not state.received_nonfinite:
        return None
    for number, index in run_pass.nodes.items():
        origin = pass_origin(state, number)
        if origin is None or origin.maker is not Maker.NODE or origin.of_inf:
            continue
        record, line = run_pass.trace.snapshots[index].backward, line_of(run, number)
        if record is None or line is None:
            return None
        what = "NaN" if origin.made.nan else "inf"
        at = _first_bad(record.grad_inputs)
        chooser = _chooser(run, run_pass, number) if what == "NaN" else None
        return _birth(number, line, what, chooser, record.saved, at)
    return None


def _birth(
    number: int, line: Line, what: str, chooser: int | None, saved: Sequence[Saved], at: int | None
) -> Birth:
    values = {each.name: value for each in saved if (value := _value(each, at)) is not None}
    bad = [(each.name, _what(each.value)) for each in saved
           if isinstance(each.value, Tensor) and nonfinite(each.value) is not None]  # fmt: skip
    return Birth(number, line, what, chooser, *(bad[0] if bad else ("", "")), values)


def _failed_of_nan(run: Run, run_pass: RunPass) -> int | None:
    """The node at which anomaly mode found NaN."""
    error = run.failure[1] if run.failure is not None else None
    if error is None or _NAN_ANOMALY not in error.message:
        return None
    return run_pass.ended.failed


def _first_bad(grads: Sequence[Tensor | None]) -> int | None:
    """Which element of a gradient is the first that is NaN or inf."""
    for grad in grads:
        elements = _elements(grad)
        for index, each in enumerate(elements):
            if each - each != 0:
                return index
    return None


def _value(saved: Saved, at: int | None) -> float | None:
    """The element of what was saved; its only one, or its only kind, where no place is known."""
    elements = _elements(saved.value) if isinstance(saved.value, Tensor) else []
    if len(elements) == 1:
        return elements[0]
    if at is None:
        return 0.0 if 0 in elements else None
    return elements[at] if at < len(elements) else None


def _elements(tensor: Tensor | None) -> list[float]:
    raw = None if tensor is None or numbers.is_complex(tensor.dtype) else numbers.elements(tensor)
    if tensor is None or raw is None:
        return []
    return [float(each.real) for each in numbers.decode(raw, tensor.dtype)]


def _any_zero(grads: Sequence[Tensor | None]) -> bool:
    return any(0 in _elements(each) or _is_large(each) for each in grads)


def _is_large(tensor: Tensor | None) -> bool:
    """Whether only a summary of its elements is known, and some may be 0."""
    stats = None if tensor is None else tensor.stats
    return stats is not None and stats.min <= 0 <= stats.max


def _chooser(run: Run, run_pass: RunPass, number: int) -> int | None:
    """The node that let some elements through, and sent 0 for others to a node, by whatever way."""
    at: int | None = number
    for _ in range(_FAR):
        users = list(_senders_of_zero(run, run_pass, at))
        if not users:
            return None
        if _is_choosing(run, run_pass, users[0]):
            return users[0]
        at = users[0]
    return None


def _senders_of_zero(run: Run, run_pass: RunPass, number: int | None) -> Iterator[int]:
    for user in dict.fromkeys(users_of(run, number)):
        index = run_pass.nodes.get(user)
        record = run_pass.trace.snapshots[index].backward if index is not None else None
        if record is None:
            continue
        edges = run.nodes[user].next
        sent = [
            each
            for edge, each in zip(edges, record.grad_inputs, strict=False)
            if edge is not None and edge[0] == number
        ]
        if _any_zero(sent):
            yield user


def _is_choosing(run: Run, run_pass: RunPass, number: int) -> bool:
    """Whether an operation chooses elements: by a condition, a place, or a mask as factor."""
    node = run.nodes[number]
    if node.name == "MulBackward0":
        record = run_pass.trace.snapshots[run_pass.nodes[number]].backward
        return None in node.next and record is not None and not _any_zero(record.grad_outputs)
    return node.name.rpartition("Backward")[0] in _CHOOSING
