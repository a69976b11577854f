"""The sentences for keys that did nothing, and which keys matter now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from autograd_tutor.analysis.coverage import coverage
from autograd_tutor.analysis.custom import has_custom_functions
from autograd_tutor.analysis.jumps import Way
from autograd_tutor.analysis.turns import places
from autograd_tutor.messages import _
from autograd_tutor.recording.timeline import Timeline

if TYPE_CHECKING:
    from autograd_tutor.course.model import Lesson, Step
    from autograd_tutor.course.problem import Problem
    from autograd_tutor.playing.played import Editable
    from autograd_tutor.recording.trace import Trace


class Hint(NamedTuple):
    """A key for the bar of keys."""

    key: str
    does: str
    stands_out: bool = False


BLANK = Hint(" ", " " * len(_("into")))
"""As wide as `i into`: without it, the keys behind that would be repainted with every change."""
READ_ON = Hint("PgDn", _("more"))


NOTHING = _("Nothing has been recorded yet.")

NOTHING_TO_MAP = _("There is no tensor with a dimension here yet, so nothing to map.")

WHY_NOT_OPEN = _("Enter opens the row chosen in Tensors, Graph or Gradients; N the next step.")

CHOOSE_TENSOR = _("Choose a row in Tensors or Gradients first; G then shows its graph.")

HINT = _("300 · turn 300 · line 12 · pass 3 · nan · loss < 0.1 · w.grad is None")
"""What may be typed to go somewhere."""

WHY_NOT_EDIT = _("This is a saved recording: its code cannot be edited or run again here.")


def untranslated(lesson: Lesson) -> str:
    """That the lesson's translation has problems; `` where it has none."""
    name = lesson.unfit_translation
    text = _("{name} has problems, so this is the original: autograd-tutor check {name}")
    return text.format(name=name) if name else ""


def read_again(run: Editable, written: bool) -> str:
    """What happened to the learner's edits when the lesson's file was written, or read again."""
    steps = enumerate(run.lesson.steps)
    kept = [f"{at + 1}" for at, step in steps if run.codes[at] != step.code]
    name = run.lesson.path.name
    changed = (
        _("Your code is written to {name}, which").format(name=name)
        if written
        else _("{name} has changed and").format(name=name)
    )
    text = _("{changed} is run anew.").format(changed=changed)
    if kept:
        text += _(" Step {kept}: your edit is kept; F2 in the editor drops it.").format(
            kept=_(" and ").join(kept)
        )
    return f"{text} {lost_edits(run)}".rstrip()


def lost_edits(run: Editable) -> str:
    """Which edits are gone with their step; `` where none is."""
    titles = [f'"{edit.step.title}"' for edit in run.lost]
    return (
        _("Gone from the file with your edit: {titles}.").format(titles=", ".join(titles))
        if titles
        else ""
    )


def step_gone(step: Step) -> str:
    """Why code that was edited is not run."""
    return _('Not run: "{title}" is gone from the file, which was read again meanwhile.').format(
        title=step.title
    )


def unreadable(problem: Problem) -> str:
    """Why a lesson whose file has changed is not run again."""
    return _("Not run again: {name}:{line}:{column}: {message}").format(
        name=problem.path.name, line=problem.line, column=problem.column, message=problem.message
    )


class AfterLastMoment(NamedTuple):
    """What comes after the last moment that is known."""

    running: bool
    """The step is still being recorded."""
    lost: bool
    """What came next was not recorded."""
    last_step: bool
    failed: bool = False
    """The step failed, so that none after it is run."""
    next_lesson: str = ""
    """The title of the lesson after this one; `` where there is none."""
    to_exercise: bool = False
    """The next step is an exercise."""


def why_not_into(timeline: Timeline) -> str:
    """Why there is nothing to go into."""
    snapshot = timeline.snapshot
    if snapshot is None or not snapshot.line:
        return _("No line has run yet.")
    left_out = [each.left_out for each in snapshot.passes if each.left_out]
    if left_out:
        return _("This pass cannot be walked: {left_out}.").format(left_out=left_out[-1])
    if snapshot.backward is not None:
        return _("This node ran no code of the snippet.")
    entered = timeline.pass_before
    if entered is not None:
        line = timeline.trace.place(entered.line)
        first = (
            _("Left goes")
            if timeline.previous == entered.index
            else _("Left, up to line {line}, goes").format(line=line)
        )
        return _(
            "The backward pass is that of line {line}. {first} back to it; i there walks inside."
        ).format(line=line, first=first)
    return _("The current line called no function that this step defines, and no backward().")


def after_out(timeline: Timeline) -> str:
    """What `i` does now, where it is not what it did before; nothing where it is the same."""
    if not timeline.enters_rest:
        return ""
    return _("Out of the pass. i now looks inside the function that this line called.")


def why_not_out(timeline: Timeline) -> str:
    """Why there is nothing to go out of."""
    if timeline.inside:
        return _("It did not come to its end in what was recorded.")
    return _("The current line is in no function, and in no backward pass.")


def why_not_first(timeline: Timeline) -> str:
    """Why Home leads nowhere."""
    if timeline.pass_position is not None:
        return _("This is the pass's first node. o leaves the pass.")
    return _("This is the start of the step.")


def why_no_pass(timeline: Timeline, way: Way, running: bool) -> str:
    """Why there is no backward pass to jump to."""
    trace = timeline.trace
    if way > 0 and running:
        return _("No further backward pass has been recorded yet.")
    if not trace.pass_snapshots and not trace.passes:
        return _("This step makes no backward pass.")
    if timeline.backward is not None:
        if way > 0:
            return _("This is the step's last backward pass.")
        return _("This is the step's first backward pass.")
    if way > 0:
        return _("No backward pass comes after this moment.")
    return _("No backward pass comes before this moment.")


def why_no_visit(timeline: Timeline, way: Way, running: bool) -> str:
    """Why the current line has no other visit to jump to."""
    snapshot = timeline.snapshot
    if snapshot is None or not snapshot.line:
        return _("No line has run yet.")
    line = timeline.trace.place(snapshot.line)
    what = (
        _("Line {line}").format(line=line)
        if snapshot.backward is None
        else _("The pass of line {line}").format(line=line)
    )
    if way > 0 and running:
        return _("{what} has not run again in what is recorded so far.").format(what=what)
    return (
        _("{what} does not run again.").format(what=what)
        if way > 0
        else _("{what} did not run before this.").format(what=what)
    )


ASKED = _("Answer the question first, or skip it with s.")
ASKED_BEFORE = _("This step asks something first; s skips a question.")
ASKED_AGAIN = _("Its questions are asked again. What you answered before is kept, too.")
ASKS_NOTHING = _("Nothing is asked here.")
ASKED_LATER = _("A question comes before that: End leads to it.")


def why_no_further(after: AfterLastMoment) -> str:
    """Why there is nothing after this moment."""
    if after.running:
        return _("The step is still running.")
    if after.lost:
        return _("Nothing was recorded after this.")
    if after.failed and not after.last_step:
        return _("The step failed here: the steps after it are not run.")
    if after.next_lesson:
        return _('This is the end of the lesson. N opens the next one, "{next_lesson}".').format(
            next_lesson=after.next_lesson
        )
    if after.last_step:
        return _("This is the end of the last step. q goes back to the course.")
    return _("This is the end of the step. N opens the next one.")


def why_no_next_step(after: AfterLastMoment) -> str:
    """Why N leads nowhere."""
    if after.next_lesson:
        return _(
            'This is the last step. At its end, N opens the next lesson, "{next_lesson}".'
        ).format(next_lesson=after.next_lesson)
    return _("This is the last step. q goes back to the course.")


def why_not_last(timeline: Timeline, after: AfterLastMoment) -> str:
    """Why End leads nowhere."""
    if timeline.pass_position is not None:
        return _("This is the pass's last node. o leaves the pass.")
    return why_no_further(after)


def hints(
    timeline: Timeline,
    after: AfterLastMoment,
    editable: bool,
    of_pane: Sequence[Hint],
    ascii_only: bool,
    of_task: Sequence[Hint] = (),
) -> list[Hint]:
    """The keys for the bar, those that matter most first.

    `editable`: the code can be edited and run; `of_pane`: the focused pane's own keys; `of_task`:
    those of an exercise, behind which N comes first at the end: what is left to do is to go on.
    """
    trace = timeline.trace
    in_picture = any(hint.key == "v" for hint in of_pane)
    at_end = trace.done and timeline.index == len(trace) - 1
    settled = at_end and any(hint.key == "H" and hint.stands_out for hint in of_task)
    onward = _next_hints(after, at_end)
    forward, back = ("Right", "Left") if ascii_only else ("→", "←")
    return [
        Hint(forward, _("next"), not at_end and not timeline.index),
        Hint(back, _("back")),
        *of_task,
        *(onward if settled else ()),
        *(each for each in of_pane if each.stands_out),
        *([Hint("i", _("into"))] if timeline.can_enter else [] if timeline.inside else [BLANK]),
        *(
            [Hint("o", _("leave") if timeline.pass_position else _("out"))]
            if timeline.inside
            else []
        ),
        *(() if settled else onward),
        *([Hint("V", _("check gradients"))] if editable and _is_to_check(timeline) else []),
        *(each for each in of_pane if not each.stands_out),
        Hint("g", _("go to")),
        *([Hint("]", _("next turn"))] if places(trace, timeline.index) else []),
        *([Hint("F5", _("run again"), True)] if after.lost and editable else []),
        *([Hint("e", _("edit"), at_end and after.failed)] if editable and not of_task else []),
        *([] if in_picture else [Hint("v", _("pass") if timeline.backward else _("curves"))]),
        Hint("1-5", _("panes")),
        *([] if in_picture else [Hint("z", _("zoom"))]),
        Hint("d", _("define")),
        Hint("/", _("find")),
        Hint("q", _("course"), at_end and after.last_step and not after.next_lesson),
        Hint("?", _("help")),
    ]


def _is_to_check(timeline: Timeline) -> bool:
    """Whether a pass is here, and there are Functions of the script's own."""
    snapshot = timeline.snapshot
    has_pass = snapshot is not None and bool(snapshot.passes or timeline.backward)
    return has_pass and has_custom_functions(timeline.trace)


def with_question(hints: Sequence[Hint], of_question: Sequence[Hint], asked: bool) -> list[Hint]:
    """With the keys that answer the question first; digits are for that, and not for panes.

    `asked`: the learner stands before it, and can go no further without it.
    """
    taken = {hint.key for hint in of_question}
    if asked:
        taken |= {"→", "Right", "N"}
    if "s" in taken and any(hint.key == "1-5" for hint in hints):
        taken.add("1-5")
        of_question = [*of_question, Hint("Tab", _("panes"))]
    return [*of_question, *(hint for hint in hints if hint.key not in taken)]


def _next_hints(after: AfterLastMoment, at_end: bool) -> Sequence[Hint]:
    """What N opens."""
    if not after.last_step:
        what = _("next exercise") if after.to_exercise else _("next step")
        return (Hint("N", what, at_end and not after.failed),)
    return (Hint("N", _("next lesson"), at_end),) if after.next_lesson else ()


FINDINGS_HIDDEN = _("What goes wrong here is yours to find; w says it when that is done.")
WHY = Hint("w", _("why"), True)
NOT_ENDED = _("The step still runs; w says what goes wrong when it has ended.")
DIAGNOSIS_FAILED = _("Looking for what goes wrong failed: that is a fault of the program.")
DIAGNOSING = _("Looking for what goes wrong; one moment.")


NOT_CHECKED = _("A recording has numbers and no code that runs: only a run can be checked.")
CHECK_LATER = _("Answer the question first, or solve the exercise: a check would say too much.")


def nothing_found(about: str, trace: Trace) -> str:
    """That there is no finding in a step: in all of it, or in what was recorded."""
    if about:
        return _("No known mistake was found with {about}.").format(about=about)
    if coverage([trace]).is_whole:
        return _("No known mistake was found in this step.")
    return _("No known mistake was found in what was recorded of this step.")
