"""Whatever a program does: recorded, it computes what it computes without a recorder."""

from __future__ import annotations

import os
from typing import Any

import pytest
import torch
from pass_oracle import EVALUATED, Untraced, all_bits, bits, graph_behind, has_dispatch, untraced
from random_programs import Program
from recorded import Record, Recorded

SEEDS = range(int(os.environ.get("RANDOM_PROGRAMS", "100")))
"""`RANDOM_PROGRAMS=300 make test ARGS="-k random_programs"` runs more of them."""


def engine_events(profile: Any) -> list[str]:
    """The nodes that torch's engine has come to, in order, by its profiler."""
    found = [event for event in profile.function_events if event.name.startswith(EVALUATED)]
    found.sort(key=lambda event: event.time_range.start)
    return [event.name.removeprefix(EVALUATED) for event in found]


def facts(space: dict[str, Any]) -> dict[str, Any]:
    """All that can be seen of a run's tensors."""
    found: dict[str, Any] = {}
    for name, tensor in sorted(space.items()):
        if not isinstance(tensor, torch.Tensor) or has_dispatch(tensor):
            continue
        try:
            behind = [] if tensor.grad_fn is None else graph_behind(tensor)
        except RuntimeError as error:  # an edit of a view that autograd refuses
            behind = [str(error)]
            found[name] = bits(tensor), tensor.shape, behind
            continue
        grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
        found[name] = (
            bits(tensor), tensor.shape, tensor.stride(), tensor.dtype, tensor.requires_grad,
            tensor.is_leaf, tensor.retains_grad, behind, all_bits([grad]),
        )  # fmt: skip
    return found


def run_plain(code: str, capfd: pytest.CaptureFixture[str]) -> tuple[Untraced, list[str], str]:
    with torch.autograd.profiler.profile() as profile:
        run = untraced(code)
    assert run.error is None, (run.error, code)
    return run, engine_events(profile), capfd.readouterr().out


@pytest.mark.parametrize("seed", SEEDS)
def test_a_recorded_program_computes_what_it_computes_plainly(
    record: Record, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    code = Program(seed).text
    plain, wanted_events, wanted_output = run_plain(code, capsys)
    with torch.autograd.profiler.profile() as profile:
        recorded = record(code)
    assert recorded.result.ok, (recorded.result.error, code)
    assert recorded.result.truncated is None, recorded.result.fault
    assert capsys.readouterr().out == wanted_output, code
    assert engine_events(profile) == wanted_events, code
    assert_recorded(recorded, plain.space, code)
    assert facts(recorded.variables) == facts(plain.space), code
    assert bytes(torch.get_rng_state().tolist()) == plain.rng


def assert_recorded(recorded: Recorded, space: dict[str, Any], code: str) -> None:
    """What was recorded last is what the plain run ended with."""
    final = recorded.final.tensors
    for name, tensor in space.items():
        if not isinstance(tensor, torch.Tensor) or final[name].grad_fn_name == "Invalid":
            continue
        assert final[name].raw == bits(tensor), (name, code)
        if tensor._is_view():  # its grad_fn may be out of date, and is not made by looking
            continue
        grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
        found = final[name].grad
        assert (None if found is None else found.raw) == all_bits([grad])[0], (name, code)
