"""The lesson: five panes on one moment of a trace, and the keys that move through it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message

from autograd_tutor.course.model import Step
from autograd_tutor.limits.interface import REPAINT_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render.keybar import notice_rows
from autograd_tutor.render.outcome import outcome
from autograd_tutor.render.rows import Row
from autograd_tutor.render.verdict import verdict_rows
from autograd_tutor.ui import keys
from autograd_tutor.ui.exercise_keys import ExerciseKeys
from autograd_tutor.ui.lesson_panes import PANES, TITLES
from autograd_tutor.ui.pane import Pane
from autograd_tutor.ui.question_keys import QuestionKeys
from autograd_tutor.ui.soon import aside
from autograd_tutor.ui.verify_keys import VerifyKeys

if TYPE_CHECKING:
    from autograd_tutor.client import KernelEvent
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.playing.exercise_work import Notes
    from autograd_tutor.playing.played import Played

What = Literal["step", "moment", "finished"]


class LessonScreen(QuestionKeys, ExerciseKeys, VerifyKeys):
    """Owns the learner's walk through a lesson, and hands every pane what to show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.WALK, *keys.JUMPS, *keys.PANES, *keys.PICTURE, *keys.ROWS, *keys.SCROLL,
        *keys.EXERCISE, *keys.OTHERS,
    ]  # fmt: skip
    AUTO_FOCUS = "#code"

    class Moved(Message):
        """The learner is at another step or moment, or has seen the end of this one."""

        def __init__(self, screen: LessonScreen, step: Step, *, what: What) -> None:
            super().__init__()
            self.screen = screen
            self.step = step
            self.what = what

    class Followed(Message):
        """It is known which lesson comes after this one."""

        def __init__(self, after: Summary | None) -> None:
            super().__init__()
            self.after = after

    class Left(Message):
        """The learner goes back to the course."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(
        self,
        run: Played,
        key: str | None,
        message: str = "",
        moment: str = "",
        notes: Notes | None = None,
    ) -> None:
        """`key`: what progress is stored under, if it is; `message`: shown until the first key.

        `moment`: where in the open step to begin, as `Walk.moment` was. `notes`: where work on
        exercises is kept.
        """
        super().__init__()
        self.run = run
        self.key = key
        self.notes = notes
        self.walk = Walk(run, message)
        self.walk.go_to(moment)
        self._refresh_due = False
        self._after: Summary | None = None
        """The lesson after this one, once it is known."""
        self._looks_after = False
        """Whether it has been looked for."""

    def compose(self) -> ComposeResult:
        bars = self._bars
        yield from (bars.headline, bars.strip, bars.sentence)
        yield from (self._panes, bars.question, bars.outcome, bars.keys)

    def on_mount(self) -> None:
        self._bars.rearrange(self.size.height)
        self._panes.rearrange()
        self._show_step()

    # What the kernel reports

    def take(self, events: Sequence[KernelEvent]) -> None:
        """Take in what was recorded."""
        self.take_check(events)
        empty = not self.walk.trace.snapshots
        if self._goal is not None and any(map(self._goal.take, events)):
            self._show()
            self.say(self._goal.problem)
        if not self.walk.take(events):
            return
        if self.walk.trace.done or self.run.problem or empty:
            self._on_recorded()
        elif not self._refresh_due:
            self._refresh_due = True
            self.set_timer(REPAINT_SECONDS, self._on_recorded)

    def _on_recorded(self) -> None:
        self._refresh_due = False
        if self.walk.catch_up():
            self._panes.show_pass()
        self._show()

    # Keys

    def action_forward(self) -> None:
        self._moved(self.walk.forward())

    def action_back(self) -> None:
        self._moved(self.walk.back())

    def action_into(self) -> None:
        self.entered(self.walk.into())

    def action_out(self) -> None:
        self._moved(self.walk.out())

    def action_first(self) -> None:
        self._moved(self.walk.first())

    def action_last(self) -> None:
        self._moved(self.walk.last())

    def action_next_step(self) -> None:
        stopped = self.work is not None and not self.run.running and not self.walk.trace.done
        at_end = self.walk.finished or stopped
        if self._after is not None and self.walk.after_last.next_lesson and at_end:
            self.app.open_lesson(self._after.path)
        else:
            self._opened(self.walk.next_step())

    def _look_after(self) -> None:
        after = self.app.lesson_after(self.run.lesson)
        with suppress(RuntimeError):  # the program has ended
            self.post_message(self.Followed(after))

    def on_lesson_screen_followed(self, message: Followed) -> None:
        self._after = message.after
        if self._after is not None:
            self.walk.next_lesson = self._after.title
            self._show_keys()

    def action_previous_step(self) -> None:
        self._opened(self.walk.previous_step())

    def open_step(self, step: int) -> None:
        """Open any step of the lesson."""
        self._opened(self.walk.open(step))

    def action_map(self, name: str | None = None) -> None:
        """A tensor as a heat map: the chosen one, or else the newest matrix."""
        from autograd_tutor.analysis.heat_map import first_mapped, mapped_names
        from autograd_tutor.ui.heat_map_screen import HeatMapScreen

        trace, index = self.walk.trace, self.walk.timeline.index
        name = name or self._panes.chosen_tensor
        if name is None or name not in mapped_names(trace, index):
            name = first_mapped(trace, index) if trace.snapshots else None
        if name is None:
            self.say(key_messages.NOTHING_TO_MAP)
        else:
            self.app.push_screen(HeatMapScreen(self.run, trace, index, name))

    def action_search(self) -> None:
        self.app.search()

    def action_help(self) -> None:
        self.app.help(
            [
                (_("Walk"), keys.WALK),
                (_("Jumps"), keys.JUMPS),
                (_("A question"), keys.QUESTION),
                (_("Panes"), [*keys.PANES, *keys.PICTURE, *keys.ROWS, *keys.SCROLL]),
                (_("Heat map"), keys.HEAT_MAP),
                (_("Compare"), keys.COMPARE),
                (_("Why"), keys.FINDINGS),
                (_("Check"), keys.CHECKED),
                (_("Exercise"), keys.EXERCISE),
                (_("Exercise, lines to put in order"), keys.PIECES),
                (_("More"), keys.OTHERS),
            ]
        )

    def action_leave(self) -> None:
        if (
            self._panes.close_picture()
            or self._panes.close_tensor()
            or (self._panes.graph.display and self._panes.graph.close_opened())
        ):
            self.say("")
        elif self._panes.zoomed:
            self.action_zoom()
        else:
            self.leave()

    def leave(self) -> None:
        """Leave the lesson."""
        self.post_message(self.Left(self.run.lesson.path))

    def action_review(self) -> None:
        self.app.review(self.key)

    def action_ask_again(self) -> None:
        self.app.ask_again(self.run)

    def say(self, text: str) -> bool:
        self.walk.message = text
        self._show_keys()
        return True

    def add(self, text: str) -> None:
        """Say something after what was said last."""
        self.say(f"{self.walk.message} {text}".strip())

    def _moved(self, moved: bool) -> None:
        closed = self.close_result()
        if closed and not moved:
            self.walk.message = ""
        if moved or closed:
            self._show()
            self._note_progress("moment")
        else:
            self._show_keys()

    def entered(self, moved: bool) -> None:
        if moved and self.walk.timeline.backward is not None:
            self.close_result()
            self._panes.show_pass()
            self._show(from_top=("tensors",))
            self._note_progress("moment")
        else:
            self._moved(moved)

    def _opened(self, opened: bool) -> None:
        if opened:
            self._show_step()
        else:
            self._moved(False)

    # What is on the screen

    def on_resize(self, event: events.Resize) -> None:
        self._bars.rearrange(self.size.height)
        self._panes.rearrange()
        self._make_room()
        self._show_bars()

    def on_screen_suspend(self) -> None:
        """A key has opened another screen: what was said before it has been read."""
        if self._panes.complete:
            self.say("")

    def on_lesson_panes_laid_out(self) -> None:
        self._show_keys()  # of a pane that is smaller now there may be more to read

    def on_pane_chosen(self, message: Pane.Chosen) -> None:
        self._panes.prefer(message.pane.id or "code")
        self._show_keys()

    @property
    def _step(self) -> Step:
        return self.run.lesson.steps[self.run.step]

    def _show_step(self) -> None:
        """Everything, from its top: another step, or another run of it."""
        self.close_result()
        self.follow_question()
        self._make_room()
        if self.run.step + 1 == len(self.run.lesson.steps) and not self._looks_after:
            self._looks_after = True
            aside(self._look_after)
        self._panes.task_text = None if self.work is None else self.work.text
        self._panes.show_step(self._step)
        self._note_progress("step")
        self._show(from_top=PANES)

    def _show(self, from_top: Collection[str] = ()) -> None:
        """Everything that depends on the moment; some panes from their top."""
        if not self._panes.complete:  # not there yet, or the screen is being closed
            return
        self.follow_question()
        self._note_verdict()
        self._look_for_goal()
        self._make_room()
        self.forget_findings()
        if self._marks_lines:
            self.diagnose()
        self._panes.marks = {line: each[0].key for line, each in self.marks.items()}
        self._panes.show_moment(self.run, self._step, from_top)
        if self.walk.finished if self.work is None else self.work.settled:
            self._note_progress("finished")
        self._show_bars()

    def show_marks(self) -> None:
        self._show()

    def _note_progress(self, what: What) -> None:
        if self.key is not None:
            self.post_message(self.Moved(self, self._step, what=what))

    def _show_bars(self) -> None:
        self._bars.show(self.run, self._outcome_rows)
        self._bars.question.show(self._question_rows)
        self._show_keys()

    def _make_room(self) -> None:
        """For question and outcome; panes are painted when they have their height."""
        if self._bars.make_room(len(self._outcome_rows), len(self._question_rows)):
            self._panes.wait_for_layout()

    def _show_question(self) -> None:
        self._make_room()
        self._bars.question.show(self._question_rows)

    @property
    def _outcome_rows(self) -> list[Row]:
        """What went wrong, as far as the learner sees; in a low terminal in one row."""
        run = self.run
        failure, stand = outcome(run.trace, run.problem, run.timeline.index), self.standing
        width, most = self.size.width, self.size.height // 8
        if stand is None or stand.kind in ("raised", "ended"):
            text = failure if stand is None else f"{failure} {stand.text}".strip()
            why = notice_rows(self.failure_words, width, most, "strong") if text else []
            return [*notice_rows(text, width, most), *why]
        return verdict_rows(stand.text, stand.kind == "solved", width, self.size.height // 5)

    def _show_keys(self) -> None:
        if self._prompt is not None and not self._answering:
            self.show_prompt()
            return
        of_pane = self._focused_pane.hints
        named = self._panes.pane_to_look_at
        if named is not None:
            of_pane = (Hint(str(PANES.index(named) + 1), TITLES[named], True), *of_pane)
        paged = self._paged_pane
        if paged.id == "explanation" and paged.goes_on:
            of_pane = (*of_pane, key_messages.READ_ON)
        if self._panes.marks:
            of_pane = (*of_pane, key_messages.WHY)
        typing = self._answering
        self._bars.show_keys(self.walk, of_pane, self._of_task, self._of_question, typing=typing)
