"""The survey of common code: every node that it meets is known, or is listed with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from common_models import PROGRAMS
from surveyed_cases import SURVEYED
from torch import Tensor

from autograd_tutor.formulas import formula_of

PYTHON = "a Function written in Python: its backward() is the formula"
RAISES = "torch has no gradient for it: backward() raises"

WITHOUT_FORMULA = {
    "torch::autograd::NotImplemented": RAISES,
    "Unique2Backward0": RAISES,
    "LOBPCGAutogradFunctionBackward": PYTHON,
    "_DirichletBackward": PYTHON,
    "CheckpointFunctionBackward": PYTHON,
    "ForeachMulBackward1Scalar": "one node for a list of tensors, which saves nothing that is seen",
    "AsStridedScatterBackward0": "torch 2.13 sends to self what belongs to src alone",
}
"""Nodes that have no entry on purpose."""


def tensors(made: Any) -> Iterator[Tensor]:
    if isinstance(made, Tensor):
        yield made
    elif isinstance(made, list | tuple):
        for each in made:
            yield from tensors(each)


def nodes_met(made: Any) -> set[str]:
    """The names of all nodes behind the outputs of a program."""
    found: set[Any] = set()
    todo = [output.grad_fn for output in tensors(made)]
    while todo:
        node = todo.pop()
        if node is not None and node not in found:
            found.add(node)
            todo += [following for following, _ in node.next_functions]
    return {node.name() for node in found}


def met_in(program: str) -> set[str]:
    torch.manual_seed(0)
    names = nodes_met(PROGRAMS[program]())
    assert names, f"{program} makes no graph"
    return names


@pytest.fixture(scope="module")
def met() -> dict[str, list[str]]:
    """Each node that common code meets, with the programs that meet it."""
    found: dict[str, list[str]] = {}
    for program in PROGRAMS:
        for name in met_in(program):
            found.setdefault(name, []).append(program)
    return found


pytestmark = pytest.mark.filterwarnings("ignore")  # of functions that torch is about to drop


def test_common_models_are_known(met: dict[str, list[str]]) -> None:
    unknown = {
        name: programs
        for name, programs in met.items()
        if formula_of(name) is None and name not in WITHOUT_FORMULA
    }
    assert unknown == {}


def test_what_is_listed_as_without_formula_is_met_and_has_none(met: dict[str, list[str]]) -> None:
    for name in WITHOUT_FORMULA:
        assert name in met
        assert formula_of(name) is None


def test_the_survey_is_wide(met: dict[str, list[str]]) -> None:
    assert len(PROGRAMS) > 500
    assert len(met) > 300


def test_each_case_of_a_node_that_the_survey_found_meets_it() -> None:
    for name, cases in SURVEYED.items():
        for case in cases:
            assert name in nodes_met(case())
