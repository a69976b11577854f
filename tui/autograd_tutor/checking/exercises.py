"""Whether an exercise can be solved, and says the right thing of each known mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd_tutor.checking.findings import in_short, on_one_line
from autograd_tutor.checking.places import Add
from autograd_tutor.course.forbidden import can_be_forbidden, uses
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Step
from autograd_tutor.course.problem import nearest, quoted
from autograd_tutor.course.tasks import Exercise, KnownMistake
from autograd_tutor.playing.happenings import Happening, StepEnded, Stopped
from autograd_tutor.playing.pieces import pieces_of
from autograd_tutor.recording.questions import Verdict
from autograd_tutor.recording.trace import Trace

LEAST_PIECES = 3
"""Statements of a solution that are worth putting in order."""


class Program(NamedTuple):
    """Code that is to be judged as if a learner had written it."""

    code: str
    location: Location
    what: str
    mistake: KnownMistake | None = None
    solves: bool = False


def programs(step: Step, exercise: Exercise) -> Iterator[Program]:
    """The starter, the solution, and what makes each known mistake."""
    yield Program(step.code, step.locations.code, "the starter")
    yield Program(exercise.solution, exercise.solution_location, "the solution", solves=True)
    for each in exercise.mistakes:
        what = f"the program of the mistake {each.id}"
        yield Program(each.like, each.like_location, what, each)


# What can be seen without a run


def examine_form(step: Step, exercise: Exercise, add: Add) -> None:
    """Whether its forbidden names, pieces and hints make sense."""
    _examine_forbidden(exercise, add)
    if exercise.pieces:
        pieces = pieces_of(exercise.solution)
        if len(pieces) < LEAST_PIECES or len(set(pieces)) == 1:
            alike = "all statements of the solution are alike"
            few = f"the solution has {len(pieces)} statement{'s' if len(pieces) > 1 else ''}"
            message = f"pieces: {few if len(pieces) < LEAST_PIECES else alike}"
            add(
                exercise.pieces_location, message, "remove pieces: there is nothing to put in order"
            )
    hints = [hint.strip() for hint in exercise.hints]
    for place, hint in zip(exercise.hint_locations, hints, strict=True):
        first = exercise.hint_locations[hints.index(hint)]
        if first != place:
            message = f"the hint is that of line {first.line} again"
            add(place, message, "write where to look first, and what to write last")


def _examine_forbidden(exercise: Exercise, add: Add) -> None:
    """The starter may use what is forbidden: then the task is to do without."""
    for (name, _), location in zip(exercise.forbid, exercise.forbid_locations, strict=True):
        if not can_be_forbidden(name):
            message = f"forbid: {quoted(name)} is no name"
            add(location, message, "write a name (data, torch.no_grad) or a word such as for")
    for used in uses(exercise.solution, exercise.forbid):
        place = exercise.solution_location.at(used.line, used.column)
        message = f"the solution uses {used.name}, which is forbidden"
        add(place, message, "write it without, or allow the name")
    for known in exercise.mistakes:
        for used in uses(known.like, exercise.forbid):
            place = known.like_location.at(used.line, used.column)
            message = f"the program of the mistake {known.id} uses {used.name}, which is forbidden"
            add(place, message, "nobody could make it so: write it without, or allow the name")


# What a run has shown


def examine_run(step: Step, program: Program, ended: Happening | None, add: Add) -> None:
    """Whether a program was judged as it should be, in the exercise that the step is."""
    exercise = step.exercise
    assert exercise is not None
    if isinstance(ended, Stopped):
        what, _, _ = ended.reason.rstrip(".").partition(". ")
        message = f"{program.what} cannot be judged: {what[:1].lower()}{what[1:]}"
        add(program.location, message, "write one that comes to its end within the limits")
    if not isinstance(ended, StepEnded):
        return
    verdict, error = ended.result.verdict, ended.result.error
    if verdict is None:
        return
    if verdict.problem:
        _examine_problem(exercise, verdict, program, add)
    elif program.solves:
        _examine_solution(step, exercise, program, ended, add)
    elif program.mistake is not None:
        _examine_mistake(exercise, program, program.mistake, verdict, add)
    elif verdict.solved and error is None:
        message = "the starter passes all checks: there is nothing to do"
        add(program.location, message, "leave out of it what the task asks for, or add a check")


def _examine_problem(exercise: Exercise, verdict: Verdict, program: Program, add: Add) -> None:
    """The lesson's own fault, where the verdict says that it is."""
    problem, location = verdict.problem, program.location
    if verdict.check is not None and problem.startswith("check "):
        location = exercise.check[verdict.check].location
    elif problem.startswith("the probe"):
        location = exercise.probe_location
    elif verdict.check is not None:
        location = exercise.check[verdict.check].say_location
    for each in exercise.mistakes:
        if problem.startswith(f"the condition of mistake {each.id} "):
            location = each.when_location
        elif each.id == verdict.mistake and problem.startswith("the text "):
            location = each.say_location
    add(location, f"of {program.what}, {on_one_line(problem)}", "correct it here")


def _examine_solution(
    step: Step, exercise: Exercise, program: Program, ended: StepEnded, add: Add
) -> None:
    error, verdict = ended.result.error, ended.result.verdict
    assert verdict is not None
    if verdict.mistake:
        known = _known(exercise, verdict.mistake)
        message = f"the solution is taken for the mistake {verdict.mistake}"
        add(known.when_location, message, "make the condition narrower, or mend the solution")
    elif error is not None:
        place = program.location.at(max(error.line, 1))
        add(place, f"the solution fails: {in_short(error)}", "correct it")
    elif not verdict.solved:
        said = on_one_line(verdict.say).removesuffix(".")
        if verdict.check is None:
            place, which = exercise.probe_location, "is not judged"
        else:
            place, which = (
                exercise.check[verdict.check].location,
                f"fails check {verdict.check + 1}",
            )
        add(place, f"the solution {which}: {said}", "correct this, or the solution")
    elif exercise.goal:
        _examine_goal(step, exercise, ended.trace, add)


def _examine_goal(step: Step, exercise: Exercise, trace: Trace, add: Add) -> None:
    tensors = trace.state(len(trace) - 1).tensors
    found = tensors.get(exercise.goal)
    if found is None:
        meant = nearest(exercise.goal, tuple(sorted(tensors)))
        mend = f"did you mean {meant}?" if meant else "name a tensor that the solution makes"
        message = f"goal: there is no tensor {quoted(exercise.goal)} after the solution"
        add(step.locations.graph, message, mend)
    elif found.grad_fn is None:
        message = f"goal: {exercise.goal} has no graph after the solution"
        add(step.locations.graph, message, "name a tensor with a grad_fn")


def _examine_mistake(
    exercise: Exercise, program: Program, own: KnownMistake, verdict: Verdict, add: Add
) -> None:
    if verdict.mistake == own.id:
        return
    names = [each.id for each in exercise.mistakes]
    before = names[: names.index(own.id)]
    if verdict.mistake in before:
        other = _known(exercise, verdict.mistake)
        message = f"{program.what} is taken for the mistake {other.id}, which comes before it"
        add(other.when_location, message, f"make this condition narrower, or put {own.id} first")
    elif verdict.solved:
        message = f"{program.what} solves the exercise, and its condition is not true"
        add(program.location, message, "write a program that makes the mistake")
    else:
        message = f"the condition of the mistake {own.id} is not true for its own program"
        add(own.when_location, message, "correct the condition, or what is below like")


def _known(exercise: Exercise, name: str) -> KnownMistake:
    return next(each for each in exercise.mistakes if each.id == name)
