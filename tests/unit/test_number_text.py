"""A number has the digits that print() gives, wherever it stands; torch itself is the oracle."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made import backward, node, ran, snapshot, trace
from torch_records import record

from autograd_tutor.analysis.node_gradient import node_gradients
from autograd_tutor.formulas.numbers_in import numbers_in
from autograd_tutor.formulas.table import FORMULAS
from autograd_tutor.recording.model import Backward, Saved
from autograd_tutor.recording.number_text import number_text, short_number_text
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.recording.trace import State
from autograd_tutor.render.amounts import amount_rows
from autograd_tutor.render.node_names import namer_at
from autograd_tutor.render.pass_narration import arrival_rows
from autograd_tutor.render.rows import Row
from autograd_tutor.render.sizes import size_text
from autograd_tutor.render.tensor_words import norm_text, text_lines

FLOATS = (1 / 3, -1 / 3, 1e-8, 1234567.0, -0.0, 0.0, 1e20, math.nan, math.inf, -math.inf, 2.5, 100)
NUMBERS = {
    **{f"{value!r}": torch.tensor(float(value)) for value in FLOATS},
    **{f"{value!r} of float64": torch.tensor(value, dtype=torch.float64) for value in FLOATS},
    **{f"{value!r} of bfloat16": torch.tensor(value, dtype=torch.bfloat16) for value in FLOATS},
    "an integer": torch.tensor(1234567),
    "a large integer": torch.tensor(2**62 + 1),
    "a truth value": torch.tensor(True),
    "complex": torch.tensor(1 / 3 + 2.5j),
    "complex with a sign": torch.tensor(-1e-8 - 100j),
    "complex without numbers": torch.tensor(complex(math.nan, -math.inf)),
}


def printed(tensor: torch.Tensor) -> str:
    """What print() gives of a number, without zeros at the end of its decimals."""
    body = repr(tensor).removeprefix("tensor(").split(", dtype")[0].rstrip(")").strip()
    if tensor.is_complex():
        return f"{printed(tensor.real)}{'' if tensor.imag < 0 else '+'}{printed(tensor.imag)}j"
    decimals, e, power = body.partition("e")
    return (decimals.rstrip("0").rstrip(".") if "." in decimals else decimals) + e + power


@pytest.mark.parametrize("tensor", NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_the_same_in_every_place(tensor: torch.Tensor) -> None:
    number, shown = printed(tensor), record(tensor)
    assert text_lines(shown, 200)[0].startswith(repr(tensor)[: len("tensor(")])
    assert one_line(shown, 100) == number
    row, *_ = amount_rows(shown, 100, Row(), 2)
    assert row.text.removeprefix("! ").split("  ")[0] == number
    made = trace(snapshot(0, nodes=(node(1, "ExpBackward0", None),)), ran(1, backward(1, shown)))
    facts = node_gradients(made, 1)
    assert facts is not None
    text, *_ = arrival_rows(facts, namer_at(made.nodes, State({}, {})))
    assert text.text.removeprefix("  arrives: ").removeprefix("! ") in {
        number,
        f"{number} of shape () {shown.dtype.removeprefix('torch.')}",
    }


@pytest.mark.parametrize("value", FLOATS)
def test_a_norm_and_a_formula_write_it_likewise(value: float) -> None:
    tensor = torch.tensor(float(value))
    shown = record(tensor)
    assert norm_text(shown, tensor.item()) == f"norm {printed(tensor)}"
    one = record(torch.tensor(1.0))
    passed = Backward(1, 1, (one,), (shown,), None, (Saved("other", shown),))
    numbers = numbers_in(FORMULAS["MulBackward0"], 0, passed)
    if math.isnan(value):
        assert numbers is None or printed(tensor) in numbers.line
        return
    assert numbers is not None
    assert numbers.value == numbers.sent == printed(tensor)


@pytest.mark.parametrize("value", [1 / 3, 1234567.0, 1e20, math.nan, math.inf, 2.5, 0.0])
def test_a_row_of_the_graph_has_the_same_where_that_fits(value: float) -> None:
    assert size_text(value) == printed(torch.tensor(value, dtype=torch.float64))


@settings(max_examples=300, deadline=None)
@given(st.floats())
def test_any_number_alone_is_as_torch_prints_it(value: float) -> None:
    assert number_text(value) == printed(torch.tensor(value, dtype=torch.float64))


@settings(max_examples=300, deadline=None)
@given(st.floats(-1e308, 1e308), st.integers(8, 12))
def test_where_there_is_little_room_it_has_less_digits(value: float, room: int) -> None:
    text = short_number_text(value, room)
    assert len(text) <= room
    if len(number_text(value)) <= room:
        assert text == number_text(value)
    else:
        assert math.isclose(float(text), value, rel_tol=0.5)
