"""The part of the application that asks questions of earlier lessons again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from autograd_tutor.client import Kernel
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.trust import sandboxing
from autograd_tutor.messages import _
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.progress import Progress
from autograd_tutor.ui.lesson_screen import LessonScreen
from autograd_tutor.ui.preview import Previewing
from autograd_tutor.ui.soon import aside, soon

if TYPE_CHECKING:
    from textual.screen import Screen

    from autograd_tutor.course.summary import Summary
    from autograd_tutor.playing.review import Returning, Review
    from autograd_tutor.progress.notes import Key
    from autograd_tutor.ui.review_screen import ReviewScreen


class Reviewing(Previewing):
    """Offers what is due, and asks it on a screen that lies on the one that is open.

    What the screen does not need when the program starts is imported late.
    """

    class DueFound(Message):
        """So many questions are due where a lesson begins, or is finished."""

        def __init__(self, screen: LessonScreen, due: int) -> None:
            super().__init__()
            self.screen = screen
            self.due = due

    class ReturningRead(Message):
        """What is due was read, later than the key that asked for it."""

        def __init__(self, covered: Screen[object], returning: Sequence[Returning]) -> None:
            super().__init__()
            self.covered = covered
            self.returning = returning

    _progress: Progress
    _kernel: Callable[[], Kernel]
    _sandbox: bool | None
    _review: Review

    # What is due

    def due_among(self, lessons: Sequence[Summary]) -> int:
        """How many questions are due, of lessons of which enough is known."""
        from autograd_tutor.playing.reviewing import due_now

        return len(due_now(self._progress, lessons)) if self._progress.reviews() else 0

    def offer_review(self, screen: LessonScreen) -> None:
        """Have the lesson that begins offer what is due, if something is."""
        if any(not review.done for review in self._progress.reviews().values()):
            aside(partial(self._look_for, screen))

    def note_if_finished(self, screen: LessonScreen) -> None:
        """Note that all of a lesson is done, if that is new, and offer what is due then."""
        from autograd_tutor.course.summary import summary_of
        from autograd_tutor.progress.done import standing

        key = screen.key
        if key is None or key in self._progress.finished_lessons():
            return
        summary = summary_of(screen.run.lesson, own=True)
        seen = self._progress.seen(key)
        if standing(summary.questions, summary.exercises, seen).finished:
            aside(partial(self._look_for, screen))

    def _look_for(self, screen: LessonScreen) -> None:
        due, _unused = self._due(screen.key)
        self._post(self.DueFound(screen, len(due)))

    def _due(self, here: str | None) -> tuple[Sequence[Key], Sequence[Summary]]:
        """What is due, and all lessons. On a thread: the disk is asked."""
        from autograd_tutor.playing.reviewing import due_now, note_finished

        with self._listing:
            lessons = self._catalogue.summaries()
        note_finished(self._progress, lessons)
        return due_now(self._progress, lessons, here), lessons

    def on_reviewing_due_found(self, message: DueFound) -> None:
        from autograd_tutor.playing.review import offer

        if message.due and message.screen is self.screen and self._previewed is None:
            message.screen.add(offer(message.due))

    # Asking it

    def review(self, here: str | None = None) -> None:
        from autograd_tutor.playing.review import returning

        covered = self.screen
        found = soon(
            lambda: returning(*self._due(here)),
            lambda found: self._post(self.ReturningRead(covered, found)),
        )
        if found is None:
            self._say(_("Reading what is due …"))
        else:
            self._begin(found)

    def on_reviewing_returning_read(self, message: ReturningRead) -> None:
        if message.covered is self.screen:
            self._begin(message.returning)

    def _begin(self, returning: Sequence[Returning]) -> None:
        from autograd_tutor.playing.review import NOTHING_DUE, Review

        if returning:
            self._review = Review(returning)
            self._ask_next()
        else:
            self._say(NOTHING_DUE)

    def _ask_next(self) -> None:
        """Ask the next question, or end; those that cannot be asked are said and left out."""
        review, unasked = self._review, ""
        while (question := review.following()) is not None and question.lesson is None:
            self._progress.note_reviewed(question.key)
            review.note("not asked")
            unasked += _("Not asked, of {title}: {problem}. ").format(
                title=question.title, problem=question.problem
            )
        if question is None or question.lesson is None:
            self._end_review(unasked)
        else:
            self._show_review(self._review_screen(question.lesson, unasked))

    def _review_screen(self, lesson: Lesson, message: str) -> ReviewScreen:
        from autograd_tutor.ui.review_screen import ReviewScreen

        lesson = replace(lesson, title=self._review.place)
        sandboxed = sandboxing(lesson.path, self._sandbox)
        run = LessonRun(lesson, self._kernel(), len(lesson.steps) - 1, (), sandboxed)
        return ReviewScreen(run, message or run.protection)

    def _show_review(self, screen: ReviewScreen) -> None:
        if self._leave_review():
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def _leave_review(self) -> bool:
        """End what runs for the question on the screen; whether there is one."""
        from autograd_tutor.ui.review_screen import ReviewScreen

        if not isinstance(self.screen, ReviewScreen):
            return False
        self.screen.close_runs()
        return True

    def _end_review(self, unasked: str = "") -> None:
        if self._leave_review():
            self.pop_screen()
        self._say(f"{unasked}{self._review.summary}")

    def on_review_screen_reviewed(self, message: ReviewScreen.Reviewed) -> None:
        self._progress.note_reviewed(self._review.asked.key)
        self._review.note(message.outcome)

    def on_review_screen_passed(self, message: ReviewScreen.Passed) -> None:
        if message.screen is not self.screen:  # the key came twice
            return
        if message.ended:
            self._end_review()
        else:
            self._ask_next()
