"""The graph pane: rows that are chosen, lanes and trees, folded blocks, a node's own view."""

from __future__ import annotations

import passes
import pytest
from recordings import chain
from sitting import READY, PlayedKernel, Sitting, sitting, snippet
from test_ui_passes import enter, lesson
from textual import events
from textual.binding import Binding

from autograd_tutor.ui import keys

OPERATIONS = 2 * passes.LAYERS


def chosen(sat: Sitting) -> str:
    """The text of the row that differs from the others by what is behind it; nothing if none is."""
    x, y, _, height = sat._region("graph")
    inside = range(y + 1, y + height - 1)
    buffer = sat.app.terminal.buffer
    behind = [buffer[at][x + 2].bg for at in inside]
    usual = buffer[y][x].bg
    rows = [at for at, colour in zip(inside, behind, strict=True) if colour != usual]
    return sat.pane("graph")[rows[0] - y - 1].strip() if len(rows) == 1 else ""


async def at_the_graph(sat: Sitting) -> None:
    """To the line that made the pass, with the focus on the graph."""
    await sat.press(*["right"] * 4, "4")
    await sat.until("line 4/5")
    await sat.until(lambda: chosen(sat).startswith("● loss"))


# Rows


async def test_j_and_k_choose_rows() -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        for key, row in (("j", "●─╮ AddBackward0"), ("down", "● │ MulBackward0"), ("k", "●─╮ Add")):
            await sat.press(key)
            await sat.until(lambda row=row: chosen(sat).startswith(row))
        await sat.press("up")
        await sat.until(lambda: chosen(sat).startswith("● loss"))


async def test_no_row_is_chosen_where_the_focus_is_elsewhere() -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.press("2")
        await sat.until(lambda: chosen(sat) == "")


async def test_inside_of_a_pass_the_node_that_has_run_is_chosen() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("right", "right", "right", "4", "enter")
        await sat.until(lambda: "Node · MulBackward0" in sat.frame("graph"))
        assert sat.pane("graph")[0] == "● h  MulBackward0"


async def test_another_size_leaves_the_chosen_row_chosen() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("4", "j", "j")
        await sat.resize(110, 34)
        await sat.until(lambda: chosen(sat).startswith("·           ● │ MulBackward0"))
        await sat.press("enter")
        await sat.until(lambda: sat.pane("graph")[0] == "● MulBackward0")


async def test_a_step_on_chooses_the_node_that_has_run() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("4", "j", "j", "right", "enter")
        await sat.until(lambda: "Node · AddBackward0" in sat.frame("graph"))


async def test_a_click_chooses_the_pane_and_the_row() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.pilot.click("#graph", offset=(10, 5))
        await sat.until(lambda: sat.focused == "graph")
        await sat.until(lambda: " Enter node" in sat.keys)
        await sat.until(lambda: chosen(sat).startswith("·           ◆───╯ w"))
        await sat.pilot.click("#graph", offset=(10, 12))
        await sat.rest()
        assert chosen(sat).startswith("·           ◆───╯ w")


async def test_pages_of_a_long_graph() -> None:
    kernel = PlayedKernel(lambda _: chain(300))
    async with sitting(snippet("y = deep(w)"), kernel=kernel) as sat:
        await sat.press("right", "4")
        await sat.until("of 300")
        page = len(sat.pane("graph"))
        await sat.press("pagedown", "pagedown")
        await sat.until(f"{page}–{2 * page - 1} of 300")
        await sat.press("pageup", "pageup")
        await sat.until(f"1–{page} of 300")
        await sat.until(lambda: chosen(sat).startswith("▸ ● y"))


async def test_a_wide_graph_can_be_scrolled_sideways() -> None:
    async with lesson(size=(100, 30)) as sat:
        await enter(sat)
        await sat.press("4")
        await sat.until(lambda: sat.pane("graph")[3].endswith("…"))
        while not sat.pane("graph")[3].endswith("h  MulBackward0"):
            before = sat.pane("graph")
            await sat.press(">")
            await sat.until(lambda before=before: sat.pane("graph") != before)
        assert sat.pane("graph")[3].startswith("…")
        await sat.press("<", "<", "<")
        await sat.until(lambda: sat.pane("graph")[0].startswith("▶"))


# Lanes and trees


async def test_t_draws_a_tree_and_lanes_again() -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.until(lambda: " t tree" in sat.keys)
        await sat.press("t")
        await sat.until(lambda: "↑ shown above" in "".join(sat.pane("graph")))
        await sat.until(lambda: " t lanes" in sat.keys)
        await sat.press("t")
        await sat.until(lambda: "shown above" not in "".join(sat.pane("graph")))
        assert sat.pane("graph")[1] == "  ●─╮ AddBackward0  (2,)"


@pytest.mark.parametrize("down", [1, 3, 4])
async def test_t_keeps_the_chosen_node_in_view(down: int) -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.press(*["j"] * down, "enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))
        heading = sat.pane("graph")[0]
        await sat.press("enter", "t", "enter")
        await sat.until(lambda: sat.pane("graph")[0] == heading)
        await sat.press("enter", "t", "enter")
        await sat.until(lambda: sat.pane("graph")[0] == heading)


async def test_a_tree_walks_along_with_a_pass() -> None:
    async with lesson() as sat:
        await sat.press("t")
        await enter(sat)
        await sat.press("right", "right", "right")
        await sat.until(lambda: " h  MulBackward0" in _current(sat))
        assert sum(row.startswith("✓") for row in sat.pane("graph")) == 3


def _current(sat: Sitting) -> str:
    """The row of the node that has run, where there is one such row."""
    rows = [row for row in sat.pane("graph") if row.startswith("▶")]
    return rows[0] if len(rows) == 1 else ""


# Folded blocks


async def at_the_blocks(sat: Sitting) -> None:
    await sat.press("end", "4")
    await sat.until(f"of {OPERATIONS + 1}")


async def test_f_folds_all_blocks_where_the_focus_is_elsewhere() -> None:
    async with lesson(passes.DEEP_CODE, passes.deep, (120, 29)) as sat:
        await sat.press("end", "f")
        await sat.until(f"×{passes.LAYERS}")
        assert [row.split()[0] for row in sat.pane("graph")[:2]] == ["■", "◆"]
        await sat.press("f")
        await sat.gone(f"×{passes.LAYERS}")


async def test_f_folds_the_chosen_block_and_enter_unfolds_it() -> None:
    async with lesson(passes.DEEP_CODE, passes.deep, (120, 29)) as sat:
        await at_the_blocks(sat)
        await sat.press("j", "j")
        await sat.until(lambda: " f fold" in sat.keys)
        await sat.press("f")
        await sat.until(lambda: chosen(sat).startswith("■"))
        await sat.until(lambda: " Enter unfold" in sat.keys)
        assert " f " not in sat.keys
        await sat.press("enter")
        await sat.until(lambda: chosen(sat).startswith("● y"))
        await sat.press("f", "f")
        await sat.until(f"of {OPERATIONS + 1}")


async def test_a_node_that_is_no_part_of_a_block_stays_chosen_when_all_are_folded() -> None:
    async with lesson(passes.DEEP_CODE, passes.deep, (120, 29)) as sat:
        await at_the_blocks(sat)
        await sat.press(*["pagedown"] * 3)
        await sat.until(lambda: chosen(sat).startswith("◆ w"))
        await sat.press("f")
        await sat.until(f"×{passes.LAYERS}")
        await sat.until(lambda: chosen(sat).startswith("◆ w"))
        await sat.press("f")
        await sat.until(lambda: chosen(sat).startswith("◆ w") and "■" not in sat.text)


async def test_a_folded_block_shows_how_far_the_pass_is_in_it() -> None:
    async with lesson(passes.DEEP_CODE, passes.deep, (120, 29)) as sat:
        await sat.press("f", "end", "f", "i")
        await sat.until(f"▶ 1 of {OPERATIONS} ")
        await sat.press("right", "right")
        await sat.until(f"▶ 3 of {OPERATIONS} ")
        await sat.press("end")
        await sat.until(f"✓ {OPERATIONS} of {OPERATIONS} ")


async def test_the_node_that_has_run_stays_in_view_when_blocks_are_unfolded() -> None:
    async with lesson(passes.DEEP_CODE, passes.deep, (120, 29)) as sat:
        await sat.press("end", "f", "i", "end", "left")
        await sat.until(f"▶ {OPERATIONS} of {OPERATIONS} ")
        await sat.press("f")
        await sat.until(lambda: "MulBackward0" in _current(sat))


# A node's own view


async def test_enter_opens_all_about_a_node() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("right", "right", "right", "4")
        await sat.until(lambda: " Enter node" in sat.keys)
        await sat.press("enter")
        await sat.until(lambda: "Node · MulBackward0" in sat.frame("graph"))
        shown = sat.pane("graph")
        assert shown[:2] == ["● h  MulBackward0", "made by line 2: h = w * w"]
        assert "saved in the forward pass" in shown
        assert "in backward 1" in shown
        await sat.until(lambda: " Enter graph" in sat.keys)


@pytest.mark.parametrize("key", ["enter", "q", "escape"])
async def test_a_nodes_view_is_closed_and_the_node_is_still_chosen(key: str) -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.press("j", "j", "j", "enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))
        await sat.press(key)
        await sat.until(lambda: "Graph of loss" in sat.frame("graph"))
        await sat.until(lambda: chosen(sat).startswith("●─┴─╮ h"))
        assert sat.headline.strip().startswith("autograd-tutor")


async def test_the_view_of_the_node_that_has_run_follows_the_pass() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("4", "enter")
        for name in ("SumBackward0", "AddBackward0", "MulBackward0"):
            await sat.until(lambda name=name: f"Node · {name}" in sat.frame("graph"))
            await sat.press("right")
        await sat.until(lambda: sat.pane("graph")[0] == "● h  MulBackward0")
        await sat.press("left")
        await sat.until(lambda: sat.pane("graph")[0] == "● MulBackward0")


async def test_the_view_of_another_node_stays_and_shows_what_it_waits_for() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("4", "j", "j", "j", "enter")
        await sat.until("AddBackward0 has not run yet")
        await sat.press("right")
        await sat.until("from AddBackward0  [1, 1]")
        assert "MulBackward0 has not run yet" in sat.text
        await sat.press("right", "right")
        await sat.until(lambda: "in backward 1" in sat.pane("graph"))
        assert sat.pane("graph")[0] == "● h  MulBackward0"


async def test_a_long_view_of_a_node_scrolls() -> None:
    async with lesson(size=(100, 28)) as sat:
        await enter(sat)
        await sat.press("right", "right", "right", "4", "enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))
        seen = sat.pane("graph")[0]
        await sat.press("j", "pagedown")
        await sat.until(lambda: sat.pane("graph")[0] != seen)
        await sat.press("pageup", "k")
        await sat.until(lambda: sat.pane("graph")[0] == seen)


async def test_in_a_nodes_view_f_says_that_it_is_one_node() -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.press("enter", "f")
        await sat.until("This is one node. Enter goes back to the graph.")


async def test_t_in_a_nodes_view_draws_the_tree_and_chooses_the_node() -> None:
    async with lesson() as sat:
        await at_the_graph(sat)
        await sat.press("j", "j", "j", "enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))
        await sat.press("t")
        await sat.until(lambda: "↑ shown above" in "".join(sat.pane("graph")))
        await sat.until(lambda: "● h" in chosen(sat))


async def test_another_step_closes_a_nodes_view() -> None:
    async with sitting() as sat:
        await sat.press("end", "4", "enter")
        await sat.until(lambda: "Node · SumBackward0" in sat.frame("graph"))
        await sat.press("N")
        await sat.until("step 2/3")
        await sat.until(lambda: "Node · " not in sat.frame("graph"))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_enter_right_behind_the_key_of_the_pane_is_for_the_pane(
    size: tuple[int, int],
) -> None:
    async with sitting(size=size) as sat:
        await sat.press("end")
        await sat.until("moment 6/6")
        for key in ("4", "enter"):  # as they arrive over a slow line: both before anything is drawn
            event = events.Key(key, key if len(key) == 1 else "\r")
            event.set_sender(sat.app)
            assert sat.app._driver is not None
            sat.app._driver.send_message(event)
        await sat.until(lambda: "Node · SumBackward0" in sat.frame("graph"))
        assert "step 1/3" in sat.headline


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("pane", ["1", "2"])
async def test_enter_where_nothing_can_be_chosen_says_where_it_opens_what(
    pane: str, size: tuple[int, int]
) -> None:
    async with sitting(size=size) as sat:
        await sat.press("end", pane, "enter")
        await sat.until(
            "Enter opens the row chosen in Tensors, Graph or Gradients; N the next step."
        )
        assert "step 1/3 · line 6/6" in sat.headline
        await sat.press("4", "enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))


async def test_only_two_keys_leave_a_step() -> None:
    leaving = ("next_step", "previous_step", "search", "edit", "run_again", "leave")
    async with sitting() as sat:
        await sat.press("N", "end")
        await sat.until("step 2/3 · line 2/2")
        for binding in (*keys.WALK, *keys.PANES, *keys.ROWS, *keys.SCROLL):
            assert isinstance(binding, Binding)
            for key in () if binding.action in leaving else binding.key.split(","):
                await sat.press(key)
                await sat.rest()
                assert "step 2/3" in sat.headline, key


# Where the pane is not on the screen

SMALL = (80, 24)


@pytest.mark.parametrize(("key", "shown"), [("t", "shown above"), ("f", f"×{passes.LAYERS}")])
async def test_keys_of_the_graph_bring_it_into_view(key: str, shown: str) -> None:
    code, answer = (passes.DEEP_CODE, passes.deep) if key == "f" else (passes.TWICE_CODE, None)
    async with lesson(code, answer or passes.twice, SMALL) as sat:
        await sat.press("end")
        await sat.until(lambda: sorted(sat.shown()) == ["code", "explanation"])
        await sat.press(key)
        await sat.until(shown)
        assert sorted(sat.shown()) == ["code", "graph"]
        assert sat.focused == "code"


@pytest.mark.parametrize(("size", "keys"), [(SMALL, "5"), (SMALL, "z"), ((120, 40), "5z")])
async def test_the_graph_takes_the_focus_with_the_place_of_the_pane_that_had_it(
    size: tuple[int, int], keys: str
) -> None:
    async with lesson(size=size) as sat:
        await sat.press("end", *keys)
        await sat.until(lambda: "graph" not in sat.shown())
        await sat.press("t")
        await sat.until("shown above")
        await sat.until(lambda: sat.focused == "graph")


async def test_a_key_of_the_graph_that_does_nothing_says_why_beside_it() -> None:
    async with lesson(size=SMALL) as sat:
        await sat.press("end", "f")
        await sat.until("No block of this graph is long enough")
        assert sat.shown() == ["code", "graph"]


async def test_q_leaves_the_lesson_where_a_nodes_view_is_out_of_sight() -> None:
    async with lesson(size=SMALL) as sat:
        await at_the_graph(sat)
        await sat.press("enter")
        await sat.until(lambda: "Node · " in sat.frame("graph"))
        await sat.press("5")
        await sat.until(lambda: sat.shown() == ["code", "gradients"])
        await sat.press("q")
        await sat.until(lambda: "autograd-tutor  Lessons" in sat.headline)


@pytest.mark.parametrize(("key", "words"), [("t", "to draw yet"), ("f", "to fold yet")])
async def test_while_a_step_is_run_again_its_old_graph_is_gone(key: str, words: str) -> None:
    kernel = PlayedKernel(passes.twice, prompt=False)
    kernel.report(READY)
    async with sitting(snippet(passes.TWICE_CODE), kernel=kernel) as sat:
        kernel.play()
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until(lambda: "Graph of loss" in sat.frame("graph"))
        await sat.press("f5", key)
        await sat.until(f"There is no graph {words}.")
        assert "running …" in sat.headline
        assert "".join(sat.pane("graph")).strip() == "Nothing has been recorded yet."
        kernel.play()
        await sat.until("· start ·")
