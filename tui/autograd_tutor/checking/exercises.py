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
from autograd_tutor.messages import _, plural
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
    yield Program(step.code, step.locations.code, _("the starter"))
    yield Program(exercise.solution, exercise.solution_location, _("the solution"), solves=True)
    for each in exercise.mistakes:
        what = _("the program of the mistake {id}").format(id=each.id)
        yield Program(each.like, each.like_location, what, each)


# What can be seen without a run


def examine_form(step: Step, exercise: Exercise, add: Add) -> None:
    """Whether its forbidden names, pieces and hints make sense."""
    _examine_forbidden(exercise, add)
    if exercise.pieces:
        pieces = pieces_of(exercise.solution)
        if len(pieces) < LEAST_PIECES or len(set(pieces)) == 1:
            alike = _("all statements of the solution are alike")
            few = plural(
                "the solution has {n} statement", "the solution has {n} statements", len(pieces)
            ).format(n=len(pieces))
            message = f"pieces: {few if len(pieces) < LEAST_PIECES else alike}"
            add(
                exercise.pieces_location,
                message,
                _("remove pieces: there is nothing to put in order"),
            )
    hints = [hint.strip() for hint in exercise.hints]
    for place, hint in zip(exercise.hint_locations, hints, strict=True):
        first = exercise.hint_locations[hints.index(hint)]
        if first != place:
            message = _("the hint is that of line {line} again").format(line=first.line)
            add(place, message, _("write where to look first, and what to write last"))


def _examine_forbidden(exercise: Exercise, add: Add) -> None:
    """The starter may use what is forbidden: then the task is to do without."""
    for (name, _unused), location in zip(exercise.forbid, exercise.forbid_locations, strict=True):
        if not can_be_forbidden(name):
            message = _("forbid: {name} is no name").format(name=quoted(name))
            add(location, message, _("write a name (data, torch.no_grad) or a word such as for"))
    for used in uses(exercise.solution, exercise.forbid):
        place = exercise.solution_location.at(used.line, used.column)
        message = _("the solution uses {name}, which is forbidden").format(name=used.name)
        add(place, message, _("write it without, or allow the name"))
    for known in exercise.mistakes:
        for used in uses(known.like, exercise.forbid):
            place = known.like_location.at(used.line, used.column)
            message = _("the program of the mistake {id} uses {name}, which is forbidden").format(
                id=known.id, name=used.name
            )
            add(place, message, _("nobody could make it so: write it without, or allow the name"))


# What a run has shown


def examine_run(step: Step, program: Program, ended: Happening | None, add: Add) -> None:
    """Whether a program was judged as it should be, in the exercise that the step is."""
    exercise = step.exercise
    assert exercise is not None
    if isinstance(ended, Stopped):
        what, _unused, _unused = ended.reason.rstrip(".").partition(". ")
        message = _("{what} cannot be judged: {why}").format(
            what=program.what, why=what[:1].lower() + what[1:]
        )
        add(program.location, message, _("write one that comes to its end within the limits"))
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
        message = _("the starter passes all checks: there is nothing to do")
        add(program.location, message, _("leave out of it what the task asks for, or add a check"))


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
    add(
        location,
        _("of {what}, {problem}").format(what=program.what, problem=on_one_line(problem)),
        _("correct it here"),
    )


def _examine_solution(
    step: Step, exercise: Exercise, program: Program, ended: StepEnded, add: Add
) -> None:
    error, verdict = ended.result.error, ended.result.verdict
    assert verdict is not None
    if verdict.mistake:
        known = _known(exercise, verdict.mistake)
        message = _("the solution is taken for the mistake {mistake}").format(
            mistake=verdict.mistake
        )
        add(known.when_location, message, _("make the condition narrower, or mend the solution"))
    elif error is not None:
        place = program.location.at(max(error.line, 1))
        add(place, _("the solution fails: {error}").format(error=in_short(error)), _("correct it"))
    elif not verdict.solved:
        said = on_one_line(verdict.say).removesuffix(".")
        if verdict.check is None:
            place, which = exercise.probe_location, _("is not judged")
        else:
            place, which = (
                exercise.check[verdict.check].location,
                _("fails check {check}").format(check=verdict.check + 1),
            )
        add(
            place,
            _("the solution {which}: {said}").format(which=which, said=said),
            _("correct this, or the solution"),
        )
    elif exercise.goal:
        _examine_goal(step, exercise, ended.trace, add)


def _examine_goal(step: Step, exercise: Exercise, trace: Trace, add: Add) -> None:
    tensors = trace.state(len(trace) - 1).tensors
    found = tensors.get(exercise.goal)
    if found is None:
        meant = nearest(exercise.goal, tuple(sorted(tensors)))
        mend = (
            _("did you mean {meant}?").format(meant=meant)
            if meant
            else _("name a tensor that the solution makes")
        )
        message = _("goal: there is no tensor {goal} after the solution").format(
            goal=quoted(exercise.goal)
        )
        add(step.locations.graph, message, mend)
    elif found.grad_fn is None:
        message = _("goal: {goal} has no graph after the solution").format(goal=exercise.goal)
        add(step.locations.graph, message, _("name a tensor with a grad_fn"))


def _examine_mistake(
    exercise: Exercise, program: Program, own: KnownMistake, verdict: Verdict, add: Add
) -> None:
    if verdict.mistake == own.id:
        return
    names = [each.id for each in exercise.mistakes]
    before = names[: names.index(own.id)]
    if verdict.mistake in before:
        other = _known(exercise, verdict.mistake)
        message = _("{what} is taken for the mistake {id}, which comes before it").format(
            what=program.what, id=other.id
        )
        add(
            other.when_location,
            message,
            _("make this condition narrower, or put {id} first").format(id=own.id),
        )
    elif verdict.solved:
        message = _("{what} solves the exercise, and its condition is not true").format(
            what=program.what
        )
        add(program.location, message, _("write a program that makes the mistake"))
    else:
        message = _("the condition of the mistake {id} is not true for its own program").format(
            id=own.id
        )
        add(own.when_location, message, _("correct the condition, or what is below like"))


def _known(exercise: Exercise, name: str) -> KnownMistake:
    return next(each for each in exercise.mistakes if each.id == name)
