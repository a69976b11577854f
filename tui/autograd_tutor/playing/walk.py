"""Where the learner is in a lesson, which keys are pending, and the answer to the last one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from autograd_tutor.analysis.jumps import Way, pass_from, visit_from
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.happenings import StepEnded
from autograd_tutor.playing.key_messages import AfterLastMoment
from autograd_tutor.playing.moment import index_of, moment_at
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace

if TYPE_CHECKING:
    from autograd_tutor.client import KernelEvent
    from autograd_tutor.course.model import Lesson
    from autograd_tutor.playing.gate import Asking
    from autograd_tutor.playing.played import Editable, Played


class Walk:
    """One learner's way through a lesson. Every move returns whether something else is to be shown.

    Where it does nothing, `message` says why.
    """

    def __init__(self, run: Played, message: str = "") -> None:
        """`message`: a sentence for the learner, shown until the first key."""
        self.run = run
        self.message = message
        self._waiting_message = ""
        """What it was when a move began to wait."""
        self.next_lesson = ""
        """The title of the lesson after this one, where there is one."""
        self.queries: list[str] = []
        """What was typed to jump somewhere, without repetitions, the last one last."""
        self._early: deque[Literal["forward", "into"]] = deque()
        """Moves that were asked for before what they lead to was recorded."""
        self._to_end = False
        """Whether the end was asked for before it was recorded."""
        self._left_at = ""
        """The moment at which the learner left the step before, until it is recorded again."""

    @property
    def timeline(self) -> Timeline:
        """The cursor in the open step."""
        return self.run.timeline

    @property
    def trace(self) -> Trace:
        """The trace of the open step."""
        return self.run.trace

    @property
    def moment(self) -> str:
        """Where in the step the learner is, or is about to be, as `moment_at` has it."""
        return self._left_at or moment_at(self.run, self.timeline.index)

    @property
    def after_last(self) -> AfterLastMoment:
        """What comes after the open step."""
        run = self.run
        after = run.lesson.steps[run.step + 1 : run.step + 2]
        last_step = not after
        result = run.trace.result
        is_exercise = run.lesson.steps[run.step].exercise is not None
        failed = result is not None and not (is_exercise or StepEnded(run.trace, result).goes_on)
        title = self.next_lesson if last_step else ""
        lost = run.problem is not None
        to_exercise = any(each.exercise is not None for each in after)
        return AfterLastMoment(run.running, lost, last_step, failed, title, to_exercise)

    @property
    def finished(self) -> bool:
        """Whether the learner sees the last moment of the step."""
        trace = self.trace
        return trace.done and self.timeline.index == len(trace) - 1

    # What was recorded

    def take(self, events: Iterable[KernelEvent]) -> bool:
        """Take in what the kernel reports; whether the open step is affected."""
        before = self.run.problem
        affecting = [event for event in events if self.run.take(event)]
        if self.trace.done and self.run.problem not in (before, None):
            self.message = self.run.problem or ""  # a step that had ended is as it was
        return bool(affecting)

    @property
    def asked(self) -> Asking | None:
        """The question that is to be answered now: the learner has come to its moment."""
        asking = self.run.asking
        return asking if asking is not None and self._at_newest else None

    def settle(self, follow: bool = True) -> bool:
        """The open question is answered, or skipped.

        `follow`: on to what it was about, if that is one moment.
        """
        asking = self.run.asking
        if asking is None:
            return False
        if follow:
            self.timeline.newest()
        self.run.settle(asking.number)
        if follow and (asking.prediction.line or asking.prediction.node):
            self.forward()
        self.message = ""
        return True

    @property
    def _at_newest(self) -> bool:
        return self.timeline.index == len(self.trace) - 1

    @property
    def _more(self) -> bool:
        """Whether the step goes on behind what can be seen of it."""
        return self.run.running or self.run.asking is not None

    def go_to(self, moment: str) -> None:
        """Go to a moment of the open step as soon as it is recorded; stay where there is none."""
        self._left_at = moment
        self._find_moment()

    def _find_moment(self) -> None:
        if not self._left_at:
            return
        try:
            index = index_of(self.run, self._left_at)
        except LookupError:
            return
        self._left_at = ""
        self.timeline.index = self.timeline.index if index is None else index

    @property
    def waiting(self) -> bool:
        """Whether a move, or the place to begin at, waits for what is recorded next."""
        return self.run.running and (bool(self._early or self._left_at) or self._to_end)

    def stop_waiting(self) -> None:
        """Drop the moves that wait."""
        self._forget_pending()

    def catch_up(self) -> bool:
        """Do what was asked for before it was recorded, as far as it is by now.

        Whether that leads into a pass.
        """
        self._find_moment()
        outside = self.timeline.backward is None
        waiting = bool(self._early) or self._to_end
        why_not = self._make_early_moves()
        if self._to_end:
            self.timeline.newest()
        if waiting and self.run.asking is not None:  # as far as that goes
            self.timeline.newest()
            why_not = key_messages.ASKED
        if not self.run.running:
            self._forget_pending()
        over = waiting and not (self._early or self._to_end)
        if over and self.message == self._waiting_message:  # and nothing that was said since
            self.message = why_not
        return outside and self.timeline.backward is not None

    def _make_early_moves(self) -> str:
        """Those that can be made by now; why one of them leads nowhere, if that is so."""
        timeline = self.timeline
        while self._early:
            into = self._early[0] == "into"
            if timeline.into() if into else timeline.forward():
                self._early.popleft()
            elif into and (timeline.knows_next or not self.run.running):
                self._early.clear()
                return key_messages.why_not_into(timeline)
            else:
                break
        return ""

    # Inside a step

    def forward(self) -> bool:
        """To the next line, or node."""
        index = self._settle()
        moved = self.timeline.forward()
        if not moved and self.run.running:
            return self._wait("forward", index)
        if not moved and self.run.asking is not None:
            return self._to_question(index)
        return self._moved(moved, index, lambda: key_messages.why_no_further(self.after_last))

    def back(self) -> bool:
        """To the line before, or node."""
        index = self._settle(to_end=False)
        return self._moved(self.timeline.back(), index, lambda: _("This is the start of the step."))

    def into(self) -> bool:
        """Into a backward pass or a call."""
        index = self._settle(to_end=False)
        timeline = self.timeline
        moved = not self._early and timeline.into()
        if not moved and self.run.running and (self._early or not timeline.knows_next):
            return self._wait("into", index)
        if not moved and self.run.asking is not None and not timeline.knows_next:
            moved = timeline.into_unfinished()
            return self._moved(True, index, str) if moved else self._to_question(index)
        return self._moved(moved, index, lambda: key_messages.why_not_into(timeline))

    def out(self) -> bool:
        """Out of a backward pass or a call."""
        index = self._settle(to_end=False)
        timeline = self.timeline
        left = timeline.out()
        moved = self._moved(left, index, lambda: key_messages.why_not_out(timeline))
        if left:
            self.message = key_messages.after_out(timeline)
        return moved

    def first(self) -> bool:
        """To the start of the step or of the pass."""
        index = self._settle(to_end=False)
        timeline = self.timeline
        return self._moved(timeline.first(), index, lambda: key_messages.why_not_first(timeline))

    def last(self) -> bool:
        """To the end of the step or of the pass."""
        index = self._settle()
        timeline = self.timeline
        self._to_end = self.run.running and timeline.pass_position is None
        if self.run.asking is not None and timeline.pass_position is None:
            return self._to_question(index)
        shown = self._moved(
            timeline.last(), index, lambda: key_messages.why_not_last(timeline, self.after_last)
        )
        self._waiting_message = self.message
        return shown

    # Jumps inside a step

    def pass_by(self, way: Way) -> bool:
        """To the next backward pass of the step (-1: to the one before)."""
        return self._jump(pass_from, way, key_messages.why_no_pass)

    def visit_by(self, way: Way) -> bool:
        """To the next moment at which the current line has run (-1: to the one before)."""
        return self._jump(visit_from, way, key_messages.why_no_visit)

    def go(self, text: str) -> bool:
        """To a moment as `destination.find` has it; with no text, to the next that fits the last.

        Where it leads nowhere, `message` says why.
        """
        from autograd_tutor.playing.destination import Question, find

        index, anew = self._settle(to_end=False), not text.strip()
        text = text.strip() or (self.queries[-1] if self.queries else "")
        if not text:
            return self._moved(False, index, lambda: _("Nothing was looked for before."))
        self.queries = [*(each for each in self.queries if each != text), text]
        name = self.run.lesson.path.name
        question = Question(self.trace, self.timeline.index, self._more, anew, name)
        target, message = find(text, question)
        moved = self.timeline.go(target)
        message = self._or_asked(message)
        shown = self._moved(moved, index, lambda: message or _("You are at this moment."))
        self.message = message if moved else self.message
        return shown

    def jump_to(self, index: int) -> bool:
        """To a moment of the open step."""
        shown, timeline = self._settle(to_end=False), self.timeline
        moved = timeline.go(index)
        return self._moved(moved, shown, lambda: _("You are at this moment."))

    def _jump(
        self,
        target_from: Callable[[Trace, int, Way], int | None],
        way: Way,
        why_not: Callable[[Timeline, Way, bool], str],
    ) -> bool:
        index, timeline = self._settle(to_end=False), self.timeline
        target = target_from(self.trace, timeline.index, way) if self.trace.snapshots else None
        moved = timeline.go(target)
        return self._moved(
            moved, index, lambda: self._or_asked(why_not(timeline, way, self.run.running))
        )

    def _or_asked(self, why_not: str) -> str:
        """A word where a question is open, behind which nothing can be found."""
        if self.run.asking is None:
            return why_not
        return key_messages.ASKED if self._at_newest else key_messages.ASKED_LATER

    def _to_question(self, index: int) -> bool:
        """To the moment that is asked about; `index` is the one shown."""
        moved = self.timeline.newest()
        shown = self._moved(moved, index, str)
        self.message = key_messages.ASKED
        return shown

    # From step to step

    def next_step(self) -> bool:
        """Open the next step."""
        return self._open(self.run.step + 1, key_messages.why_no_next_step(self.after_last))

    def previous_step(self) -> bool:
        """Open the step before."""
        return self._open(self.run.step - 1, _("This is the first step."))

    def open(self, step: int) -> bool:
        """Open any step of the lesson."""
        return self._open(step, _("There is no such step."))

    def may_edit(self) -> bool:
        """Whether the code can be edited and run again; where it cannot, `message` is why."""
        return self._editable() is not None

    def _editable(self) -> Editable | None:
        self.message = key_messages.WHY_NOT_EDIT if self.run.editable is None else ""
        return self.run.editable

    def edit(self, code: str) -> bool:
        """Run the learner's code in the open step."""
        run = self._editable()
        if run is None:
            return False
        self.message = ""
        run.edit(code)
        self._forget_pending()
        return True

    def run_again(self, changed: Lesson | None = None, written: bool = False) -> bool:
        """Run the lesson anew; `changed`: as its file is now, where that has changed.

        `written`: because the learner's code was written to it.
        """
        run = self._editable()
        if run is None:
            return False
        self.message = _("Running the lesson again, from its start to this step.")
        if changed is None:
            step = run.step
            run.start()
            if run.step != step:
                self.message = key_messages.ASKED_BEFORE
        else:
            run.reread(changed)
            self.message = key_messages.read_again(run, written)
        self._forget_pending()
        return True

    def _open(self, step: int, why_not: str) -> bool:
        first = self.run.first_to_ask(step) if 0 <= step < len(self.run.lesson.steps) else step
        if first == self.run.step != step:
            return self._to_question(self._settle(to_end=False))
        opened = self.run.go(first)
        if opened:
            self._forget_pending()
        self.message = why_not if not opened else key_messages.ASKED_BEFORE if first < step else ""
        return opened

    def _settle(self, to_end: bool = True) -> int:
        """Do what earlier keys wait for, as far as that has arrived but is not shown yet.

        `to_end`: whether the wish to be at the end still holds. The index shown.
        """
        index = self.timeline.index
        self._to_end = self._to_end and to_end
        self.catch_up()
        return index

    def _wait(self, move: Literal["forward", "into"], shown: int) -> bool:
        """Make a move once what it leads to is recorded; whether there is something to show."""
        self._early.append(move)
        self._left_at = ""
        self.message = self._waiting_message = _(
            "Not recorded yet; the key counts as soon as it is."
        )
        return self.timeline.index != shown

    def _moved(self, moved: bool, shown: int, why_not: Callable[[], str]) -> bool:
        """Whether another moment than the one at the index shown is to be shown."""
        self._early.clear()
        self._left_at = ""
        self.message = "" if moved else why_not()
        return moved or self.timeline.index != shown

    def _forget_pending(self) -> None:
        self._early.clear()
        self._to_end, self._left_at = False, ""
