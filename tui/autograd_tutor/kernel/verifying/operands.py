"""What an operation reads and writes, as `shadows` has to know it to do it again in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

DOUBLE = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.float64: torch.float64,
    torch.complex64: torch.complex128,
    torch.complex128: torch.complex128,
}
_RANDOM = torch.Tag.nondeterministic_seeded
_DRAWN_ALONE = ("bernoulli", "binomial", "geometric", "multinomial", "normal", "poisson", "rand")
"""Operations (how their names begin) that draw numbers, and hand on no gradient."""
_OTHERWISE = ("_standard_gamma", "_sample_dirichlet", "fake_quantize", "_fake_quantize")
"""Operations whose gradient is by definition another than that of the numbers that they give: of
what is drawn with the same random bits, of what is rounded."""
_batch_norm: Any = torch.ops.aten.native_batch_norm.default


def has_shadow(value: Any) -> bool:
    """Whether it is a tensor that has one: of floating numbers, with a storage on the CPU."""
    return (
        isinstance(value, torch.Tensor)
        and value.dtype in DOUBLE
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value._is_zerotensor()  # it has no storage
    )


def is_decided(value: Any) -> bool:
    """Whether it is a mask or has indices, on the CPU."""
    return (
        isinstance(value, torch.Tensor)
        and not (value.is_floating_point() or value.is_complex() or value.is_quantized)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value._is_zerotensor()
    )


def is_out_of_reach(value: Any) -> bool:
    """Whether it is a tensor whose numbers could be followed, had it a shadow: a sparse one."""
    return (
        isinstance(value, torch.Tensor)
        and (value.is_floating_point() or value.is_complex() or value.is_quantized)
        and not has_shadow(value)
        and not value._is_zerotensor()
        and value.device.type != "meta"
    )


def with_shadow(values: Sequence[Any]) -> list[torch.Tensor]:
    """Those that have one."""
    return [each for each in values if has_shadow(each)]


def in_double(value: Any, shadows: Iterator[torch.Tensor], written: Sequence[torch.Tensor]) -> Any:
    """What the operation on shadows gets in the place of a value."""
    if isinstance(value, torch.dtype):
        return DOUBLE.get(value, value)
    if has_shadow(value):
        return next(shadows)
    if isinstance(value, torch.Tensor) and value._is_zerotensor():
        return value.to(DOUBLE.get(value.dtype, value.dtype))
    if any(value is each for each in written):  # it has been changed already
        return value.clone()
    return value


def written_by(func: Any, args: Any, kwargs: dict[str, Any]) -> list[torch.Tensor]:
    """The tensors that an operation changes."""
    if func is _batch_norm and args[5]:  # in training; its schema does not say so
        return [each for each in args[3:5] if each is not None]
    if not func._schema.is_mutable:
        return []
    found: list[Any] = []
    for position, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            given = args[position] if position < len(args) else kwargs.get(argument.name)
            found += given if isinstance(given, list | tuple) else [given]
    return [each for each in found if isinstance(each, torch.Tensor)]


def is_random(func: Any) -> bool:
    """Whether it draws random numbers."""
    return _RANDOM in func.tags


def draws_alone(func: Any) -> bool:
    """Whether what it draws hands on no gradient, so that it can be taken over."""
    return bool(func._overloadpacket.__name__.startswith(_DRAWN_ALONE))


def differs_on_purpose(func: Any) -> bool:
    """Whether its gradient is another than finite differences give."""
    return bool(func._overloadpacket.__name__.startswith(_OTHERWISE))


def generator_state(values: Sequence[Any]) -> torch.Tensor:
    """That of the generator which an operation with these arguments draws from."""
    return _generator(values).get_state()


@contextmanager
def drawing_again(values: Sequence[Any], state: torch.Tensor | None) -> Iterator[None]:
    """Draw from the same state once more; None: as it is."""
    if state is None:
        yield
        return
    generator = _generator(values)
    after = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(after)


def is_same_but_for_rounding(own: torch.Tensor, double: torch.Tensor) -> bool:
    """Whether the same random numbers went into both."""
    if own.shape != double.shape or not own.numel():
        return own.shape == double.shape
    room = torch.finfo(own.dtype).eps ** 0.5 * float(double.abs().max())
    return torch.allclose(own.to(double.dtype), double, rtol=0.0, atol=room, equal_nan=True)


def _generator(values: Sequence[Any]) -> torch.Generator:
    given = [each for each in values if isinstance(each, torch.Generator)]
    return given[0] if given else torch.default_generator
