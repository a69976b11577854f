"""Where the learner is, in words: moves, waiting for the run, and what is said of a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from autograd_tutor.client import KernelEvent
from autograd_tutor.dialogue.console import Console
from autograd_tutor.dialogue.elsewhere import Following
from autograd_tutor.dialogue.looks import ended_text, markdown_rows, open_step
from autograd_tutor.dialogue.reports import Reports
from autograd_tutor.limits.interface import QUIET_SECONDS
from autograd_tutor.messages import _
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render import spoken
from autograd_tutor.render.rows import row
from autograd_tutor.render.sanitize import sanitize_line

MOVES: Mapping[str, Callable[[Walk], bool]] = {
    "next": Walk.forward,
    "back": Walk.back,
    "into": Walk.into,
    "out": Walk.out,
    "start": Walk.first,
    "end": Walk.last,
    "pass": lambda walk: walk.pass_by(1),
    "passback": lambda walk: walk.pass_by(-1),
    "again": lambda walk: walk.visit_by(1),
    "before": lambda walk: walk.visit_by(-1),
}
FINDING = ("pass", "passback", "again", "before")
"""Moves that look for something."""

_KEYS = (
    (_("q goes back to the course."), _("lessons lists the lessons, quit ends the program.")),
    (_("End leads to it"), _("end leads to it")),
    (_("the key counts as soon as it is"), _("the step is still running")),
    (_("Left goes"), _("back goes")),
    (_("Left, up to"), _("back, up to")),
    (_("F5 reads"), _("run reads")),
    (_("; F2 in the editor drops it"), _("; reset drops it")),
)
"""Where sentences name keys of the screen, what does the same here."""


class Place:
    """The learner's place in one lesson."""

    def __init__(
        self, console: Console, walk: Walk, reports: Reports, following: Following
    ) -> None:
        self._console = console
        self._walk = walk
        self._reports = reports
        self._following = following
        self._closing: str | None = None
        """The step whose closing words were said."""

    # The run

    def take_reports(self) -> None:
        """Take in what has been reported, and do what waits for it."""
        self._walk.take(self._reports.waiting())
        self._walk.catch_up()

    def wait_until(
        self, is_over: Callable[[], bool], also: Callable[[KernelEvent], object] | None = None
    ) -> None:
        """Take in what is reported until that is so; say once if that takes time.

        `also` takes it in, too, from a run that is none of the learner's.
        """
        self.take_reports()
        quiet_until: float | None = time.monotonic() + QUIET_SECONDS
        while not is_over() and (also is not None or self._walk.run.recording_on):
            left = None if quiet_until is None else max(0.0, quiet_until - time.monotonic())
            events = self._reports.next(left)
            if events is None:
                self._console.say(_("Running..."))
                quiet_until = None
                continue
            if also is not None:
                for event in events:
                    also(event)
            self._walk.take(events)
            self._walk.catch_up()

    # Moves

    def move(self, move: Callable[[], bool], to_find: bool = False) -> None:
        """Move, and say what is there; where it is not recorded yet, as soon as it is.

        `to_find`: what it leads to is looked for in all that is recorded.
        """
        walk = self._walk
        before = walk.trace, walk.timeline.index
        if to_find:
            self.wait_until(lambda: not walk.run.running)
        move()
        self.wait_until(lambda: not walk.waiting)
        if (walk.trace, walk.timeline.index) != before:
            self.say_moment()
            if to_find:  # it may have begun from the start again
                self.say_message()
        elif walk.asked is None or not walk.message:
            if walk.run.problem is not None and (text := ended_text(walk)):
                self._console.say(text)
            self.say_message()
        else:
            self._console.say(_("A question comes first; question asks it again."))

    # What is said

    def say_moment(self) -> None:
        """What happened at the moment; at the last one, how the step ended."""
        walk = self._walk
        snapshot = walk.timeline.snapshot
        if snapshot is not None and not snapshot.next_line and not snapshot.depth:
            self.wait_until(lambda: not walk.run.running)
        elif snapshot is not None and snapshot.backward is not None:
            self._wait_for_pass(snapshot.backward.call)
        self._console.say_all(spoken.moment_rows(walk.timeline))
        if walk.finished:
            self.say_end()

    def _wait_for_pass(self, call: int) -> None:
        """How many nodes a pass has is known when it is over, or when a question comes first."""
        run = self._walk.run

        def is_known() -> bool:
            at = self._walk.trace.snapshots[-1].backward
            return run.asking is not None or at is None or at.call != call

        self.wait_until(is_known)

    def say_message(self) -> None:
        """Why the last move led nowhere, or what else there is to say."""
        text = self._walk.message
        for key, command in _KEYS:
            text = text.replace(key, command)
        if text:
            self._console.say(row(sanitize_line(text)))

    def say_end(self) -> None:
        """How the step ended, and what comes after it."""
        if text := ended_text(self._walk):
            self._console.say(text)
        self.say_after()

    def say_after(self) -> None:
        """What comes after the step."""
        run = self._walk.run
        if run.step + 1 < len(run.lesson.steps):
            title = run.lesson.steps[run.step + 1].title
            self._console.say(
                row(
                    sanitize_line(
                        _("End of the step. N opens the next: {title}").format(title=title)
                    )
                )
            )
            return
        after = self._following()
        if after is None:
            self._console.say(_("End of the lesson. lessons lists the lessons, quit ends."))
        else:
            title = sanitize_line(after[0])
            self._console.say(
                _("End of the lesson. N opens the next lesson: {title}").format(title=title)
            )

    def say_closing(self, anew: bool = False) -> None:
        """What the step says once its questions are settled; `anew`: also if it was said before."""
        run, step = self._walk.run, open_step(self._walk.run)
        settled = run.asking is None and run.trace.done
        if step.then.strip() and settled and (anew or self._closing != step.id):
            self._closing = step.id
            self._console.say("")
            self._console.say_all(markdown_rows(step.then, self._console.width))
