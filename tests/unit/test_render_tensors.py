"""The tensors pane and the gradients pane: what there is, and what just changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from made import parameter, tensor
from msgspec.structs import replace

from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.trace import State
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.rows import Listing
from autograd_tutor.render.tensor_words import shape_and_type, stats_rows
from autograd_tutor.render.tensors import tensors_listing

STATS = Stats(4000, 4000, -1.0, 2.0, 0.25, 0.5, 3.5, 0, 0, (0, 1, 2, 4))
LARGE = tensor(shape=(0,), raw=None, shown="tensor([0., ..., 0.])", stats=STATS)
EVIL = "\x1b]0;x\x07\u202e"


def state(tensors: Mapping[str, Tensor] | None = None, **values: str) -> State:
    return State(tensors or {}, values)


def tensors(now: State, before: State | None = None, **options: object) -> Listing:
    return tensors_listing(now, now if before is None else before, **options)


def gradients(now: State, before: State | None = None, **options: object) -> Listing:
    return gradients_listing(now, now if before is None else before, **options)


def texts(listing: Listing) -> list[str]:
    return [line.text.rstrip() for line in listing.rows]


def heads(listing: Listing) -> list[str]:
    return [text for text in texts(listing) if text[:4].strip()]


# Tensors


def test_every_kind_has_its_sign_and_its_word() -> None:
    now = state(
        {
            "w": parameter(1.0),
            "x": tensor(1.0, kind="leaf", requires_grad=True),
            "y": tensor(
                1.0, kind="intermediate", requires_grad=True, grad_fn=1, grad_fn_name="ExpBackward0"
            ),
            "c": tensor(1.0),
        }
    )
    assert texts(tensors(now)) == [
        "  ◆ w  parameter (1,)",
        "    Parameter containing:",
        "    tensor([1.], requires_grad=True)",
        "  ◆ x  leaf (1,)",
        "    tensor([1.], requires_grad=True)",
        "  ● y  intermediate (1,)",
        "    tensor([1.], grad_fn=<ExpBackward0>)",
        "  ○ c  no grad (1,)",
        "    tensor([1.])",
    ]


def test_what_is_new_or_changed_is_marked_by_a_sign_and_by_style() -> None:
    before = state({"a": tensor(1.0), "b": tensor(1.0)})
    now = state({"a": tensor(1.0), "b": tensor(2.0), "c": tensor(3.0)})
    listing = tensors(now, before)
    assert heads(listing) == [
        "  ○ a  no grad (1,)",
        "▸ ○ b  no grad (1,)",
        "▸ ○ c  no grad (1,)",
    ]
    assert [line.spans[2][1] for line in listing.rows[::2]] == [
        "constant",
        "constant changed",
        "constant changed",
    ]
    assert [line.spans[1][1] for line in listing.rows[1::2]] == ["", "strong", "strong"]


def test_what_changed_comes_into_view_the_first_of_it_above_all() -> None:
    before = state({"a": tensor(1.0), "b": tensor(1.0), "c": tensor(1.0)})
    now = state({"a": tensor(1.0), "b": tensor(2.0), "c": tensor(3.0)})
    listing = tensors(now, before)
    assert listing.scroll_to[-1] == 2
    assert set(listing.scroll_to) == {2, 3, 4, 5}


def test_other_values_stand_below_the_tensors() -> None:
    listing = tensors(state({"a": tensor(1.0)}, n="2", s="'x'"), state({"a": tensor(1.0)}, n="1"))
    assert texts(listing)[2:] == ["", "▸ n = 2", "▸ s = 'x'"]
    assert set(listing.scroll_to) == {3, 4}
    assert texts(tensors(state(n="1"))) == ["  n = 1"]


def test_watched_values_stand_above_the_tensors() -> None:
    now = state({"a": tensor(1.0)}, n="2", sizes="[16.0, 0.5]")
    listing = tensors(now, state({"a": tensor(1.0)}, n="2"), watch=["sizes", "a"])
    assert texts(listing) == [
        "▸ sizes = [16.0, 0.5]",
        "",
        "  ○ a  no grad (1,)",
        "    tensor([1.])",
        "",
        "  n = 2",
    ]
    assert listing.scroll_to == [0]
    assert texts(tensors(state(n="1", m="2"), watch=["m"])) == ["  m = 2", "", "  n = 1"]


def test_a_name_that_was_a_tensor_and_is_a_number_now_has_changed() -> None:
    assert texts(tensors(state(a="1"), state({"a": tensor(1.0)}))) == ["▸ a = 1"]
    assert heads(tensors(state({"a": tensor(1.0)}), state(a="1")))[0][0] == "▸"


def test_what_is_gone_is_named_once() -> None:
    before = state({"a": tensor(1.0)}, n="1")
    assert texts(tensors(state(), before)) == ["  gone: a, n"]
    assert texts(tensors(state(), state())) == []


def test_suffixes_that_do_not_fit_stand_below() -> None:
    long = tensor(1.0, 2.0, grad_fn=1, grad_fn_name="MulBackward0", requires_grad=True)
    assert texts(tensors(state({"a": long}), width=50))[1:] == [
        "    tensor([1., 2.], grad_fn=<MulBackward0>)"
    ]
    assert texts(tensors(state({"a": long}), width=30))[1:] == [
        "    tensor([1., 2.],",
        "           grad_fn=<MulBackward0>)",
    ]


@pytest.mark.parametrize("width", [1, 5, 20, 80, 300])
def test_numbers_are_never_left_out_to_fit(width: int) -> None:
    numbers = [1.5 * n for n in range(40)]
    listing = tensors(state({"a": tensor(*numbers, dtype="torch.float32")}), width=width)
    shown = "".join(texts(listing)[1:])
    assert all(f"{number:.4f}" in shown for number in numbers)


def test_dtype_and_device_are_shown_where_they_are_not_the_usual_ones() -> None:
    assert shape_and_type(tensor(1.0)) == "(1,)"
    unusual = tensor(shape=(0,), dtype="torch.bfloat16", device="cuda:1")
    assert shape_and_type(unusual) == "(0,) bfloat16 cuda:1"
    assert shape_and_type(replace(unusual, shape=None)).startswith("(?) ")


def test_a_large_tensor_is_shown_by_its_statistics() -> None:
    assert texts(tensors(state({"a": LARGE}))) == [
        "  ○ a  no grad (0,)",
        "    tensor([0., ..., 0.])",
        "    min -1  max 2",
        "    mean 0.25  std 0.5",
        "    -1 ▁▃▅█ 2",
    ]


def test_every_bar_that_counts_anything_stands_out_from_nothing() -> None:
    uneven = replace(STATS, histogram=(0, 1, 1_000_000))
    assert stats_rows(uneven)[-1] == "-1 ▁▂█ 2"
    assert len(stats_rows(replace(STATS, histogram=()))) == 2


def test_a_count_below_zero_has_the_lowest_bar() -> None:
    hostile = replace(STATS, min=-1.0, max=2.0, histogram=(-70, 0, 7))
    assert stats_rows(hostile)[-1] == "-1 ▁▁█ 2"
    assert len(stats_rows(replace(STATS, histogram=(-70, -1)))) == 2


def test_what_statistics_leave_out_is_said() -> None:
    partial = replace(STATS, nan=3, inf=100, sampled=1000, histogram=())
    assert stats_rows(partial) == (
        "of the 897 finite elements:",
        "min -1  max 2",
        "mean 0.25  std 0.5",
        "from a sample of 1,000 of 4,000 elements",
    )


def test_a_tensor_of_nothing_but_nan_has_no_statistics() -> None:
    nothing = float("nan")
    empty = Stats(2000, 2000, nothing, nothing, nothing, nothing, nothing, 2000, 0, (0,) * 4)
    assert stats_rows(empty) == ()


# Gradients


def test_none_is_shown_as_none() -> None:
    assert texts(gradients(state({"w": parameter(1.0)}))) == ["  ∇ w.grad", "    None"]


def test_before_and_after_of_a_gradient_that_arrived() -> None:
    before = state({"w": parameter(1.0, 2.0)})
    now = state({"w": parameter(1.0, 2.0, grad=tensor(3.0, 4.0))})
    listing = gradients(now, before)
    assert texts(listing) == ["▸ ∇ w.grad  (2,)  norm 5", "    None → tensor([3., 4.])"]
    assert listing.rows[0].spans[2][1] == "grad changed"
    assert listing.scroll_to[-1] == 0
    assert texts(gradients(now)) == ["  ∇ w.grad  (2,)  norm 5", "    tensor([3., 4.])"]


def test_a_gradient_that_was_set_to_none() -> None:
    before = state({"w": parameter(1.0, grad=tensor(3.0))})
    assert texts(gradients(state({"w": parameter(1.0)}), before)) == [
        "▸ ∇ w.grad",
        "    tensor([3.]) → None",
    ]


def test_where_one_line_is_too_narrow_before_and_after_stand_below_each_other() -> None:
    before = state({"w": parameter(1.0, grad=tensor(3.0))})
    now = state({"w": parameter(1.0, grad=tensor(4.0))})
    assert texts(gradients(now, before, width=20))[1:] == ["    tensor([3.])", "  → tensor([4.])"]


def test_gradients_of_several_lines() -> None:
    square = tensor(1.0, 2.0, 3.0, 4.0, shape=(2, 2))
    listing = gradients(state({"w": parameter(1.0, grad=square)}), state({"w": parameter(1.0)}))
    assert texts(listing)[1:] == [
        "    None",
        "  → tensor([[1., 2.],",
        "            [3., 4.]])",
    ]


def test_a_new_leaf_is_no_change_of_its_gradient() -> None:
    assert texts(gradients(state({"w": parameter(1.0)}), state()))[0][0] == " "


def test_where_nothing_can_receive_a_gradient_that_is_said() -> None:
    assert "No tensor" in " ".join(texts(gradients(state({"x": tensor(1.0)}))))
    assert all(line.width <= 12 for line in gradients(state(), width=12).rows)


def test_a_large_gradient_has_its_statistics() -> None:
    now = state({"w": parameter(1.0, grad=LARGE)})
    assert texts(gradients(now)) == [
        "  ∇ w.grad  (0,)  norm 3.5",
        "    tensor([0., ..., 0.])",
        "    min -1  max 2",
        "    mean 0.25  std 0.5",
        "    -1 ▁▃▅█ 2",
    ]


def test_watched_gradients_come_first() -> None:
    now = state({"a": parameter(1.0), "b": parameter(1.0)})
    assert [head.split()[1] for head in heads(gradients(now, watch=["b"]))] == ["b.grad", "a.grad"]


def test_gradients_that_changed_can_stand_above_even_what_is_watched() -> None:
    before = state({name: parameter(1.0) for name in "abcd"})
    now = state({n: parameter(1.0, grad=tensor(2.0) if n in "bd" else None) for n in "abcd"})
    listing = gradients(now, before, watch=["c"], changed_first=True)
    assert [head.split("∇ ")[1][0] for head in heads(listing)] == ["b", "d", "c", "a"]
    assert listing.scroll_to == [3, 2, 1, 0]


# Both


@pytest.mark.parametrize("pane", [tensors, gradients])
def test_nothing_can_steer_the_terminal(pane: type[Listing]) -> None:
    evil = tensor(
        1.0, device=EVIL, dtype=EVIL, grad_fn_name=EVIL, grad_fn=1, shown=EVIL, requires_grad=True
    )
    before = state({f"gone{EVIL}": evil}, **{f"v{EVIL}": EVIL})
    now = state({EVIL: replace(evil, grad=evil)}, n=EVIL)
    shown: Sequence[str] = [line.text for line in pane(now, before).rows]
    assert all(text.isprintable() for text in shown)
    assert "␛]0;x␇\\u202e" in "".join(shown)


@pytest.mark.parametrize("pane", [tensors, gradients])
def test_markup_is_shown_as_it_is(pane: type[Listing]) -> None:
    marked = parameter(1.0, grad=tensor(1.0, shown="[bold]x[/]"))
    now = state({'p["[red]"]': replace(marked, shown="[bold]x[/]")}, s="[/]")
    shown = "\n".join(line.text for line in pane(now).rows)
    assert 'p["[red]"]' in shown
    assert "[bold]x[/]" in shown
