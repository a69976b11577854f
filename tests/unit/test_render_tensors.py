"""The tensors pane and the gradients pane: what there is, and what just changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from made import parameter, tensor
from msgspec.structs import replace

from autograd_tutor.analysis.contents import contents
from autograd_tutor.analysis.gradient_table import by_size, gradient_rows
from autograd_tutor.analysis.identity import Identity
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.trace import State
from autograd_tutor.render.gradients import BAR_CELLS, gradients_listing
from autograd_tutor.render.rows import Listing
from autograd_tutor.render.tensor_words import shape_and_type, stats_rows
from autograd_tutor.render.tensors import EARLIER, tensors_listing

STATS = Stats(4000, 4000, -1.0, 2.0, 0.25, 0.5, 3.5, 0, 0, (0, 1, 2, 4))
LARGE = tensor(shape=(0,), raw=None, shown="tensor([0., ..., 0.])", stats=STATS)
EVIL = "\x1b]0;x\x07\u202e"


def state(tensors: Mapping[str, Tensor] | None = None, **values: str) -> State:
    return State(tensors or {}, values)


def tensors(now: State, before: State | None = None, *, width: int = 80, **options: Any) -> Listing:
    return tensors_listing(contents(now, before or now, **options), width)


def gradients(
    now: State, before: State | None = None, *, width: int = 80, **options: Any
) -> Listing:
    return gradients_listing(gradient_rows(now, before or now, **options), width)


def texts(listing: Listing) -> list[str]:
    return [line.text.rstrip() for line in listing.rows]


# Tensors


def test_every_kind_is_one_row_with_its_sign_and_its_numbers() -> None:
    made: dict[str, Any] = {"grad_fn": 1, "grad_fn_name": "ExpBackward0", "requires_grad": True}
    now = state(
        {
            "w": parameter(1.0),
            "x": tensor(1.5, kind="leaf", requires_grad=True),
            "y": tensor(-0.25, kind="intermediate", **made),
            "count": tensor(shape=(0,)),
        }
    )
    assert texts(tensors(now)) == [
        "  ◆ w      (1,)  [1]",
        "  ◆ x      (1,)  [1.5]",
        "  ● y      (1,)  [-0.25]",
        "  ○ count  (0,)  []",
    ]


def test_what_is_new_or_changed_stands_first_and_is_marked_by_a_sign_and_by_style() -> None:
    before = state({"a": tensor(1.0), "b": tensor(1.0)}, n="1", m="1")
    now = state({"a": tensor(1.0), "b": tensor(2.0), "c": tensor(3.0)}, n="1", m="2")
    listing = tensors(now, before)
    assert texts(listing) == [
        "▸ ○ b  (1,)  [2]",
        "▸ ○ c  (1,)  [3]",
        "▸ m = 2",
        "  ○ a  (1,)  [1]",
        "  n = 1",
    ]
    assert [line.spans[2][1] for line in listing.rows[:2]] == ["constant changed"] * 2
    assert listing.rows[3].spans[2][1] == "constant"
    assert listing.keys == ["b", "c", "m", "a", "n"]
    assert listing.scroll_to[-1] == 0


def test_what_the_lesson_watches_is_on_top_in_its_order_and_open() -> None:
    now = state({"a": tensor(1.0), "w": parameter(1.0, 2.0)}, sizes="[16.0]", n="2")
    listing = tensors(now, state(n="1"), watch=["w", "sizes"])
    assert texts(listing) == [
        "▸ ◆ w  (2,)  [1, 2]  parameter",
        "▸ sizes = [16.0]",
        "▸ ○ a  (1,)  [1]",
        "▸ n = 2",
    ]


def test_an_open_tensor_shows_lines_of_numbers_where_they_do_not_fit_on_its_row() -> None:
    square = tensor(*map(float, range(9)), shape=(3, 3))
    assert texts(tensors(state({"m": square}), watch=["m"], width=40)) == [
        "  ○ m  (3, 3)  no grad",
        "    [[0., 1., 2.],",
        "     [3., 4., 5.],",
        "     [6., 7., 8.]]",
    ]
    (closed,) = texts(tensors(state({"m": square}), width=40))
    assert closed.startswith("  ○ m  (3, 3)  ")
    assert closed.endswith("  0 to 8  mean 4")


def test_an_open_tensor_of_many_numbers_says_below_what_its_row_has_no_room_for() -> None:
    tall = tensor(*map(float, range(64)), shape=(32, 2))
    (row, kind, below) = texts(tensors(state({"x": tall}), watch=["x"], width=36))
    assert row.startswith("  ○ x  (32, 2)  ")
    assert (kind, below) == ("    no grad", "    norm 292.137  mean 31.5")
    assert row.endswith("  0 to 63")


def test_an_open_value_is_whole_if_it_takes_few_rows() -> None:
    sizes = "[" + ", ".join(str(n / 8) for n in range(20)) + "]"
    rows = texts(tensors(state(sizes=sizes), watch=["sizes"], width=40))
    assert " ".join(" ".join(rows).split()) == f"sizes = {sizes}"
    assert len(texts(tensors(state(sizes=sizes), width=40))) == 1
    assert len(texts(tensors(state(sizes=sizes * 9), watch=["sizes"], width=40))) == 1


def test_of_many_watched_tensors_none_is_open() -> None:
    now = state({f"h[{n}]": tensor(*map(float, range(20))) for n in range(20)})
    assert len(tensors(now, watch=["h"], width=40).rows) == 20


def test_of_what_a_watched_list_holds_the_named_comes_first() -> None:
    now = state({f"h[{n}]": tensor(1.0) for n in range(4)} | {"x": tensor(1.0)})
    listing = tensors(now, watch=["h", "x"], named={"h[3]", "h[1]"})
    assert listing.keys == ["h[1]", "h[3]", "x", "h[0]", "h[2]"]


def test_a_tensor_of_many_rows_takes_one() -> None:
    tall = tensor(*map(float, range(64)), shape=(32, 2))
    rows = texts(tensors(state({"x": tall, "loss": tensor(0.5, shape=())})))
    assert len(rows) == 2
    assert "  0 to 63  norm 292.137  mean 31.5" in rows[0]
    assert rows[1] == "  ○ loss  ()       0.5"


def test_a_name_that_was_a_tensor_and_is_a_number_now_has_changed() -> None:
    assert texts(tensors(state(a="1"), state({"a": tensor(1.0)}))) == ["▸ a = 1"]
    assert texts(tensors(state({"a": tensor(1.0)}), state(a="1")))[0][0] == "▸"


def test_what_is_gone_is_named_once() -> None:
    before = state({"a": tensor(1.0)}, n="1")
    assert texts(tensors(state(), before)) == ["  gone: a, n"]
    assert texts(tensors(state(), state())) == []


def test_what_earlier_steps_have_made_is_one_row_that_can_be_unfolded() -> None:
    names = ("a", "b", "w")
    now = state({name: tensor(1.0) for name in names}, n="2", m="3")
    found = contents(now, now, of_step={"w", "m"})
    folded = tensors_listing(found)
    assert texts(folded) == [
        "  ○ w  (1,)  [1]",
        "  m = 3",
        "  ■ 3 from earlier steps  a, b, n",
    ]
    assert folded.keys[-1] == EARLIER
    unfolded = tensors_listing(found, unfolded=True)
    assert texts(unfolded)[2:] == [
        "  ■ 3 from earlier steps",
        "  ○ a  (1,)  [1]",
        "  ○ b  (1,)  [1]",
        "  n = 2",
    ]


def test_a_single_thing_of_an_earlier_step_is_not_folded() -> None:
    now = state({"a": tensor(1.0), "w": tensor(1.0)})
    assert len(tensors(now, of_step={"w"}).rows) == 2


def test_what_the_step_names_is_in_view_with_all_that_it_holds() -> None:
    now = state({"net.0.weight": tensor(1.0), "net.0.bias": tensor(1.0), "x": tensor(1.0)}, n="1")
    assert texts(tensors(now, of_step={"net"}))[-1] == "  ■ 2 from earlier steps  x, n"


def test_names_of_one_tensor_are_one_row() -> None:
    now = state({"a": tensor(1.0), "b": tensor(1.0), "g": tensor(2.0)})
    identity = Identity(same={"b": "a", "g": "a.grad"})
    assert texts(tensors(now, identity=identity)) == [
        "  ○ a is b       (1,)  [1]",
        "  ○ g is a.grad  (1,)  [2]",
    ]
    fresh = texts(tensors(now, state({"a": tensor(1.0), "g": tensor(2.0)}), identity=identity))
    assert fresh[0][0] == "▸"  # the second name is new


def test_shared_memory_is_said_on_the_row_or_below_what_is_open() -> None:
    now = state({"a": tensor(1.0)})
    identity = Identity(sharing={"a": "w"})
    assert texts(tensors(now, identity=identity)) == ["  ○ a  (1,)  [1]  shares its memory with w"]
    assert texts(tensors(now, identity=identity, width=30)) == ["  ○ a  (1,)  [1]"]
    assert texts(tensors(now, identity=identity, width=30, watch=["a"])) == [
        "  ○ a  (1,)  [1]",
        "    shares its memory with w",
        "    no grad",
    ]


def test_scalars_that_are_followed_carry_a_sparkline() -> None:
    courses = {"loss": [4.0, 3.0, 2.0, 1.0], "turn": [1.0, 2.0, 3.0]}
    now = state({"loss": tensor(1.0, shape=())}, turn="3")
    listing = tensors(now, followed_of=lambda name: courses.get(name, ()))
    assert texts(listing) == ["  ○ loss  ()  1  █▆▃▁", "  turn = 3  ▁▅█"]


def test_nan_and_inf_stand_before_the_numbers() -> None:
    nan, inf = math.nan, math.inf
    now = state({"a": tensor(1.0, nan), "b": tensor(nan, shape=()), "c": tensor(*[inf] * 40)})
    assert texts(tensors(now, width=40)) == [
        "  ○ a  (2,)  ! 1 of 2 nan  [1, nan]",
        "  ○ b  ()  ! nan",
        "  ○ c  (40,)  ! 40 of 40 inf",
    ]


@pytest.mark.parametrize("width", [24, 36, 60, 120])
def test_long_names_keep_both_ends_and_no_row_ends_in_dots(width: int) -> None:
    name = "encoder.layers.11.self_attention.query.weight"
    big = tensor(*map(float, range(100)), shape=(10, 10))
    now = state({name: big}, text="'" + "long " * 40 + "end'")
    rows = texts(tensors(now, width=width))
    assert rows[0].startswith("  ○ enc")
    assert "ight  (10, 10)" in rows[0]
    assert not any(each.endswith("…") for each in rows)
    assert rows[1].endswith("end'")
    assert all(line.width <= width for line in tensors(now, width=width).rows)


LAYERS = [f"encoder.layers[{layer}].{part}" for layer in (0, 1, 10) for part in ("weight", "bias")]
BLOCKS = [f"model.{layer}.weight" for layer in (0, 2, 4)]
QUERIES = [f"attention.{part}.weight" for part in ("query", "key", "value")]


@pytest.mark.parametrize("pane", [tensors, gradients])
@pytest.mark.parametrize("names", [LAYERS, BLOCKS, QUERIES])
@pytest.mark.parametrize("width", [31, 36, 60])
def test_names_that_are_shortened_still_differ(
    pane: Callable[..., Listing], names: list[str], width: int
) -> None:
    """At 36 cells of a pane, as of a terminal of 120, twenty layers had one and the same name."""
    before = {name: tensor(*[0.25] * 256, shape=(16, 16), kind="parameter") for name in names}
    grad = tensor(*[3.2e-06] * 256, shape=(16, 16))
    now = {name: replace(own, grad=grad) for name, own in before.items()}
    listing = pane(state(now), state(before), width=width)
    shown = [
        row.text.split()[1 + row.text.startswith("▸")]
        for row in listing.rows
        if "◆" in row.text or "∇" in row.text
    ]
    assert len(set(shown)) == len(shown) == len(names)
    assert max(line.width for line in listing.rows) <= width


def test_names_matter_more_than_what_a_gradient_was() -> None:
    own = tensor(*[0.25] * 256, shape=(16, 16), kind="parameter")
    grad = tensor(*[3.2e-06] * 256, shape=(16, 16))
    before, now = (
        state({"layers[0].weight": own}),
        state({"layers[0].weight": replace(own, grad=grad)}),
    )
    assert "None → 5.1e-05" in texts(gradients(now, before, width=50))[1]
    assert texts(gradients(now, before, width=39))[1] == "▸ ∇ layers[0].weight  5.1e-05  ████████"


def test_dtype_and_device_are_shown_where_they_are_not_the_usual_ones() -> None:
    assert shape_and_type(tensor(1.0)) == "(1,)"
    unusual = tensor(shape=(0,), dtype="torch.bfloat16", device="cuda:1")
    assert shape_and_type(unusual) == "(0,) bfloat16 cuda:1"
    assert shape_and_type(replace(unusual, shape=None)).startswith("(?) ")


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
    assert texts(gradients(state({"w": parameter(1.0)}))) == ["  ∇ w.grad  None  (1,)"]


def test_before_and_after_of_a_gradient_that_arrived() -> None:
    before = state({"w": parameter(1.0, 2.0)})
    now = state({"w": parameter(3.0, 4.0, grad=tensor(3.0, 4.0))})
    listing = gradients(now, before)
    assert texts(listing) == [
        "                norm            shape  ratio",
        "▸ ∇ w.grad  None → 5  ████████  (2,)       1",
        "    None → [3, 4]",
    ]
    assert listing.rows[1].spans[2][1] == "grad changed"
    assert listing.scroll_to[-1] == 1
    assert listing.keys == [None, "w", None]
    assert texts(gradients(now))[1:] == [
        "  ∇ w.grad     5  ████████  (2,)       1",
        "    [3, 4]",
    ]


def test_the_number_of_a_single_element_has_its_sign() -> None:
    before = state({"w": parameter(1.0, grad=tensor(3.0)), "v": parameter(1.0)})
    now = state({"w": parameter(1.0, grad=tensor(-2.0)), "v": parameter(1.0)})
    rows = texts(gradients(now, before))
    assert rows[0].split() == ["value", "shape", "ratio"]
    assert rows[1].startswith("▸ ∇ w.grad  3 → -2  ████████")
    assert len(rows) == 3


def test_a_gradient_that_was_set_to_none() -> None:
    before = state({"w": parameter(1.0, grad=tensor(3.0))})
    assert texts(gradients(state({"w": parameter(1.0)}), before))[0].startswith(
        "▸ ∇ w.grad  3 → None"
    )


def test_bars_differ_by_a_cell_for_each_power_of_ten() -> None:
    sizes = (50.0, 6.0, 0.5, 0.06, 1e-30)
    now = state({f"w{n}": parameter(1.0, grad=tensor(size)) for n, size in enumerate(sizes)})
    bars = [row.count("█") for row in texts(gradients(now))[1:]]
    assert bars == [BAR_CELLS, BAR_CELLS, BAR_CELLS - 2, BAR_CELLS - 2, 1]


def test_ratio_and_last_update_stand_behind_the_bar() -> None:
    now = state({"w": parameter(3.0, 4.0, grad=tensor(0.6, 0.8))})
    (heading, row, *_) = texts(gradients(now, update_of=lambda _: 0.25))
    assert heading.split() == ["norm", "shape", "ratio", "update"]
    assert row.split() == ["∇", "w.grad", "1", "████████", "(2,)", "0.2", "0.25"]


@pytest.mark.parametrize(
    ("width", "columns"),
    [(90, 5), (44, 4), (37, 3), (29, 2), (19, 1)],
)
def test_columns_are_left_out_whole_the_least_important_first(width: int, columns: int) -> None:
    grad = tensor(*[0.5] * 12, shape=(3, 4))
    own = tensor(*[0.25] * 12, shape=(3, 4), kind="parameter", requires_grad=True, grad=grad)
    now = state({"w": own, **{f"b{n}": parameter(1.0) for n in range(4)}})
    row = texts(gradients(now, width=width, update_of=lambda _: 0.125))[1]
    assert (
        row.split()[2:]
        == ["1.7321", "████████", "(3,", "4)", "2", "0.125"][: columns + (columns > 2)]
    )


def test_none_zero_and_nan_stand_out_and_have_no_bar() -> None:
    grads: dict[str, Tensor | None] = {
        "none": None,
        "zero": tensor(0.0, 0.0),
        "nan": tensor(1.0, math.nan),
        "fine": tensor(1.0, 1.0),
    }
    now = state({name: parameter(1.0, 1.0, grad=grad) for name, grad in grads.items()})
    listing = gradients(now)
    rows = texts(listing)[1:]
    assert ["█" in row for row in rows] == [False, False, False, True]
    assert [row.split()[2] for row in rows] == ["None", "0", "!", "1.4142"]
    found = gradient_rows(now, now)
    assert [each.grad.name for each in found if each.is_odd] == ["none", "zero", "nan"]
    styles = [{style for text, style in line.spans if text.strip()} for line in listing.rows[1:]]
    assert ["failure strong" in each or "strong" in each for each in styles] == [True] * 3 + [False]


def test_sorted_by_size_nan_comes_first_and_none_last() -> None:
    grads = {"none": None, "zero": tensor(0.0), "nan": tensor(math.nan), "large": tensor(9.0)}
    now = state({name: parameter(1.0, grad=grad) for name, grad in grads.items()})
    order = [each.grad.name for each in by_size(gradient_rows(now, now))]
    assert order == ["nan", "large", "zero", "none"]


def test_gradients_of_several_lines_stand_below_what_is_watched() -> None:
    square = tensor(*map(float, range(16)), shape=(4, 4))
    own = tensor(*[1.0] * 16, shape=(4, 4), requires_grad=True, grad=square)
    listing = gradients(state({"w": own}), watch=["w"], width=40)
    assert texts(listing)[2:] == [
        "    [[ 0.,  1.,  2.,  3.],",
        "     [ 4.,  5.,  6.,  7.],",
        "     [ 8.,  9., 10., 11.],",
        "     [12., 13., 14., 15.]]",
    ]


def test_a_new_leaf_is_no_change_of_its_gradient() -> None:
    assert texts(gradients(state({"w": parameter(1.0)}), state()))[0][0] == " "


def test_where_nothing_can_receive_a_gradient_that_is_said() -> None:
    assert "No tensor" in " ".join(texts(gradients(state({"x": tensor(1.0)}))))
    assert all(line.width <= 12 for line in gradients(state(), width=12).rows)


def test_a_large_gradient_has_its_norm() -> None:
    (_, row, *_) = texts(gradients(state({"w": parameter(1.0, grad=LARGE)})))
    assert row.startswith("  ∇ w.grad   3.5  ████████")


def test_watched_gradients_come_first() -> None:
    now = state({"a": parameter(1.0), "b": parameter(1.0)})
    assert gradients(now, watch=["b"]).keys == ["b", "a"]


# Both


@pytest.mark.parametrize("pane", [tensors, gradients])
def test_nothing_can_steer_the_terminal(pane: Callable[..., Listing]) -> None:
    evil = tensor(
        1.0, device=EVIL, dtype=EVIL, grad_fn_name=EVIL, grad_fn=1, shown=EVIL, requires_grad=True
    )
    before = state({f"gone{EVIL}": evil}, **{f"v{EVIL}": EVIL})
    now = state({EVIL: replace(evil, grad=evil)}, n=EVIL)
    shown: Sequence[str] = [line.text for line in pane(now, before).rows]
    assert all(text.isprintable() for text in shown)
    assert "␛]0;x␇\\u202e" in "".join(shown)


@pytest.mark.parametrize("pane", [tensors, gradients])
def test_markup_is_shown_as_it_is(pane: Callable[..., Listing]) -> None:
    marked = parameter(1.0, grad=tensor(1.0, raw=None, shown="[bold]x[/]"))
    now = state({'p["[red]"]': replace(marked, raw=None, shown="[bold]x[/]")}, s="[/]")
    shown = "\n".join(line.text for line in pane(now).rows)
    assert 'p["[red]"]' in shown
    assert "[bold]x[/]" in shown
