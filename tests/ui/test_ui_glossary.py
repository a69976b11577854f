"""`d`: what is in view is explained first, and the thing that is open at once."""

from __future__ import annotations

import passes
import pytest
from recordings import plain
from sitting import Answer, PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.ui.graph_pane import GraphPane
from autograd_tutor.ui.options import Options

TEXT = "A **leaf** has no `grad_fn`. The gradient is added to `x.grad`."


def lesson(size: tuple[int, int] = (120, 40), answer: Answer = passes.twice, **options: object):  # type: ignore[no-untyped-def]
    made = snippet(passes.TWICE_CODE, explain=TEXT)
    return sitting(made, kernel=PlayedKernel(answer), size=size, **options)  # type: ignore[arg-type]


def terms(sat: Sitting) -> list[str]:
    """The terms in the list, and its headings."""
    lines = [line for line in sat.pane("terms") if line]
    return [line[2:].split("  ")[0] if line[:2] in ("  ", "▶ ") else line for line in lines]


def chosen(sat: Sitting) -> str:
    """The term that Enter opens."""
    found = [line for line in sat.pane("terms") if line.startswith("▶ ")]
    return found[0][2:].split("  ")[0] if found else ""


def entry(sat: Sitting) -> str:
    """The term of the entry that is shown."""
    return "".join(sat.pane("entry")[:1])


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_terms_of_the_explanation_come_first(size: tuple[int, int]) -> None:
    async with lesson(size) as sat:
        await sat.until("· start ·")
        await sat.press("d")
        await sat.until("d Glossary")
        expected = ["in view", "leaf", "grad_fn", "gradient", ".grad", "all others"]
        assert terms(sat)[:6] == expected
        assert chosen(sat) == "leaf"
        await sat.press("escape")
        await sat.until("· start ·")


async def test_inside_a_pass_the_node_comes_first_and_what_it_has_kept() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press(*["right"] * 4)
        await sat.until("line 4/5")
        await sat.press("i", "right")
        await sat.until("node 2 of 5")
        node = next(line for line in sat.pane("graph") if "▶" in line)
        await sat.press("d")
        await sat.until("d Glossary")
        assert chosen(sat) in node
        assert "Backward0" in chosen(sat)


async def test_the_chosen_row_comes_first() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until("line 5/5")
        await sat.press("4")
        await sat.until(lambda: sat.focused == "graph")
        for key in ("up", "down", "down"):
            await sat.press(key)
            await sat.rest()
            name = node_of(sat)
            await sat.press("d")
            await sat.until("d Glossary")
            assert chosen(sat) == name
            await sat.press("escape")
            await sat.until("4 Graph")


def node_of(sat: Sitting) -> str:
    """The name of the node in the row that is chosen."""
    pane = sat.app.screen.query_one(GraphPane)
    trace = sat.app.screen.walk.trace  # type: ignore[attr-defined]
    return str(trace.nodes[pane.nodes_in_view[0]].name)


async def test_typing_filters_and_enter_opens_and_escape_goes_back_step_by_step() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("d")
        await sat.until("d Glossary")
        await sat.press(*"vmap")
        await sat.until(lambda: chosen(sat) == "vmap")
        await sat.press("enter")
        await sat.until("see: 1 torch.func.grad")
        await sat.press("1")
        await sat.until(lambda: entry(sat) == "torch.func.grad")
        await sat.press("9")
        await sat.until("There is no 9 here.")
        await sat.press("escape")
        await sat.until(lambda: entry(sat) == "vmap")
        await sat.press("escape")
        await sat.until(lambda: bool(sat.pane("terms")))
        assert chosen(sat) == "vmap"
        await sat.press("escape")
        await sat.until("· start ·")


@pytest.mark.parametrize("term", ["grad_fn", "gradient", "parameter", "leaf"])
async def test_what_is_called_so_comes_before_what_only_speaks_of_it(term: str) -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("d")
        await sat.until("in view")
        await sat.press(*term)
        await sat.until(lambda: chosen(sat) == term)
        assert "in view" not in sat.text


async def test_keys_typed_ahead_reach_the_entry_that_enter_opens() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.type_at_once("d", *"vmap", "enter", "1")
        await sat.until(lambda: entry(sat) == "torch.func.grad")
        await sat.type_at_once("escape", "escape", "escape")
        await sat.until("· start ·")


async def test_arrows_choose_and_nothing_is_opened_where_nothing_is_found() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("d", "down", "down")
        await sat.until(lambda: chosen(sat) == "gradient")
        await sat.press("up", "enter")
        await sat.until(lambda: entry(sat) == "grad_fn")
        await sat.press("escape", *"qqqq")
        await sat.until("Nothing has all of these words.")
        await sat.press("enter")
        await sat.rest()
        assert "Nothing has all of these words." in sat.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_from_a_nodes_own_view_its_entry_is_opened(size: tuple[int, int]) -> None:
    async with lesson(size) as sat:
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until("line 5/5")
        await sat.press("4", "enter")
        await sat.until("4 Node · ")
        name = sat.frame("graph").split("Node · ")[1].split()[0]
        await sat.press("d")
        await sat.until(lambda: entry(sat) == name)
        await sat.press("d")
        await sat.until(lambda: chosen(sat) == name)
        await sat.press("escape")
        await sat.until("4 Node · ")


async def test_from_a_tensors_own_view_the_entry_of_its_kind_is_opened() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until("line 5/5")
        await sat.press("left", "3")
        await sat.until("line 4/5")
        await sat.press("enter")
        await sat.until("3 Tensors · w")
        await sat.press("d")
        await sat.until(lambda: entry(sat) == "parameter")
        await sat.press("q")
        await sat.until("3 Tensors · w")


async def test_an_entry_has_the_lesson_that_explains_it_and_help() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        await sat.press("d", "enter")
        await sat.until("see: ")
        await sat.press("question_mark")
        await sat.until("The entry before, then back")
        await sat.press("escape")
        await sat.until("see: ")


async def test_the_key_is_in_the_bar_and_in_help() -> None:
    async with lesson() as sat:
        await sat.until("· start ·")
        assert " d define " in sat.keys
        await sat.press("question_mark")
        await sat.press(*["pagedown"] * 3)
        await sat.until("The glossary: what a term")


async def test_in_ascii_everything_is_ascii() -> None:
    async with lesson(options=Options(False, True)) as sat:
        await sat.until("start")
        await sat.press("d", *"PowBackward0", "enter")
        await sat.until("self^(exponent - 1)")
        assert sat.text.isascii()


async def test_a_step_without_a_graph_has_its_text_alone() -> None:
    async with sitting(snippet("a = 1\n", explain=TEXT), kernel=PlayedKernel(plain)) as sat:
        await sat.until("start")
        await sat.press("d")
        await sat.until("d Glossary")
        assert terms(sat)[:6][-1] == "all others"
