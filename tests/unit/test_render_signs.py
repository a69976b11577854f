"""Without anything but ASCII, every sign is another one of the same width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from autograd_tutor.render import signs
from autograd_tutor.render.signs import BARS, spelled_formula, spelled_out, to_ascii
from autograd_tutor.render.tensor_words import TENSOR_SIGNS

SIGNS = {name: sign for name, sign in vars(signs).items() if name.isupper() and name[0] != "_"}
FRAME = "╭─╮│╰╯├└⋯▁▂▃▄▅▆▇█–…·▏•"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"]) | st.sampled_from("語\u0301é")))
def test_ascii_takes_the_place_of_every_text_cell_for_cell(text: str) -> None:
    assert to_ascii(text).isascii()
    assert len(to_ascii(text)) == cell_len(text)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_ascii_stays_as_it_is(text: str) -> None:
    assert to_ascii(text) == text


def test_every_sign_and_line_of_ours_has_a_stand_in() -> None:
    for sign in (*SIGNS.values(), *FRAME):
        assert to_ascii(sign) not in ("?", " "), sign


def test_no_two_kinds_of_tensor_look_the_same() -> None:
    kinds = {sign for sign, _ in TENSOR_SIGNS.values()}
    assert len({to_ascii(sign) for sign in (*kinds, signs.GRAD)}) == len(kinds) + 1


def test_every_bar_is_unlike_the_others() -> None:
    assert len(set(to_ascii(BARS))) == len(BARS) == 8


def test_what_happened_to_a_line_can_be_seen_without_colour() -> None:
    lines = (signs.DONE, signs.CURRENT, signs.NEXT, signs.FAILURE)
    assert len({to_ascii(sign) for sign in lines}) == len(lines)


@pytest.mark.parametrize(
    ("formula", "spelled"),
    [
        ("θ₀ − 0.1 · L′(θ₀)", "theta_0 - 0.1 * L'(theta_0)"),
        ("a·b", "a*b"),
        ("eᵃ", "e^a"),
        ("2ⁿ", "2^n"),
        ("xⁿ⁻¹", "x^(n-1)"),
        ("10⁻⁵", "10^-5"),
        ("x⁽ⁿ⁺¹⁾", "x^(n+1)"),
        ("2¹⁹", "2^19"),
        ("Aᵀ, Aᴴ", "A^T, A^H"),
        ("xᵢ₊₁", "x_(i+1)"),
    ],
)
def test_a_formula_keeps_its_meaning_in_ascii(formula: str, spelled: str) -> None:
    assert to_ascii(spelled_formula(formula)) == spelled


def test_every_raised_or_lowered_sign_is_spelled() -> None:
    for text in (signs._RAISED, signs._LOWERED):
        assert all("?" not in to_ascii(spelled_out(sign)) for sign in text)
        assert all(len(spelled_out(sign)) == 2 for sign in text)
