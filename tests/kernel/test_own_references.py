"""A snippet that asks for weak references sees those that it has made."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
import torch
from recorded import Record

import autograd_tutor
from autograd_tutor.kernel.own_references import Reference, hide_own_references

SWAPPED = """
a, b = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.zeros(3))
torch.utils.swap_tensors(a, b)
y = (a * 2).sum()
y.backward()
"""
CONVERTED = """
torch.__future__.set_swap_module_params_on_conversion(True)
m = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
y = m(torch.ones(1, 2)).sum()
y.backward()
optimizer.step()
del y
m = m.to(torch.float64)
torch.__future__.set_swap_module_params_on_conversion(False)
"""
OWN = """
import weakref
t = torch.ones(2)
r = weakref.ref(t)
n, found = weakref.getweakrefcount(t), weakref.getweakrefs(t)
ok = n == 1 and found == [r] and found[0] is r
"""


def test_tensors_can_be_swapped(record: Record) -> None:
    recorded = record(SWAPPED)
    assert recorded.result.error is None
    assert recorded.final.tensors["a"].shape == (3,)
    assert recorded.final.tensors["b"].shape == (2,)


def test_a_module_is_converted_by_swapping(record: Record) -> None:
    recorded = record(CONVERTED)
    assert recorded.result.error is None
    assert recorded.final.tensors["m.weight"].dtype == "torch.float64"


def test_a_snippet_sees_its_own(record: Record) -> None:
    recorded = record(OWN)
    assert recorded.result.error is None
    assert recorded.variables["ok"] is True


def test_runs_in_one_process_do_not_pile_up() -> None:
    before = weakref.getweakrefs
    undo = [hide_own_references() for _ in range(2000)]
    tensor = torch.ones(1)
    own = Reference(tensor)
    assert weakref.getweakrefs(tensor) == []
    assert weakref.getweakrefcount(tensor) == 0
    for each in reversed(undo):
        each()
    assert weakref.getweakrefs is before
    assert own() is tensor


@pytest.mark.parametrize("swap", [True, False])
def test_a_block_of_a_program_may_swap_and_finds_all_as_before(tmp_path: Path, swap: bool) -> None:
    before = weakref.getweakrefs, weakref.getweakrefcount
    a, b = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.zeros(3))
    with autograd_tutor.record(tmp_path / "swapped.agt"):
        c = a * 2
        if swap:
            del c
            torch.utils.swap_tensors(a, b)
    assert (weakref.getweakrefs, weakref.getweakrefcount) == before
    assert a.shape == ((3,) if swap else (2,))
    gc.collect()
    assert [each for each in weakref.getweakrefs(b) if type(each) is Reference] == []
