"""Whatever a program does: recorded, it computes what it computes without a recorder."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import torch
from pass_oracle import (
    EVALUATED,
    Untraced,
    all_bits,
    bits,
    graph_behind,
    has_dispatch,
    untraced,
)
from random_programs import Program
from recorded import Record, Recorded

SEEDS = range(int(os.environ.get("RANDOM_PROGRAMS", "60")))
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


def tensors_in(space: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The tensors of a run, with the gradients of leaves, by the expressions that lead to them."""
    found: dict[str, torch.Tensor] = {}
    for name, value in sorted(space.items()):
        if isinstance(value, torch.Tensor) and not has_dispatch(value):
            found[name] = value
            # is_leaf makes the grad_fn of a view that is out of date
            if not value._is_view() and value.is_leaf and value.grad is not None:
                found[f"{name}.grad"] = value.grad
    return found


def groups(keys: Mapping[str, object]) -> set[frozenset[str]]:
    """The names that have the same key."""
    found: dict[object, set[str]] = {}
    for name, key in keys.items():
        found.setdefault(key, set()).add(name)
    return {frozenset(names) for names in found.values()}


def identities(tensors: Mapping[str, torch.Tensor]) -> list[set[frozenset[str]]]:
    """The names that stand for one tensor, and those that share a storage."""
    storages = {name: tensor.untyped_storage()._cdata for name, tensor in tensors.items()}
    return [groups({name: id(tensor) for name, tensor in tensors.items()}), groups(storages)]


def versions(tensors: Mapping[str, torch.Tensor]) -> dict[str, int]:
    return {name: tensor._version for name, tensor in tensors.items()}


def assert_same_identity(recorded: Recorded, space: dict[str, Any], code: str) -> None:
    """Which names are one tensor, which share a storage, and how often each was changed."""
    plain, found = tensors_in(space), tensors_in(recorded.variables)
    assert identities(found) == identities(plain), code
    assert versions(found) == versions(plain), code
    records: dict[str, Any] = {}
    for name in plain:
        record = recorded.final.tensors[name.removesuffix(".grad")]
        records[name] = record if name in space else record.grad
    numbers = {name: record.identity for name, record in records.items()}
    storages = {name: record.storage for name, record in records.items()}
    assert [groups(numbers), groups(storages)] == identities(plain), code
    assert {name: record.version for name, record in records.items()} == versions(found), code


@pytest.fixture(autouse=True, scope="module")
def no_collector() -> Iterator[None]:
    """Garbage goes when a program asks for it: when Python looks for it depends on all objects."""
    gc.disable()
    gc.collect()
    gc.freeze()  # a program's own collections take no time
    yield
    gc.unfreeze()
    gc.enable()


def clear(captured: pytest.CaptureFixture[str]) -> None:
    """What an earlier run has left dies, and what that prints is none of the next one's."""
    gc.collect()
    captured.readouterr()


def run_plain(code: str, capfd: pytest.CaptureFixture[str]) -> tuple[Untraced, list[str], str]:
    clear(capfd)
    with torch.autograd.profiler.profile() as profile:
        run = untraced(code)
    assert run.error is None, (run.error, code)
    return run, engine_events(profile), capfd.readouterr().out


@pytest.mark.parametrize("seed", SEEDS)
def test_a_recorded_program_computes_what_it_computes_plainly(
    record: Record, capsys: pytest.CaptureFixture[str], seed: int
) -> None:
    code = Program(seed).text
    plain, events, output = run_plain(code, capsys)
    recorded = record(None)
    clear(capsys)
    with torch.autograd.profiler.profile() as profile:
        recorded.step(code)
    assert recorded.result.ok, (recorded.result.error, code)
    assert recorded.result.truncated is None, recorded.result.fault
    assert capsys.readouterr().out == output, code
    assert engine_events(profile) == events, code
    assert_recorded(recorded, plain.space, code)
    assert_same_identity(recorded, plain.space, code)
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
