"""A lesson in lines: what is typed, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from dialogues import CODE, Played, Typed, lesson, lines, secret

from autograd_tutor.client import Broken
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.tasks import Exercise, Kind, Prediction, Requirement
from autograd_tutor.dialogue.commands import COMMANDS
from autograd_tutor.dialogue.console import BadLine
from autograd_tutor.playing.exercises import NO_EXERCISE
from autograd_tutor.recording.questions import Answer, Verdict
from autograd_tutor.recording.wire import Record, StepRequest

AT_LINE = Prediction(
    "What is v2?", "number", "v2", line=2, wrong=(("5", "Five is v5."),), because="It is the third."
)
ANSWER = Answer(0, (str(secret(2)),), float(secret(2)))


def asks(*predictions: Prediction) -> Step:
    return Step("s", "Only", "What is it?", CODE, then="So it is.", predictions=predictions)


def answering(*answers: Answer) -> Callable[[StepRequest], list[Record]]:
    return lambda request: lines(request, answers)


def test_a_step_is_read_and_walked_with_empty_lines(tmp_path: Path) -> None:
    step = Step("s", "First", "Some **words**.\n\nPress `→`.", CODE)
    said = Played(tmp_path, lesson(step), "", "n", "back", "NEXT").play()
    for line in (
        "Lesson: Made up, 1 step.",
        "Step 1 of 1: First",
        "Some words.",
        "Press next.",
        "1: a = 1",
        "Line 1: a = 1",
        f"Set `v1` to {secret(1)}.",
    ):
        assert line in said.splitlines(), line
    assert said.count("Line 1: a = 1") == 2
    assert said.count("Line 2: b = 2") == 2


def test_the_end_of_a_step_says_what_comes_next(tmp_path: Path) -> None:
    made = lesson(Step("s", "First", "", CODE), Step("t", "Second", "", CODE))
    said = Played(tmp_path, made, "end", "N", "end", "N").play()
    assert "End of the step. N opens the next: Second" in said
    assert "Step 2 of 2: Second" in said
    assert "End of the lesson. lessons lists the lessons, quit ends." in said
    assert "This is the last step. lessons lists the lessons, quit ends the program." in said


def test_what_was_seen_is_kept(tmp_path: Path) -> None:
    made = lesson(Step("s", "First", "", CODE), Step("t", "Second", "", CODE))
    played = Played(tmp_path, made, "end", "steps", "N", "n")
    said = played.play()
    assert "1. First, done, you are here" in said
    assert played.progress.finished("made") == {"s"}
    left = played.progress.bookmark("made")
    assert left is not None
    assert (left.step, left.moment.split()[0]) == ("t", "1")


def test_where_the_run_is_not_there_yet_it_says_so_once(tmp_path: Path) -> None:
    played = Played(tmp_path, lesson(), "n", "n", prompt=False)
    said = played.play()
    assert said.count("Running...") == 1
    assert "Line 2: b = 2" in said


def test_an_interrupt_stops_waiting_and_no_more(tmp_path: Path) -> None:
    played = Played(tmp_path, lesson(), "n", "show", prompt=False)

    def interrupt() -> None:
        raise KeyboardInterrupt

    played.reports.on_wait = interrupt
    said = played.play()
    assert "Stopped waiting." in said
    assert said.splitlines()[-1] == "> None"
    assert "1: a = 1" in said.partition("> show")[2]


def test_a_torch_that_is_missing_is_said(tmp_path: Path) -> None:
    played = Played(tmp_path, lesson(), "n", "show", prompt=False)
    played.reports.on_wait = lambda: played.kernel.report(Broken("There is no torch here."))
    said = played.play()
    assert said.count("✗ There is no torch here.") == 2


def test_an_interrupt_at_the_prompt_says_how_to_leave(tmp_path: Path) -> None:
    said = Played(tmp_path, lesson(), KeyboardInterrupt(), "n").play()
    assert "quit ends the program; so does Ctrl-D." in said
    assert "Line 1: a = 1" in said


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("shwo", "There is no command shwo. Did you mean show? ? lists the commands."),
        ("\x1b[A", "There is no command ␛[A. ? lists the commands."),
        ("x" * 1000, f"There is no command {'x' * 40}.... ? lists the commands."),
        ("? shwo", "There is no command shwo; ? lists them."),
        ("?go", "go TEXT (g): goes to a moment."),
        ("open x", "Type open and the number of a step; steps lists them."),
        ("open 7", "There is no such step."),
        ("seed -1", "Type seed and a number. The seed is 0."),
        ("seed 99999999999999999999999", "Type seed and a number. The seed is 0."),
        ("skip", "Nothing is asked at the moment."),
        ("answer 3", "Nothing is asked at the moment."),
        ("unsure", "Nothing is asked at the moment."),
        ("question", "Nothing is asked at the moment."),
        ("hint", NO_EXERCISE),
        ("pieces", NO_EXERCISE),
        ("solution", NO_EXERCISE),
        ("verdict", NO_EXERCISE),
        ("reset", "The code is the lesson's own."),
        ("write", "Only the steps of a script can be written into its file."),
        ("tensor", "Name it: tensor w. 3 lists the names."),
        ("t nothing", "nothing does not exist at this moment."),
        ("out", "The current line is in no function, and in no backward pass."),
        ("b", "This step makes no backward pass."),
        ("g line 9", "There is no line 9: the code has lines 1 to 3."),
        ("output", "The step has printed nothing so far."),
        ("graph", "No operation has been recorded yet."),
        ("gradients", "No tensor here can receive a gradient."),
        ("curve", "No number changes in this step."),
    ],
)
def test_what_leads_nowhere_is_said(tmp_path: Path, line: str, shown: str) -> None:
    said = Played(tmp_path, lesson(), "n", line).play()
    assert shown in said.splitlines()


def test_a_line_that_cannot_be_taken_is_said(tmp_path: Path) -> None:
    said = Played(tmp_path, lesson(), BadLine("That line is not UTF-8 text."), "n").play()
    assert "That line is not UTF-8 text." in said
    assert "Line 1: a = 1" in said


def test_go_leads_to_moments(tmp_path: Path) -> None:
    said = Played(tmp_path, lesson(), "g 3", "go line 2", f"go v1 == {secret(1)}", "go").play()
    assert [line for line in said.splitlines() if line.startswith("Line")] == [
        "Line 3: c = 3",
        "Line 2: b = 2",
        "Line 3: c = 3",
        "Line 1: a = 1",
    ]


# Questions


def test_a_question_is_asked_and_answered(tmp_path: Path) -> None:
    played = Played(
        tmp_path, lesson(asks(AT_LINE)), "n", "5", str(secret(2)), answer=answering(ANSWER)
    )
    said = played.play()
    assert "Question, before line 2, b = 2: What is v2?" in said
    assert "Five is v5. Try once more." in said
    asked, _, settled = said.partition(f"Answer: {secret(2)}")
    assert str(secret(2)) not in asked
    printed = settled.splitlines()
    assert printed[1:6] == [
        "Right.",
        f"Your answer: {secret(2)}",
        f"The result: {secret(2)}",
        "Because: It is the third.",
        "You see it in Tensors (3).",
    ]
    assert "So it is." in settled
    noted = played.progress.question("made", "s", 0)
    assert [(each.right, each.tries, each.sure) for each in noted.guesses] == [(True, 2, None)]


def test_two_wrong_tries_give_the_result(tmp_path: Path) -> None:
    played = Played(tmp_path, lesson(asks(AT_LINE)), "n", "7", "5", answer=answering(ANSWER))
    said = played.play()
    assert "That is not it. Try once more." in said
    assert f"Five is v5.\nYour answer: 5\nThe result: {secret(2)}\nBecause" in said
    assert [each.right for each in played.progress.question("made", "s", 0).guesses] == [False]


@pytest.mark.parametrize(
    ("typed", "sure"),
    [
        (("unsure", "1"), False),
        (("1", "unsure"), False),
        (("sure", "1"), True),
        (("1", "u"), False),
        (("1", "n", "unsure"), None),
    ],
)
def test_whether_one_is_sure_is_noted_before_or_after(
    tmp_path: Path, typed: tuple[str, ...], sure: bool | None
) -> None:
    asked = Prediction("v2?", "choice", "v2", line=2, choices=(str(secret(2)), "0"))
    played = Played(tmp_path, lesson(asks(asked)), "n", *typed, answer=answering(ANSWER))
    played.play()
    assert [each.sure for each in played.progress.question("made", "s", 0).guesses] == [sure]


def test_a_question_that_is_skipped_is_not_asked_again(tmp_path: Path) -> None:
    made = lesson(asks(AT_LINE))
    played = Played(tmp_path, made, "n", "s", answer=answering(ANSWER))
    said = played.play()
    assert f"Skipped.\nThe result: {secret(2)}" in said
    assert "Line 2: b = 2" in said
    assert played.progress.question("made", "s", 0).settled
    again = Played(tmp_path, made, "n", "n", "n", answer=answering(ANSWER)).play()
    assert "Question" not in again
    assert "Line 3: c = 3" in again


KINDS: list[tuple[Kind, tuple[str, ...], Answer, str, str, str]] = [
    ("number", (), Answer(0, ("2.5",), 2.5), "3", "5/2", "2.5"),
    ("choice", ("yes", "no"), Answer(0, ("no",)), "1", "2", "no"),
    ("choice", ("next", "back"), Answer(0, ("back",)), "next", "back", "back"),
    ("several", ("x", "y", "z"), Answer(0, ("x", "z")), "1 2", "1, 3", "x, z"),
    ("order", ("x", "y", "z"), Answer(0, ("z", "x", "y")), "1 2 3", "312", "z, x, y"),
    ("text", (), Answer(0, ("(2, 3)",)), "3 2", "2, 3", "(2, 3)"),
    ("text", (), Answer(0, ("end of it",)), "x", "end of it", "end of it"),
    ("text", (), Answer(0, ("show",)), "x", "answer show", "show"),
    ("text", (), Answer(0, ("w",)), "b", "w", "w"),
    ("line", (), Answer(0, ("2",), 2.0), "3", "line 2", "2"),
    ("node", (), Answer(0, ("MulBackward0",)), "exp", "mul", "MulBackward0"),
]


@pytest.mark.parametrize(("kind", "choices", "answer", "wrong", "right", "result"), KINDS)
@pytest.mark.parametrize("line", [2, 0])
def test_every_kind_of_question(
    tmp_path: Path,
    kind: Kind,
    choices: tuple[str, ...],
    answer: Answer,
    wrong: str,
    right: str,
    result: str,
    line: int,
) -> None:
    asked = Prediction("What?", kind, "x", line=line, choices=choices)
    typed = (*(["n"] if line else []), wrong, right)
    said = Played(tmp_path, lesson(asks(asked)), *typed, answer=answering(answer)).play()
    assert "That is not it. Try once more." in said
    assert f"Right.\nYour answer: {right.removeprefix('answer ') if not choices else result}" in (
        said.replace("MulBackward0", "mul") if kind == "node" else said
    ).replace("Your answer: 2\n", "Your answer: line 2\n")
    assert f"The result: {result}" in said


def test_a_question_whose_answer_is_none_is_let_go(tmp_path: Path) -> None:
    broken = Answer(0, problem="raises NameError: no v2")
    said = Played(tmp_path, lesson(asks(AT_LINE)), "n", "3", answer=answering(broken)).play()
    why = "No guess is wrong: the lesson has no answer here (raises NameError: no v2)."
    assert why in " ".join(said.split())
    assert "Line 2: b = 2" in said


def test_a_run_that_ends_before_the_answer_is_known_says_so(tmp_path: Path) -> None:
    played = Played(
        tmp_path, lesson(asks(Prediction("c?", "number", "c"))), "3", "skip", prompt=False
    )

    def first_lines_then_death() -> None:
        request = played.kernel.requests[-1]
        played.kernel.record(*lines(request)[:2])
        played.reports.on_wait = lambda: played.kernel.end("killed", 9)

    played.reports.on_wait = first_lines_then_death
    said = played.play()
    assert "No guess is wrong: the lesson has no answer here" in said
    assert "Type a number." in said


def test_whoever_skips_at_once_hears_the_result(tmp_path: Path) -> None:
    made = lesson(asks(Prediction("c?", "number", "c")))
    played = Played(tmp_path, made, "skip", prompt=False, answer=answering(ANSWER))

    def first_lines_then_the_rest() -> None:
        records = played.kernel.answer(played.kernel.requests[-1])
        played.kernel.record(*records[:2])
        played.reports.on_wait = lambda: played.kernel.record(*records[2:])

    played.reports.on_wait = first_lines_then_the_rest
    assert f"Skipped.\nThe result: {secret(2)}" in played.play()


def test_no_command_shows_what_comes_after_an_open_question(tmp_path: Path) -> None:
    """All commands, with nothing behind them and with what could name it."""
    behind = ["", "3", "v2", "v3", "loss", "line 3", "v3 - 700000 == 3", "1 2", "s"]
    settling = {"quit", "skip", "edit", "answer", "askagain"}  # or leave
    names = [
        name
        for each in COMMANDS
        if each.word not in settling
        for name in (each.word, *each.letters)
        if not name.isdigit()  # an answer
    ]
    tried = [f"{name} {text}".strip() for name in names for text in behind]
    typed = [line for each in tried for line in ("end", each)]
    asked = Step("s", "Only", "What?", CODE, then="SECRET", predictions=(AT_LINE,))
    made = lesson(asked, Step("t", "Second", "", CODE))
    played = Played(tmp_path, made, *typed, "end", "9", "3", answer=answering(ANSWER))
    said, _, settled = played.play().rpartition("Answer: 3")
    assert str(secret(1)) in said
    assert str(secret(2)) not in said
    assert str(secret(3)) not in said
    assert "SECRET" not in said
    assert "Step 2 of 2" not in said
    assert "Try once more" in said
    assert str(secret(2)) in settled


def test_edits_are_asked_for_before_they_are_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nprintf 'z = 1\\n' > \"$1\"\n")
    script.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)
    played = Played(tmp_path, lesson(), "e", "n", "compare", "q", "show", "q", "q")
    said = played.play()
    assert "Line 1: z = 1" in said
    assert "Only in this run, line 1: z = 1" in said
    assert said.count("Your edits end with the program. quit again ends it.") == 2
    assert said.splitlines()[-1].startswith("> q")


@pytest.mark.parametrize(
    ("editor", "shown"),
    [
        ("", "No editor is known: set the environment variable EDITOR"),
        ("'", "EDITOR cannot be read: No closing quotation."),
        ("/nowhere/ed", "/nowhere/ed cannot be started: No such file or directory."),
        ("false", "false ended with status 1; the code stays as it was."),
        ("true", "The code is as it was."),
        ("sh -c 'printf \\\\377 > $0'", "The file is not UTF-8 text; the code stays as it was."),
        ("rm", "The file cannot be read: No such file or directory."),
    ],
)
def test_an_editor_that_does_not_work_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editor: str, shown: str
) -> None:
    monkeypatch.setenv("EDITOR", editor)
    monkeypatch.delenv("VISUAL", raising=False)
    said = Played(tmp_path, lesson(), "e", "n").play()
    assert shown in said
    assert "Line 1: a = 1" in said


# Exercises

SOLUTION = "x = 1\ny = 2\n"
TASK = Exercise(
    SOLUTION,
    (Requirement("y == 2", "y is {y}."),),
    ("Look.", "Write two."),
    pieces=True,
    forbid=(("eval", "Write it yourself."),),
    then="Two it is.",
)


def exercise(task: Exercise = TASK) -> Lesson:
    return lesson(Step("e", "Exercise", "Make **y** two.", "x = 1\n", exercise=task))


def judging(request: StepRequest) -> list[Record]:
    solved = request.code == SOLUTION
    verdict = Verdict(solved, "" if solved else "y is 3.", "" if solved else "three")
    return lines(request, verdict=verdict)


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[[], str]]:
    """Gives what types `edit`, and has the editor write this code."""
    monkeypatch.delenv("VISUAL", raising=False)

    def edit(code: str) -> Callable[[], str]:
        def typed() -> str:
            path = tmp_path / "written.py"
            path.write_text(code)
            monkeypatch.setenv("EDITOR", f"cp '{path}'")
            return "edit"

        return typed

    return edit


def test_an_exercise_is_solved(tmp_path: Path, edit: Callable[[str], Typed]) -> None:
    typed = (edit("x = 1\ny = 3\n"), "verdict", "hint", edit(SOLUTION), "next", "steps")
    played = Played(tmp_path, exercise(), *typed, answer=judging)
    said = played.play()
    for line in ("Exercise 1 of 1: Exercise", "Make y two.", "Hint: Look.", "Two it is."):
        assert line in said.splitlines(), line
    assert said.count("Not yet: y is 3.") == 2
    assert "Solved." in said
    assert "1. Exercise, an exercise, done, you are here" in said
    noted = played.progress.exercise("made", "e")
    assert (noted.state, noted.hints, noted.code.text) == ("solved", 1, SOLUTION)
    assert [each.mistake for each in noted.tries] == ["three", ""]


def test_help_comes_piece_by_piece(tmp_path: Path) -> None:
    typed = ("pieces", "H", "H", "H", "pieces 1 1", "pieces 2 1", "hint")
    played = Played(tmp_path, exercise(), *typed, answer=judging)
    said = played.play()
    assert "The pieces come after the hints: hint gives the next." in said
    assert said.index("Hint: Look.") < said.index("Hint: Write two.") < said.index("1: y = 2")
    assert "Type each number from 1 to 2 once." in said
    assert "In your order:\n1: x = 1\n2: y = 2" in said
    assert "Solved." in said
    assert said.count("A solution:") == 2
    assert played.progress.exercise("made", "e").state == "solved"


def test_a_solution_is_shown_when_it_is_asked_for_again(tmp_path: Path) -> None:
    played = Played(tmp_path, exercise(), "solution", "n", "solution", answer=judging)
    said = played.play()
    assert "solution again shows it, and the exercise counts as looked up." in said
    assert said.count("A solution:\n1: x = 1\n2: y = 2\nTwo it is.") == 1
    assert played.progress.exercise("made", "e").state == "shown"


def test_names_that_an_exercise_forbids_are_refused(
    tmp_path: Path, edit: Callable[[str], Typed]
) -> None:
    played = Played(tmp_path, exercise(), edit("y = eval('2')\n"), "show", answer=judging)
    said = played.play()
    assert "Not run: line 1 uses `eval`. Write it yourself." in said
    assert not played.progress.exercise("made", "e").tries


def test_an_exercise_is_reset_and_brought_back(
    tmp_path: Path, edit: Callable[[str], Typed]
) -> None:
    typed = ("reset", edit("x = 5\n"), "reset", "show", "R", "show")
    said = Played(tmp_path, exercise(), *typed, answer=judging).play()
    assert "The code is the starter." in said
    starter, _, own = said.partition("> R")
    assert "The code is the starter again. reset brings yours back." in starter
    assert "Your code is back." in own
    assert "1, has just run: x = 5" in own


def test_what_an_exercise_lacks_is_said(tmp_path: Path) -> None:
    bare = replace(TASK, pieces=False)
    said = Played(tmp_path, exercise(bare), "pieces", "goal", "question", answer=judging).play()
    assert "This exercise has no pieces." in said
    assert "No graph is asked for here." in said
