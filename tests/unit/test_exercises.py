"""Exercises without a screen: what is said, what helps next, which runs there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from exercises import EXERCISE, SOLUTION, STARTER, failing, judged, lesson
from made import node, snapshot, tensor
from played_kernel import PlayedKernel
from recordings import W, recorded

from autograd_tutor.analysis.goal_graph import GoalGraph, goal_graph, is_reached
from autograd_tutor.client import KernelEvent
from autograd_tutor.course.model import Lesson
from autograd_tutor.playing import exercises
from autograd_tutor.playing.edits import Edit
from autograd_tutor.playing.exercise_work import ExerciseWork
from autograd_tutor.playing.exercises import Standing, next_help, standing, task_text
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.pieces import joined, pieces_of, shuffled
from autograd_tutor.progress import Progress
from autograd_tutor.recording.questions import Verdict
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.wire import SnapshotRecord
from autograd_tutor.render.beside import beside_listing
from autograd_tutor.render.verdict import verdict_rows


class Kernel(PlayedKernel):
    """One whose reports are taken in when the test says so."""

    reported: list[KernelEvent]

    def report(self, *events: KernelEvent) -> None:
        self.__dict__.setdefault("reported", []).extend(events)
        super().report(*events)


def run_of(made: Lesson, kernel: Kernel, step: int = 0, *edits: Edit) -> LessonRun:
    """A run that has taken in all that its kernel answers at once."""
    run = LessonRun(made, kernel, step, edits)
    take_all(run, kernel)
    return run


def take_all(run: LessonRun, kernel: Kernel) -> None:
    while kernel.reported:
        run.take(kernel.reported.pop(0))


def stands(code: str, kernel: Kernel | None = None, **fields: Any) -> Standing:
    """Where one stands with this code."""
    made = lesson(**fields)
    edit = Edit(made.steps[0], code, made.steps)
    found = standing(run_of(made, kernel or Kernel(judged()), 0, edit))
    assert found is not None
    return found


# What is said


def test_what_is_said_of_a_verdict() -> None:
    assert stands(STARTER).text == exercises.NEW
    assert stands(SOLUTION) == Standing("solved", exercises.SOLVED)
    assert stands("c = 0") == Standing("not yet", "Not yet: c is 0, and should be 3.")
    assert stands("c = a * b") == Standing("not yet", "Not yet: That is the product.")


def test_a_starter_is_no_failure_even_where_it_raises() -> None:
    assert stands(STARTER, Kernel(failing)).kind == "new"
    assert stands("c", Kernel(failing)) == Standing("raised")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(False, "no", problem="check 2 hangs"), "Not yet: no. "),
        (Verdict(False, problem="check 2 hangs"), ""),
        (Verdict(False, "Is it?", problem="check 2 hangs!"), "Not yet: Is it? "),
    ],
)
def test_a_problem_of_the_lesson_is_its_own(verdict: Verdict, words: str) -> None:
    found = stands("c", Kernel(judged(lambda _: verdict)))
    assert found.text.startswith(f"{words}{exercises.ITS_OWN_FAULT}check 2 hangs")
    assert found.text[-1] in ".!"


def test_a_run_without_a_verdict_says_so() -> None:
    assert stands("c", Kernel(judged(lambda _: None))) == Standing("ended", exercises.NO_VERDICT)
    made, kernel = lesson(), Kernel(lambda _: [])
    run = run_of(made, kernel, 0, Edit(made.steps[0], "c", made.steps))
    assert standing(run) == Standing("running", exercises.RUNNING)
    kernel.end("exit", 3)
    take_all(run, kernel)
    assert standing(run) == Standing("ended", exercises.NOT_JUDGED)


FORBID = (("data", "It is not recorded."), ("torch.no_grad", "Nor is this."))


@pytest.mark.parametrize(
    "code", ["w.data = 1", "x = getattr(w, 'data')", "from torch import no_grad"]
)
def test_forbidden_code_is_not_run(code: str) -> None:
    kernel = Kernel(judged())
    found = stands(code, kernel, forbid=FORBID)
    assert found.kind == "not yet"
    assert found.text.startswith("Not run: line 1 uses `")
    assert not kernel.requests


@pytest.mark.parametrize("code", ["x = 'data'", "(", "database = 1"])
def test_other_code_is_run(code: str) -> None:
    kernel = Kernel(judged())
    stands(code, kernel, forbid=FORBID)
    assert [each.code for each in kernel.requests] == [code]


def test_a_starter_may_hold_the_name_that_is_to_go() -> None:
    kernel = Kernel(judged())
    run = run_of(lesson(code="w.data = 1", forbid=FORBID), kernel)
    assert len(kernel.requests) == 1
    assert not run.refused


# What runs


def two(**fields: Any) -> Lesson:
    """A lesson with two exercises."""
    made = lesson(2, **fields)
    other = replace(made.steps[1], id="exercise-2", code="z = 1\n")
    return replace(made, steps=(*made.steps, other))


def test_of_two_exercises_only_the_open_one_runs_each_in_a_run_of_its_own() -> None:
    made, kernel = two(), Kernel(judged())
    run = run_of(made, kernel, 1)
    assert [each.step for each in kernel.requests] == [0, 1]
    run.go(2)
    take_all(run, kernel)
    assert [(each.run, each.step) for each in kernel.requests[2:]] == [(2, 0), (2, 2)]
    assert run.trace.done
    run.go(0)
    run.go(2)
    assert kernel.run == 2, "it is there already"
    run.go(1)
    take_all(run, kernel)
    assert kernel.run == 3
    assert run.trace.done


def test_an_exercise_that_is_refused_or_fails_does_not_hold_up_the_next() -> None:
    made = two(forbid=FORBID)
    kernel = Kernel(judged())
    run = run_of(made, kernel, 1, Edit(made.steps[1], "w.data", made.steps))
    assert run.refused
    assert run.problem is not None
    run.go(2)
    take_all(run, kernel)
    assert run.problem is None
    assert run.trace.done


def test_what_an_exercise_begins_with_is_what_the_last_step_that_ran_has_left() -> None:
    def answer(request: Any) -> Any:
        tensors = {"w": W} if request.step == 0 else {}
        step = request.step
        moments = [snapshot(0, step=step, next_line=1), snapshot(1, step=step, tensors=tensors)]
        return recorded(moments)

    run = run_of(two(), Kernel(answer), 2)
    assert run.trace.state(0).tensors == {"w": W}


# What helps


def test_help_comes_in_its_order() -> None:
    with_pieces = replace(EXERCISE, pieces=True)
    assert [next_help(with_pieces, n, False) for n in range(3)] == ["hint", "hint", "pieces"]
    assert next_help(EXERCISE, 2, False) == "solution"
    assert next_help(EXERCISE, 0, True) == "solution"


def test_the_text_says_hints_one_by_one_and_the_solution_only_when_it_is_found() -> None:
    step = lesson(hints=("One.\n\nTwo.", "Three.")).steps[0]
    assert task_text(step, 0, False) == "Let c be a + b."
    one = task_text(step, 1, False)
    assert one.endswith("> **Hint.** One.\n> \n> Two.")
    assert task_text(step, 2, False).startswith(one)
    assert "c = a + b" not in task_text(step, 2, False)
    assert "    c = a + b\n" in task_text(step, 2, True)


def test_work_is_kept_and_reset_with_one_step_back(tmp_path: Path) -> None:
    progress, step = Progress(tmp_path / "p.sqlite"), lesson().steps[0]
    try:
        work = ExerciseWork(progress, "made", step)
        assert work.code == STARTER
        assert work.reset() is None
        assert work.keep("mine")
        assert ExerciseWork(progress, "made", step).code == "mine"
        assert work.reset() == STARTER
        assert ExerciseWork(progress, "made", step).code == STARTER
        assert work.reset() == "mine"
        assert work.code == "mine"
        assert not work.keep("x" * 10**6), "too long"
        assert work.code == "x" * 10**6, "but not lost as long as the program runs"
        assert work.keep("")
        assert not work.code.strip(), "all of it was deleted"
        work.judged(Verdict(False, "no", mistake="times"))
        work.judged(None)
        assert [each.mistake for each in progress.exercise("made", "exercise").tries] == [
            "times",
            "",
        ]
        assert not work.settled
        work.show_solution()
        assert (work.state, work.settled, work.solved) == ("shown", True, False)
        work.judged(Verdict(True))
        assert work.solved
    finally:
        progress.close()


# Lines in another order


@pytest.mark.parametrize(
    ("solution", "pieces"),
    [
        ("a = 1\n\nif a:\n    b = 2\n", ("a = 1", "if a:", "    b = 2")),
        ("a = (1,\n     2)\nb = 3", ("a = (1,\n     2)", "b = 3")),
        ('# why\na = """x\ny"""\n# end\n', ('# why\na = """x\ny"""\n# end',)),
        ("for _ in x: y()\nfor _ in x: y()\n", ("for _ in x: y()",) * 2),
    ],
)
def test_a_statement_is_one_piece_and_keeps_its_indentation(
    solution: str, pieces: tuple[str, ...]
) -> None:
    assert pieces_of(solution) == pieces
    assert pieces_of(joined(pieces)) == pieces


def test_pieces_are_never_in_their_own_order_and_always_in_the_same() -> None:
    for pieces in permutations(("a", "b", "b")):
        for seed in ("x/exercise", "y/exercise", "y/exercise-2"):
            order = shuffled(pieces, seed)
            assert order != pieces
            assert sorted(order) == sorted(pieces)
            assert order == shuffled(pieces, seed)
    assert shuffled(("a", "a"), "x") == ("a", "a")
    assert len({shuffled(("a", "b", "c", "d"), f"{n}") for n in range(20)}) > 5


# The goal

Graph = dict[int, tuple[str, tuple[int | None, ...]]]
DIAMOND: Graph = {1: ("Add", (2, 3)), 2: ("Mul", (4,)), 3: ("Exp", (4,)), 4: ("Leaf", ())}


def trace_of(graph: Graph, root: int = 1) -> Trace:
    made = tensor(1.0, grad_fn=root, kind="intermediate", requires_grad=True, is_leaf=False)
    nodes = tuple(node(n, name, *after, variable=f"v{n}") for n, (name, after) in graph.items())
    trace = Trace(0, "y = …")
    for record in recorded([snapshot(0), snapshot(1, tensors={"y": made}, nodes=nodes)]):
        if isinstance(record, SnapshotRecord):
            trace.add(record.snapshot)
    return trace


def goal() -> GoalGraph:
    found = goal_graph(trace_of(DIAMOND), "y")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("graph", "same"),
    [
        (DIAMOND, True),
        (
            {
                n + 10: (name, tuple(a + 10 for a in after if a))
                for n, (name, after) in DIAMOND.items()
            },
            True,
        ),
        ({**DIAMOND, 1: ("Add", (3, 2))}, False),
        ({**DIAMOND, 3: ("Sin", (4,))}, False),
        ({**DIAMOND, 3: ("Exp", (5,)), 5: ("Leaf", ())}, False),
        ({**DIAMOND, 3: ("Exp", (None,))}, False),
        ({**DIAMOND, 1: ("Add", (2, 2))}, False),
        ({1: ("Add", (2,)), **{n: DIAMOND[n] for n in (2, 4)}}, False),
    ],
)
def test_graphs_are_the_same_where_operations_lead_to_each_other_alike(
    graph: Graph, same: bool
) -> None:
    trace = trace_of(graph, min(graph))
    assert is_reached(trace, 1, goal()) is same
    assert not is_reached(trace, 0, goal()), "there is no tensor of this name yet"


def test_a_goal_does_not_say_what_its_code_calls_things() -> None:
    assert {each.variable for each in goal().nodes.values()} == {None}
    assert goal().names == {1: "y"}
    assert goal_graph(trace_of(DIAMOND), "z") is None


# Code beside each other


def test_long_lines_go_on_below_their_own_indentation() -> None:
    code = "class A:\n        self.scale = torch.nn.Parameter(torch.ones(1))\n"
    rows = [line.text for line in beside_listing(code, code, "Good.", 80).rows]
    begins = [text[:39].rstrip() for text in rows]
    assert begins[2:6] == [
        "  class A:",
        "          self.scale =",
        "            torch.nn.Parameter(torch.on",
        "            es(1))",
    ]
    assert [text[41:].rstrip() for text in rows][2:6] == begins[2:6]
    assert rows[-1] == "Good."


def test_lines_that_differ_stand_beside_each_other_and_stand_out() -> None:
    rows = [
        line.text for line in beside_listing("a = 1\nb = 2\n", "a = 1\nb = 3\nc = 4\n", "", 80).rows
    ]
    assert [" ".join(text.split()) for text in rows[2:]] == [
        "a = 1 a = 1",
        "▸ b = 2 ▸ b = 3",
        "▸ c = 4",
    ]
    narrow = [line.text for line in beside_listing("a = 1\n", "b = 2\n", "", 30).rows]
    assert narrow == ["Your code", "", "▸ a = 1", "", "A solution", "", "▸ b = 2"]


def test_a_verdict_is_calm_whole_and_has_its_code_apart() -> None:
    rows = verdict_rows("Not yet: `w.grad` is " + "word " * 60, False, 80, 4)
    assert len(rows) == 4
    assert rows[-1].text.endswith("…")
    assert ("w.grad", "string") in rows[0].spans
    assert {line.base for line in rows} == {"bar"}
    assert "failure" not in {style for line in rows for _, style in line.spans}
    assert verdict_rows("a ` alone", False, 80, 4)[0].text == " a ` alone"
    assert "\x1b" not in verdict_rows("\x1b[2J", False, 80, 4)[0].text
