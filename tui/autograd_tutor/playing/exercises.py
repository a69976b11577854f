"""Where the learner stands in an exercise, and what there is to help, in words."""

from __future__ import annotations

from typing import Literal, NamedTuple

from autograd_tutor.course.model import Step
from autograd_tutor.course.tasks import Exercise
from autograd_tutor.messages import _
from autograd_tutor.playing.forbidden import refusal
from autograd_tutor.playing.played import Played

Help = Literal["hint", "pieces", "solution"]

NEW = _("Task: not solved yet. e edits the code, F5 runs it, H gives a hint.")
NEW_AGAIN = {
    "solved": _("Task: solved before. e edits the code, F5 runs it, H shows a solution."),
    "shown": _(
        "Task: its solution was looked up. e edits the code, F5 runs it, H shows a solution."
    ),
}
"""The same by what was done before."""
RUNNING = _("Your code is running; it is judged when it has ended.")
SOLVED = _("Solved. H shows your code beside a solution.")
NOT_YET = _("Not yet: ")
NOT_JUDGED = _("It did not come to its end, so it is not judged.")
NO_VERDICT = _("This run has no verdict. F5 runs it again.")
ITS_OWN_FAULT = _("The lesson cannot judge all of your code, which is its own mistake: ")

SHOWS_SOLUTION = _("H again shows a solution, and the exercise counts as looked up.")
NO_HINT_WHILE_EDITING = _("There is more help outside of the editor: Esc, then H.")
TOO_LONG = _("Your code is too long to be kept when you leave.")
RESET = _("The code is the starter again. R brings yours back.")
BROUGHT_BACK = _("Your code is back. R goes to the starter again.")
NOTHING_TO_RESET = _("The code is the starter.")
KEPT = _("Your code is kept, and not run yet: F5 runs it.")
NO_EXERCISE = _("This step is no exercise: there is nothing to hint at, or to start anew.")


class Standing(NamedTuple):
    """Where the learner stands in an exercise."""

    kind: Literal["new", "running", "solved", "not yet", "raised", "ended"]
    """`raised`: the code did, and there is no more to say of it than of any snippet; `ended`: the
    run did, before its time."""
    text: str = ""


def standing(run: Played, before: str = "") -> Standing | None:
    """Where the learner stands in the exercise that is open; None in any other step.

    `before`: `solved`, or `shown`, where it was, or its solution.
    """
    exercise = run.lesson.steps[run.step].exercise
    if exercise is None:
        return None
    if not run.edited:
        new = Standing("new", NEW_AGAIN.get(before, NEW))
        return new if run.problem is None else Standing("ended")
    if refused := refusal(exercise.forbid, run.codes[run.step]):
        return Standing("not yet", refused)
    result = run.trace.result
    if result is None:
        return (
            Standing("running", RUNNING) if run.problem is None else Standing("ended", NOT_JUDGED)
        )
    verdict = result.verdict
    if verdict is None:
        return Standing("raised") if result.error is not None else Standing("ended", NO_VERDICT)
    if verdict.solved:
        return Standing("solved", SOLVED)
    words = [f"{NOT_YET}{verdict.say}"] if verdict.say else []
    words += [f"{ITS_OWN_FAULT}{verdict.problem}"] if verdict.problem else []
    words = [each if each[-1] in ".!?" else f"{each}." for each in words]
    return Standing("not yet", " ".join(words)) if words else Standing("raised")


def next_help(exercise: Exercise, hints: int, open_to_all: bool) -> Help:
    """What helps next, after so many hints; `open_to_all`: solved, or its solution was shown."""
    if open_to_all:
        return "solution"
    if hints < len(exercise.hints):
        return "hint"
    return "pieces" if exercise.pieces else "solution"


def task_text(step: Step, hints: int, solved: bool) -> str:
    """The task and the hints that were given, in Markdown; once it is solved, a solution."""
    exercise = step.exercise
    assert exercise is not None
    parts = [step.explain.strip()]
    parts += [
        _quoted(_("**Hint.** {hint}").format(hint=hint.strip())) for hint in exercise.hints[:hints]
    ]
    if solved:
        code = "".join(f"    {line}\n" for line in exercise.solution.rstrip().split("\n"))
        parts += [_("**Solved.** ") + exercise.then.strip(), _("A solution:"), code]
    return "\n\n".join(parts)


def _quoted(markdown: str) -> str:
    return "\n".join(f"> {line}" for line in markdown.split("\n"))
