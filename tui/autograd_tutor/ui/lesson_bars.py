"""The lines around the panes of a lesson: where the learner is, what went wrong, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_tutor.messages import _
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.key_messages import HINT, Hint
from autograd_tutor.playing.walk import Walk
from autograd_tutor.render.headline import headline, position_texts
from autograd_tutor.render.keybar import keybar, notice_rows, prompt_row
from autograd_tutor.render.rows import Row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentence import sentence_row
from autograd_tutor.render.sentences import kind_word
from autograd_tutor.render.strip import strip_row
from autograd_tutor.ui.line_view import Bar, display

if TYPE_CHECKING:
    from autograd_tutor.playing.played import Played


STRIP_HEIGHT, SENTENCE_HEIGHT = 24, 20
"""Rows of a screen on which the strip of the step, and the sentence, are worth one."""


class LessonBars:
    """On top the headline, the step as a strip, what happened; at the bottom outcome and keys."""

    def __init__(self) -> None:
        self.headline, self.strip, self.sentence, self.question, self.outcome, self.keys = (
            Bar(id=name)
            for name in ("headline", "strip", "sentence", "question", "outcome", "keys")
        )
        self._room, self._bottom_rows = (0, 0), 1

    def rearrange(self, height: int) -> None:
        """Show the strip and the sentence where the screen is high enough."""
        display(self.strip, height >= STRIP_HEIGHT)
        display(self.sentence, height >= SENTENCE_HEIGHT)

    def make_room(self, outcome: int, question: int) -> bool:
        """Give the two this many rows; whether they had another number of them."""
        before, self._room = self._room, (outcome, question)
        bars = (self.outcome, self.question)
        for bar, rows, had in zip(bars, self._room, before, strict=True):
            if rows != had:
                bar.styles.height = max(1, rows)
                display(bar, rows > 0)
        return before != self._room

    def show(self, run: Played, outcome: Sequence[Row]) -> None:
        """Show where the learner is; `outcome`: what went wrong, as far as the learner sees."""
        kind, number, count = run.lesson.numbered(run.step)
        if run.running and not run.trace.snapshots:
            ready = self.headline.app.torch_ready
            waiting = _("running …") if ready else _("torch is being imported …")
            position, *shorter = [f"{kind_word(kind)} {number}/{count} · {waiting}"]
        else:
            position, *shorter = position_texts(number - 1, count, run.timeline, run.running, kind)
        live = run.editable
        note = _(" · recording") if live is None else _(" · sandboxed") if live.sandboxed else ""
        title = f"{run.lesson.title}{note}"
        width = self.headline.screen.size.width
        self.headline.show([headline(title, position, width, shorter)])
        self.strip.show([strip_row(run.trace, run.timeline.index, width)])
        self.sentence.show([sentence_row(run.timeline, width)])
        self.outcome.show(outcome)

    def show_prompt(self, text: str, cursor: int) -> None:
        """Show what is being typed in the place of the keys."""
        self._show_at_bottom([prompt_row(text, cursor, HINT, self.keys.size.width)])

    def show_keys(
        self,
        walk: Walk,
        of_pane: Sequence[Hint],
        of_task: Sequence[Hint],
        of_question: Sequence[Hint],
        typing: bool,
    ) -> None:
        """Show the keys, among them the focused pane's own, or why the last one did nothing.

        `of_task`: those of an exercise; `of_question`: those that answer what is asked, where a
        question is open; `typing`: no others do anything.
        """
        bar = self.keys
        width, height = bar.screen.size
        if walk.message:
            self._show_at_bottom(
                notice_rows(sanitize_line(walk.message), width, height // 8, "strong")
            )
            return
        editable = walk.run.editable is not None
        hints = (
            []
            if typing
            else key_messages.hints(
                walk.timeline, walk.after_last, editable, of_pane, bar.app.ascii_only, of_task
            )
        )
        hints = key_messages.with_question(hints, of_question, walk.asked is not None)
        self._show_at_bottom([keybar(hints, width)])

    def _show_at_bottom(self, rows: Sequence[Row]) -> None:
        """In the place of the keys, which is higher where a sentence needs more than a row."""
        if len(rows) != self._bottom_rows:
            self.keys.styles.height = self._bottom_rows = len(rows)
        self.keys.show(rows)
