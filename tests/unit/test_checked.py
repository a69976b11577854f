"""What a check has shown, judged: numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from autograd_tutor.analysis.checked import agrees, judge_function, judge_leaf, rounding
from autograd_tutor.recording.checks import (
    Checked,
    CheckedEntry,
    CheckedFunction,
    CheckedInput,
    CheckedLeaf,
)
from autograd_tutor.render.checked_fields import checked_fields
from autograd_tutor.render.checked_rows import checked_rows, checked_view
from autograd_tutor.render.rows import Row


def of(*entries: CheckedEntry, **fields: object) -> tuple[CheckedLeaf, Checked]:
    leaf = CheckedLeaf("w", (len(entries),), "torch.float32", True, entries, **fields)  # type: ignore[arg-type]
    return leaf, Checked(1, 1, "loss", 1.0, (leaf,))


def entry(
    grad: float | None,
    slope: float | None,
    double: float | None = None,
    below: float | None = None,
    above: float | None = None,
) -> CheckedEntry:
    """Where nothing else is said, both sides have the same slope."""
    here = slope or 0.0
    sides = (here if below is None else below, here if above is None else above)
    return CheckedEntry((0,), grad, slope, double, *sides)


@pytest.mark.parametrize(
    ("given", "verdict", "off"),
    [
        (entry(2.0, 2.0), "agrees", ""),
        (entry(2.0, 2.0019), "agrees", ""),
        (entry(2.0, 2.003), "differs", ""),
        (entry(1.0, 2.0), "differs", "factor"),
        (entry(-2.0, 2.0), "differs", "sign"),
        (entry(None, 2.0), "differs", "none"),
        (entry(None, 0.0), "agrees", ""),
        (entry(0.0, None), "unknown", ""),
        (entry(2.1, 2.0, double=2.0), "rounding", ""),
        (entry(0.0, 0.5, below=0.0, above=1.0), "kink", ""),
        (entry(3.0, 0.5, below=0.0, above=1.0), "differs", "factor"),
        (entry(math.nan, 2.0), "differs", "not-finite"),
        (entry(math.inf, 2.0), "differs", "not-finite"),
        (entry(math.nan, math.nan), "differs", "not-finite"),
        (entry(math.nan, 0.5, double=0.5), "differs", "range"),
        (entry(math.inf, 700.0, double=math.inf, below=0.0, above=1400.0), "differs", "steep"),
        (entry(math.nan, math.nan, below=math.nan, above=1000.0), "differs", "steep"),
        (entry(2.0, 0.0), "differs", ""),
    ],
)
def test_an_entry(given: CheckedEntry, verdict: str, off: str) -> None:
    leaf, checked = of(given)
    judged = judge_leaf(leaf, checked)

    assert (judged.verdict, judged.off) == (verdict, off)


def test_a_cut_is_no_fault_and_what_is_lost_is_not_known() -> None:
    """`cut`: the slope where what autograd does not follow keeps its numbers."""
    for given, verdict, sign in [
        (replace(entry(2.0, 4.0), cut=2.0), "cut", "/ "),
        (replace(entry(None, 4.0), cut=0.0), "cut", "/ "),
        (replace(entry(2.0, 4.0), cut=3.0), "differs", "✗ "),
        (replace(entry(2.0, 4.0), lost=True), "unknown", "· "),
        (replace(entry(4.0, 4.0), lost=True), "agrees", "✓ "),
    ]:
        leaf, checked = of(given)

        assert judge_leaf(leaf, checked).verdict == verdict
        assert any(each.text.startswith(f"{sign}`") for each in checked_rows(checked, 1))
        assert agrees(checked) is (verdict in ("cut", "agrees"))


def test_small_gradients_are_judged_by_their_own_size() -> None:
    leaf, checked = of(entry(2e-6, 1e-6), largest=2e-6)

    assert judge_leaf(leaf, checked).verdict == "differs"


@pytest.mark.parametrize(("grad", "slope"), [(2e-4, 3e-4), (2e-4, 2e-4 + 1e-12), (0.0, 9e-4)])
def test_of_what_differences_cannot_resolve_nothing_is_said(grad: float, slope: float) -> None:
    """A loss of 1e6 in float64 has a slope that is known to 1e-3."""
    leaf, _ = of(replace(entry(grad, slope), noise=1e-3))
    judged = judge_leaf(leaf, Checked(1, 1, "loss", 1e6, (leaf,)))

    assert (judged.verdict, judged.off) == ("unknown", "small")


def test_rounding_that_is_small_beside_the_slope_hides_nothing() -> None:
    leaf, checked = of(replace(entry(4.0, 4.001), noise=1e-3), replace(entry(4.0, 5.0), noise=1e-3))

    assert judge_leaf(leaf, checked).entries == ("agrees", "differs")


def test_rounding_next_to_much_larger_gradients_is_0() -> None:
    leaf, _ = of(replace(entry(1e-18, 1e-12), noise=1e-9))
    other, _ = of(entry(1.0, 1.0))

    assert judge_leaf(leaf, Checked(1, leaves=(leaf, other))).verdict == "agrees"
    assert judge_leaf(leaf, Checked(1, leaves=(leaf,))).verdict == "unknown"


@pytest.mark.parametrize(
    ("given", "verdict", "off"),
    [
        ({"spread": 0.1}, "differs", "factor"),
        ({"spread": 0.4}, "unknown", "unsteady"),
        ({"spread": math.inf}, "unknown", "unsteady"),
        ({"below": 0.0, "above": 4.0}, "kink", ""),
        ({"below": 0.0, "above": 4.0, "closing": True}, "differs", "factor"),
        ({"below": math.nan, "above": 4.0}, "kink", "edge"),
        ({"below": math.nan, "above": math.nan, "slope": math.nan}, "unknown", "no-value"),
        ({"below": math.inf, "above": 4.0, "slope": math.inf}, "unknown", "no-value"),
    ],
)
def test_what_differs_has_to_differ_by_every_step(
    given: dict[str, float], verdict: str, off: str
) -> None:
    leaf, checked = of(replace(entry(1.0, 2.0), **given))
    judged = judge_leaf(leaf, checked)

    assert (judged.verdict, judged.off) == (verdict, off)
    assert ("✗" in "".join(each.text for each in checked_rows(checked, 1))) is (
        verdict == "differs"
    )


def test_an_infinite_gradient_where_values_end_is_right() -> None:
    leaf, checked = of(entry(math.inf, math.nan, math.inf, below=math.nan, above=1e3))

    assert judge_leaf(leaf, checked).off == "edge"
    assert agrees(checked)


def test_a_factor_has_to_be_that_of_all() -> None:
    leaf, checked = of(entry(1.0, 2.0), entry(1.0, 3.0))

    assert judge_leaf(leaf, checked).off == ""


def test_of_several_the_worst_is_said() -> None:
    leaf, checked = of(entry(2.0, 2.0), entry(1.0, 2.0), entry(0.0, 4.0), entry(1.0, None))
    judged = judge_leaf(leaf, checked)

    assert judged.entries == ("agrees", "differs", "differs", "unknown")
    assert judged.worst == leaf.entries[2]


@pytest.mark.parametrize(
    ("dtype", "difference", "largest", "kind"),
    [
        ("torch.float32", 1e-7, 1.0, "usual"),
        ("torch.float32", 1e-3, 1.0, "grown"),
        ("torch.bfloat16", 1e-2, 1.0, "usual"),
        ("torch.float32", 0.0, 0.0, "usual"),
        ("torch.float32", 1e-8, 1e-17, "zero"),
        ("torch.float32", math.inf, 1.0, "unknown"),
        ("torch.float32", None, 1.0, "unknown"),
    ],
)
def test_rounding(dtype: str, difference: float | None, largest: float, kind: str) -> None:
    leaf = CheckedLeaf("w", (1,), dtype, True, (), difference, largest)
    other = CheckedLeaf("v", (1,), dtype, True, (), 0.0, 1.0)

    assert rounding(leaf, Checked(1, leaves=(leaf, other))).kind == kind


def test_digits() -> None:
    leaf = CheckedLeaf("w", (1,), "torch.float32", True, (), 2e-3, 1.0)

    assert rounding(leaf, Checked(1, leaves=(leaf,))).digits == 2


def of_function(grad: float, slope: float, other: float, other_slope: float) -> CheckedFunction:
    given = CheckedEntry((0,), grad, slope, other_slope, slope, slope, other)
    return CheckedFunction("F", 3, (CheckedInput("x", (1,), (given,)),))


@pytest.mark.parametrize(
    ("function", "verdict", "off"),
    [
        (of_function(6, 6, 4, 4), "agrees", ""),
        (of_function(3, 6, 2, 4), "differs", "factor"),
        (of_function(6, 6, 6, 4), "differs", "unscaled"),
        (of_function(6, 6, 5, 4), "differs", ""),
    ],
)
def test_a_function(function: CheckedFunction, verdict: str, off: str) -> None:
    (judged,) = judge_function(function)

    assert (judged.verdict, judged.off) == (verdict, off)


def test_where_only_the_other_incoming_gradient_shows_it_its_numbers_are_said() -> None:
    checked = Checked(1, functions=(of_function(6, 6, 5, 4),), problem="no-pass")

    assert "backward gives 5 for `x[0]`, finite differences give 4." in "\n".join(
        each.text for each in checked_rows(checked, 1)
    )


def test_nothing_compared_is_no_agreement() -> None:
    assert not agrees(Checked(1))
    assert not agrees(of(entry(1.0, None))[1])
    assert agrees(of(entry(1.0, 1.0), entry(1.0, None))[1])


def test_lines_are_those_of_the_file() -> None:
    leaf, _ = of(entry(1.0, 1.0))
    checked = Checked(2, 3, "loss", 1.0, (leaf,), functions=(of_function(6, 6, 4, 4),))

    assert "Pass 2, line 12" in next(iter(checked_rows(checked, 10))).text
    fields = checked_fields(checked, 10)
    assert (fields["line"], fields["functions"][0]["line"]) == (12, 12)


@pytest.mark.parametrize("width", [30, 78])
def test_sentences_are_wrapped_on_a_screen(width: int) -> None:
    _, checked = of(entry(1.0, 2.0))
    rows = checked_view(checked, 1, width)
    table = next(at for at, each in enumerate(rows) if "float64" in each.text)

    assert max(each.width for each in rows[:table]) <= width


NARROW = {
    "short": ("w", 1.0, 2.0),
    "long numbers": ("w", -1.23456e-05, 2.34567e-05),
    "a long name": ("model.encoder.layers.0.weight", -0.123456, 12.3456),
    "a longer name": ("model.encoder.blocks.10.attention.projection.weight", 1e20, -1e-20),
    "wide letters": ("\u91cd\u307f\u91cd\u307f\u91cd\u307f\u91cd\u307f", 1.5, -2.5),
}


@pytest.mark.parametrize("case", NARROW)
@pytest.mark.parametrize("width", [30, 40, 60, 100])
def test_on_a_narrow_screen_what_is_compared_is_there_in_whole(case: str, width: int) -> None:
    name, grad, slope = NARROW[case]
    leaf = CheckedLeaf(name, (1,), "torch.float32", True, (entry(grad, slope, grad),))
    rows = checked_view(Checked(1, 1, "loss", 1.0, (leaf,)), 1, width)

    assert max(each.width for each in rows) <= width
    head, *table = (each.text for each in _table_of(rows))
    assert table[-1].split()[-1] == f"{slope:.6g}"
    assert f"{grad:.6g}" in table[-1].split()
    assert "".join(table).replace(" ", "").startswith(f"\u2717{name}[0]")
    assert cell_len(head) == cell_len(table[-1])


def test_of_the_columns_float64_goes_first() -> None:
    _, checked = of(entry(1.0, 2.0, 1.0))
    whole = max(each.width for each in _table_of(checked_view(checked, 1, 100)))

    assert "float64" in _table_of(checked_view(checked, 1, whole))[0].text
    narrower = _table_of(checked_view(checked, 1, whole - 1))
    assert [each.text.split() for each in narrower] == [
        ["entry", ".grad", "differences"],
        ["\u2717", "w[0]", "1", "2"],
    ]


def _table_of(rows: list[Row]) -> list[Row]:
    texts = [each.text for each in rows]
    head = next(at for at, each in enumerate(texts) if ".grad" in each and each[-5:] == "ences")
    return rows[head : texts.index("", head)]


def test_numbers_that_json_has_not_are_texts() -> None:
    _, checked = of(entry(math.nan, math.inf))

    (found,) = checked_fields(checked, 1)["leaves"][0]["entries"]
    assert (found["grad"], found["slope"]) == ("nan", "inf")


def test_what_cannot_control_a_terminal() -> None:
    function = CheckedFunction("F\x1b[2J", 1, problem="raises", detail="raises E: \x1b[2J")
    leaf = CheckedLeaf("w\x1b[2J", (1,), "torch.float32", True, (entry(1.0, 2.0),))
    checked = Checked(1, 1, "l\x1b[2J", 1.0, (leaf,), functions=(function,))

    assert not any("\x1b" in each.text for each in checked_rows(checked, 1))
