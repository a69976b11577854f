"""An exercise on the screen: task, editor, verdict, hints, lines to put in order, a solution."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from exercises import (
    GOAL_SOLUTION,
    GOAL_STARTER,
    SOLUTION,
    STARTER,
    failing,
    graphs,
    judged,
    kernel,
    lesson,
)
from recordings import plain
from sitting import READY, Answer, PlayedKernel, Sitting, sitting
from textual.widgets import TextArea

from autograd_tutor.course import library


def done(sat: Sitting) -> Any:
    """What was noted of the exercise."""
    return sat.progress.exercise(library.progress_key(lesson()), "exercise")


def tries(sat: Sitting) -> list[str]:
    """The mistakes that were recognised, one for each run that was judged."""
    return [each.mistake for each in done(sat).tries]


BOTH = pytest.mark.parametrize("size", [(120, 40), (80, 24)])


async def write(sat: Sitting, code: str, *keys: str) -> None:
    """Write code in the place of what is in the editor, and press keys."""
    await sat.press("e")
    await sat.until("Edit: Add them")
    sat.app.screen.query_one(TextArea).text = code
    await sat.press(*keys)


@BOTH
async def test_a_starter_shows_the_task_and_no_failure(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await sat.until("moment 0/2")
        assert sat.outcome.startswith("Task: not solved yet.")
        assert "c is 0" not in sat.text
        assert "Task" in sat.frame("explanation")
        assert "Let c be a + b." in sat.text
        assert "Code (starter)" in sat.text
        for key in ("e edit", "H hint"):
            assert key in sat.keys


@BOTH
async def test_the_first_check_that_fails_is_said_and_the_run_can_be_walked(
    size: tuple[int, int],
) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await write(sat, "a = 1\nb = 5\n", "f5")
        await sat.until("Not yet: c is 0, and should be 3.")
        await sat.until("moment 2/2")
        assert "✗" not in sat.outcome
        assert "Your code" in sat.text
        await sat.press("left")
        await sat.until("moment 1/2")
        assert sat.outcome == "Not yet: c is 0, and should be 3."


@BOTH
async def test_solved_code_stands_beside_a_solution(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await write(sat, "a = 1\nb = 2\nc = a + b  # mine\n", "f5")
        await sat.until("✓ Solved.")
        await sat.until("The sum is what is left.")
        await sat.press("H")
        await sat.until("Your code")
        await sat.until("c = a + b  # mine")
        assert "The sum is what is left." in sat.text
        row = next(line for line in sat.lines if "a = 1" in line)
        assert row.count("a = 1") == 2
        await sat.press("escape")
        await sat.until("✓ Solved.")
        assert tries(sat) == [""]
        assert done(sat).state == "solved"


@BOTH
async def test_help_comes_one_at_a_time_and_stays_readable(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await sat.until("moment 0/2")
        key = library.progress_key(lesson())
        await sat.press("3", "H")
        await sat.until("Hint. Look at b.")
        assert "What is a + b?" not in sat.text
        await sat.press("f4")
        await sat.until("Hint. What is a + b?")
        await sat.press("k", "k", "k", "k")
        await sat.until("Hint. Look at b.")
        await sat.press("H")
        await sat.until("H again shows a solution")
        assert done(sat).state == ""
        assert sat.progress.finished(key) == frozenset()
        await sat.press("H")
        await sat.until("not solved, looked up")
        assert "c = a + b" in sat.text
        await sat.until(lambda: sat.progress.finished(key) == {"exercise"})
        assert done(sat).hints == 2
        assert done(sat).state == "shown"


async def test_another_key_takes_back_the_wish_to_see_a_solution() -> None:
    async with sitting(lesson(hints=("Look.",)), kernel=kernel()) as sat:
        await sat.until("moment 0/2")
        await sat.press("H", "H")
        await sat.until("H again shows a solution")
        await sat.press("right")
        await sat.press("H")
        await sat.until("H again shows a solution")
        assert done(sat).state == ""


@BOTH
async def test_a_hint_is_given_while_one_edits(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await write(sat, "a = 7\n", "f4")
        await sat.until("Hint. Look at b.")
        assert "a = 7" in sat.text
        await sat.press("ctrl+t", "f4")
        await sat.until("What is a + b?")
        await sat.until("Esc, then H")
        await sat.press("escape")
        await sat.until("Your code is kept, and not run yet")
        await sat.until(lambda: "What is a + b?" in "".join(sat.pane("explanation")))
        await sat.press("f5")
        await sat.until("Not yet: c is 0")
        assert sat.kernel.requests[-1].code == "a = 7\n"


@BOTH
async def test_lines_are_put_in_order_by_keys(size: tuple[int, int]) -> None:
    async with sitting(lesson(hints=(), pieces=True), kernel=kernel(), size=size) as sat:
        await sat.until("moment 0/2")
        await sat.press("H")
        await sat.until("Put the lines in order")
        await sort(sat, SOLUTION)
        await sat.press("enter")
        await sat.until("✓ Solved.")
        assert sat.kernel.requests[-1].code == SOLUTION
        assert done(sat).state == "solved"


async def sort(sat: Sitting, solution: str) -> None:
    """Put the lines of a solution in order, in each of the three ways in turn."""
    ways = [["K"], ["shift+up"], ["alt+up"], ["space", "k", "space"]]
    screen = sat.app.screen
    for at, line in enumerate(solution.splitlines()):
        while screen.order[at] != line:
            to = screen.order.index(line, at)
            while (chosen := screen._chosen) != to:
                await sat.press("j" if chosen < to else "up")
                await sat.until(lambda chosen=chosen: screen._chosen != chosen)
            order = screen.order
            await sat.press(*ways[0])
            await sat.until(lambda order=order: screen.order != order)
            ways.append(ways.pop(0))


async def test_an_order_that_is_left_is_found_again() -> None:
    async with sitting(lesson(hints=(), pieces=True), kernel=kernel()) as sat:
        await sat.until("moment 0/2")
        await sat.press("H")
        await sat.until("Put the lines in order")
        shuffled = sat.app.screen.order
        await sat.press("J")
        await sat.until(lambda: sat.app.screen.order != shuffled)
        order = sat.app.screen.order
        await sat.press("escape")
        await sat.until("moment 0/2")
        assert len(sat.kernel.requests) == 1
        await sat.press("H")
        await sat.until("Put the lines in order")
        assert sat.app.screen.order == order
        await sat.press("H", "H")
        await sat.until("not solved, looked up")


@BOTH
async def test_a_reset_can_be_taken_back(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await write(sat, "a = 1\nb = 5\n", "f5")
        await sat.until("Not yet:")
        await sat.press("R")
        await sat.until("The code is the starter again.")
        await sat.until(lambda: sat.outcome.startswith("Task: not solved yet."))
        assert sat.kernel.requests[-1].code == STARTER
        assert done(sat).code.text == ""
        await sat.press("f2")
        await sat.until("Your code is back.")
        assert sat.kernel.requests[-1].code == "a = 1\nb = 5\n"
        await sat.press("R", "R", "R")
        await sat.until("The code is the starter again.")
        assert tries(sat) == [""]


async def test_code_is_kept_as_it_is_written_and_found_again() -> None:
    made = lesson(2)
    async with sitting(made, kernel=kernel()) as sat:
        await sat.press("N")
        await sat.until("Task: not solved yet.")
        await write(sat, "a = 41\n")
        await sat.until(lambda: done(sat).code.text == "a = 41\n")
        sat.app.show_lesson(made, "exercise")
        await sat.until("a = 41")
        await sat.until("Not yet: c is 0")
        assert sat.kernel.requests[-1].code == "a = 41\n"
        assert tries(sat) == []


async def test_kept_code_that_solves_it_counts_when_it_runs() -> None:
    """It was not run when it was written, or the program ended before its verdict."""
    made = lesson(2)
    async with sitting(made, kernel=kernel()) as sat:
        await sat.press("N")
        await write(sat, SOLUTION, "escape")
        await sat.until(lambda: done(sat).code.text == SOLUTION)
        sat.app.show_lesson(made, "exercise")
        await sat.until("Solved. H shows your code")
        assert done(sat).state == "solved"


async def test_a_run_of_the_starter_is_no_try() -> None:
    waiting = PlayedKernel(judged(), prompt=False)
    async with sitting(lesson(), kernel=waiting) as sat:
        waiting.report(READY)
        waiting.play()
        await write(sat, "a = 41\n", "f5")
        await sat.until(lambda: len(waiting.requests) == 2)
        await sat.press("R")
        await sat.until(lambda: len(waiting.requests) == 3)
        waiting.play()
        await sat.until(lambda: sat.app.screen.run.trace.done)
        assert tries(sat) == []


async def test_code_that_is_being_written_is_kept_when_the_program_ends() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await write(sat, "a = 41\n")
        await sat.end()
        assert done(sat).code.text == "a = 41\n"


FORBID = (("data", "The graph does not see what is done to it."),)


@BOTH
async def test_code_with_a_forbidden_name_is_not_run(size: tuple[int, int]) -> None:
    async with sitting(lesson(forbid=FORBID), kernel=kernel(), size=size) as sat:
        await sat.until("moment 0/2")
        await write(sat, "a = 1\na.data = 3\n", "f5")
        await sat.until("Not run: line 2 uses data. The graph does not see what is done to it.")
        assert [each.code for each in sat.kernel.requests] == [STARTER]
        assert "✗" not in sat.outcome
        await sat.press("f5")
        await sat.rest()
        assert len(sat.kernel.requests) == 1
        assert tries(sat) == []


@BOTH
async def test_the_graph_that_is_to_be_built_is_drawn_beside_the_one_that_is_there(
    size: tuple[int, int],
) -> None:
    made = lesson(code=GOAL_STARTER, solution=GOAL_SOLUTION, goal="y")
    async with sitting(made, kernel=PlayedKernel(graphs), size=size) as sat:
        await sat.until(lambda: len(sat.kernel.requests) == 2)
        await sat.press("4", "end")
        await sat.until("goal: y not the same yet")
        rows = sat.pane("graph")
        assert sum("ExpBackward0" in row for row in rows) == 1
        assert sum("MulBackward0" in row for row in rows) == 2
        is_beside = any("yours" in row and "goal: y" in row for row in rows)
        assert is_beside is (size == (80, 24))
        assert not any("h  Mul" in row.partition("goal")[2] for row in rows)
        assert sat.kernel.killed == [2], "the solution's run, as soon as it has ended"
        await write(sat, "y = (w * 2).exp()\n", "f5")
        await sat.until("✓ Solved.")
        await sat.press("4")
        await sat.until("goal: y ✓ the same")
        assert len(sat.kernel.requests) == 3, "it is drawn once"


async def test_rows_of_the_graph_that_is_there_are_chosen_and_opened() -> None:
    made = lesson(code=GOAL_STARTER, solution=GOAL_SOLUTION, goal="y")
    async with sitting(made, kernel=PlayedKernel(graphs)) as sat:
        await sat.until(lambda: len(sat.kernel.requests) == 2)
        await sat.press("4", "end", "k", "j")
        await sat.until("goal: y not the same yet")
        await sat.until("Enter node")
        await sat.press("enter")
        await sat.until("Enter graph")
        assert "Node · AccumulateGrad" in sat.frame("graph"), "the second row of the graph"


@pytest.mark.parametrize("answer", [plain, failing])
async def test_a_goal_that_its_lesson_does_not_reach_is_said(answer: Answer) -> None:
    made = lesson(code=GOAL_STARTER, solution=GOAL_SOLUTION, goal="y")
    async with sitting(made, kernel=PlayedKernel(answer)) as sat:
        await sat.until("The goal cannot be drawn")


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (60, 12), (240, 60)])
async def test_all_of_it_has_room_on_any_screen(size: tuple[int, int]) -> None:
    made = lesson(code=GOAL_STARTER, solution=GOAL_SOLUTION, goal="y", hints=("One.",), pieces=True)
    async with sitting(made, kernel=PlayedKernel(graphs), size=size) as sat:
        await sat.until(lambda: len(sat.kernel.requests) == 2)
        await sat.press("H", "4", "end", "j", "j", "j", "H", "J", "j", "space", "k", "escape")
        await sat.press("e", "f4", "ctrl+down", "escape", "f5", "R", "H")
        await sat.until(lambda: bool(sat.app.screen.query("#pieces")))
        await sat.press("H", "H")
        await sat.until(lambda: bool(sat.app.screen.query("#solution")))


async def test_a_try_counts_for_the_exercise_that_it_is_of() -> None:
    made = lesson(2)
    other = replace(made.steps[1], id="exercise-2", title="Another")
    made = replace(made, steps=(*made.steps, other))
    waiting = PlayedKernel(judged(), prompt=False)
    async with sitting(made, kernel=waiting) as sat:
        waiting.report(READY)
        waiting.play()
        await sat.press("N")
        await sat.until(lambda: len(waiting.requests) == 2)
        waiting.play()
        await write(sat, "c = a * b\n", "f5")
        await sat.until(lambda: len(waiting.requests) == 3)
        waiting.play()
        await sat.until(lambda: len(waiting.requests) == 4)
        await sat.press("N")
        await sat.until("Another")
        while not sat.app.screen.run.trace.done:
            waiting.play()
            await sat.rest()
        assert sat.progress.exercise(library.progress_key(made), "exercise-2").tries == ()


async def test_code_that_is_too_long_to_be_kept_is_run_and_not_lost() -> None:
    long = f"a = 1  # {'x' * 70_000}\n"
    async with sitting(lesson(), kernel=kernel()) as sat:
        await write(sat, long, "f5")
        await sat.until("too long to be kept")
        await sat.press("f5")
        await sat.until(lambda: len(sat.kernel.requests) == 3)
        assert [each.code for each in sat.kernel.requests[1:]] == [long, long]


async def test_keys_of_an_exercise_say_so_elsewhere() -> None:
    async with sitting(lesson(2), kernel=kernel()) as sat:
        await sat.until("moment 0/1")
        for key in ("H", "R"):
            await sat.press("left", key)
            await sat.until("This step is no exercise")


async def test_a_run_that_ended_does_not_hold_up_the_next_lesson() -> None:
    async with sitting(lesson(), kernel=kernel()) as sat:
        await sat.until("moment 0/2")
        sat.kernel.answer = lambda request: []
        await write(sat, "while True: pass\n", "f5")
        await sat.until(lambda: len(sat.kernel.requests) == 2)
        sat.kernel.end("deadline")
        await sat.until("so it is not judged.")
        assert tries(sat) == [""]


async def test_of_several_exercises_one_is_chosen_from_the_palette() -> None:
    made = lesson(2)
    again = replace(made.steps[-1], id="exercise-2", title="Once more")
    made = replace(made, steps=(*made.steps, again))
    async with sitting(made, kernel=kernel(), size=(120, 40)) as sat:
        await sat.until("step 1/1 ")
        await sat.press("N")
        await sat.until("exercise 1/2 ")
        await write(sat, SOLUTION, "f5")
        await sat.until("Solved.")
        await sat.press("ctrl+p", *"exercise")
        await sat.until(lambda: {"Exercise 1: Add them", "solved"} <= set(words(sat)))
        assert words(sat).count("solved") == 1
        await sat.press("ctrl+u", *"exercise 2")
        await sat.until(lambda: "Exercise 1: Add them" not in words(sat))
        await sat.press("enter")
        await sat.until("exercise 2/2 ")
        assert "Once more" in sat.text


async def test_the_palette_has_exercise_10_after_exercise_9() -> None:
    made = lesson()
    exercises = [replace(made.steps[-1], id=f"e{n}", title=f"No. {n}") for n in range(1, 12)]
    made = replace(made, steps=tuple(exercises))
    async with sitting(made, kernel=kernel(), size=(120, 50)) as sat:
        await sat.until("exercise 1/11 ")
        assert "N next exercise" in sat.keys
        await sat.press("ctrl+p")
        await sat.until("Exercise 11: No. 11")
        shown = [each for each in words(sat) if each.startswith("Exercise ")]
        assert [each.split()[1] for each in shown] == [f"{n}:" for n in range(1, 12)]


@BOTH
async def test_an_empty_line_at_the_end_is_no_difference(size: tuple[int, int]) -> None:
    async with sitting(lesson(), kernel=kernel(), size=size) as sat:
        await write(sat, f"{SOLUTION.rstrip()}\n\n\n", "f5")
        await sat.until("✓ Solved.")
        await sat.press("H")
        await sat.until("Your code")
        assert "▸" not in sat.text


def words(sat: Sitting) -> list[str]:
    """What stands on the rows of the screen."""
    return [line.strip() for line in sat.text.split("\n")]
