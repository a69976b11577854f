"""Checks the backward of a custom Function at the inputs that it was applied to, in float64.

As torch.autograd.gradcheck does it, with its step and at some entries: the gradient of the outputs'
sum, and of another weighted sum, beside central finite differences of the same sums.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from msgspec.structs import replace

from autograd_tutor.kernel.aside import reason
from autograd_tutor.kernel.categories import shown_name
from autograd_tutor.kernel.verifying.differences import chosen, slopes
from autograd_tutor.limits.checks import (
    ABSOLUTE_TOLERANCE,
    CHECKED_ENTRIES,
    CHECKED_LEAVES,
    ENTRIES_OF_ONE,
)
from autograd_tutor.recording.checks import (
    CheckedEntry,
    CheckedFunction,
    CheckedInput,
    CheckProblem,
)

Forward = Callable[[], list[torch.Tensor]]


class _Unfit(Exception):
    def __init__(self, problem: CheckProblem) -> None:
        super().__init__()
        self.problem = problem


class _Sums(NamedTuple):
    """The two weighted sums of the outputs, by what they are weighted with."""

    plain: Sequence[torch.Tensor]
    other: Sequence[torch.Tensor]

    def of(self, outputs: Sequence[torch.Tensor]) -> tuple[float, float]:
        plain, other = (
            sum(float((v * each).sum()) for v, each in zip(weights, outputs, strict=True))
            for weights in (self.plain, self.other)
        )
        return plain, other


def is_differentiated(inputs: Sequence[Any]) -> bool:
    """Whether a Function with these inputs gets a backward."""
    return torch.is_grad_enabled() and any(
        isinstance(each, torch.Tensor) and each.requires_grad for each in inputs
    )


def check_function(
    function: Any, inputs: Sequence[Any], unchecked: CheckedFunction
) -> CheckedFunction:
    """`unchecked` with what came of it. Runs its code; use a process of its own."""
    try:
        return replace(unchecked, inputs=_checked(function, inputs))
    except _Unfit as unfit:
        return replace(unchecked, problem=unfit.problem)
    except Exception as error:  # noqa: BLE001 - whatever the script's code raises
        return replace(unchecked, problem="raises", detail=reason(error))


def _checked(function: Any, inputs: Sequence[Any]) -> tuple[CheckedInput, ...]:
    given = [_in_double(each) for each in inputs]
    asked = [
        position
        for position, each in enumerate(given)
        if isinstance(each, torch.Tensor) and each.requires_grad
    ]
    if any(given[position].is_complex() for position in asked):
        raise _Unfit("complex")

    def all_outputs() -> list[torch.Tensor]:
        torch.manual_seed(0)
        fresh = [each.clone() if isinstance(each, torch.Tensor) else each for each in given]
        result = function.apply(*fresh)
        found = result if isinstance(result, tuple | list) else (result,)
        return [each for each in found if isinstance(each, torch.Tensor)]

    places = [i for i, each in enumerate(all_outputs()) if each.requires_grad and _is_float(each)]

    def forward() -> list[torch.Tensor]:
        found = all_outputs()
        return [found[place] for place in places]

    outputs = forward()
    if any(each.dtype is not torch.float64 for each in outputs):
        raise _Unfit("dtype")
    if not all(map(_same, outputs, forward())):
        raise _Unfit("random")
    return _compared(function, forward, outputs, asked, [given[position] for position in asked])


def _compared(
    function: Any,
    forward: Forward,
    outputs: Sequence[torch.Tensor],
    asked: Sequence[int],
    inputs: Sequence[torch.Tensor],
) -> tuple[CheckedInput, ...]:
    """`inputs`: those that require grad; `asked`: at which positions."""
    sums = _Sums(
        [torch.ones_like(each) for each in outputs],
        [0.5 + torch.rand(each.shape, dtype=each.dtype) for each in outputs],
    )
    plain, other = (_gradients(forward(), inputs, weights) for weights in sums)
    names = _parameters(function)
    size = max(map(_largest, outputs), default=0.0) or 1.0
    most = max(1, min(ENTRIES_OF_ONE, CHECKED_ENTRIES // max(1, len(asked))))
    found = []
    for position, tensor, first, second in zip(asked, inputs, plain, other, strict=True):
        scale = min(1.0, size / max(1.0, _largest(tensor)))
        entries = [
            _entry(forward, sums, tensor, index, (first, second), ABSOLUTE_TOLERANCE * scale)
            for index in chosen(first, tensor.shape, most)
        ]
        own = names[position] if position < len(names) else f"input {position}"
        found.append(CheckedInput(shown_name(own), tuple(tensor.shape), tuple(entries), scale))
    return tuple(found[:CHECKED_LEAVES])


def _largest(tensor: torch.Tensor) -> float:
    """Its largest absolute value, of those that are finite."""
    absolute = tensor.detach().abs()
    absolute = absolute[absolute.isfinite()]
    return float(absolute.max()) if absolute.numel() else 0.0


def _in_double(value: Any) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    if not _is_float(value):
        return value.detach().clone() if not value.is_complex() else value
    return value.detach().double().clone().requires_grad_(value.requires_grad)


def _is_float(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point()


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return torch.equal(torch.nan_to_num(one.detach()), torch.nan_to_num(other.detach()))


def _gradients(
    outputs: Sequence[torch.Tensor], inputs: Sequence[torch.Tensor], weights: Sequence[torch.Tensor]
) -> list[torch.Tensor | None]:
    """None for an input that gets no gradient."""
    ways = [(out, v) for out, v in zip(outputs, weights, strict=True) if out.requires_grad]
    if not ways:
        return [None] * len(inputs)
    roots, seeds = zip(*ways, strict=True)
    return list(torch.autograd.grad(roots, inputs, seeds, allow_unused=True))


def _entry(
    forward: Forward,
    sums: _Sums,
    tensor: torch.Tensor,
    index: tuple[int, ...],
    gradients: tuple[torch.Tensor | None, torch.Tensor | None],
    least: float,
) -> CheckedEntry:
    value = float(tensor[index])
    grad, other = (None if each is None else float(each[index]) for each in gradients)

    def values_at(by: float) -> tuple[float, float]:
        with torch.no_grad():
            tensor[index] = value + by
            found = sums.of(forward())
            tensor[index] = value
        return found

    here = values_at(0.0)
    plain = slopes(lambda by: values_at(by)[0], here[0], value, grad or 0.0, least)
    weighted = slopes(lambda by: values_at(by)[1], here[1], value, other or 0.0, least)
    assert plain is not None
    assert weighted is not None
    return CheckedEntry(
        index=index,
        grad=grad,
        slope=plain.slope,
        double=weighted.slope,
        below=plain.below,
        above=plain.above,
        other=other,
        noise=max(plain.noise, weighted.noise),
        spread=max(plain.spread, weighted.spread),
        closing=plain.closing,
    )


def _parameters(function: Any) -> list[str]:
    """The names of what `forward` takes, without `ctx`."""
    try:
        names = list(inspect.signature(function.forward).parameters)
    except (TypeError, ValueError):
        return []
    with_ctx = function.setup_context is torch.autograd.Function.setup_context
    return names[1:] if with_ctx else names
