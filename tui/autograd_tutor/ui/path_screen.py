"""The paths through the course, to follow one of them or the whole course."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render.paths import choice_listing
from autograd_tutor.ui import keys
from autograd_tutor.ui.pane_screen import PaneScreen


class PathScreen(PaneScreen):
    """A list to choose from."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.PATHS]
    hints = (Hint("Enter", _("follow"), True), Hint("j k", _("choose")), Hint("?", _("help")))

    def __init__(self, paths: Sequence[LearningPath], course: Course, followed: str) -> None:
        """`followed`: the id of the path that is followed now; nothing: the whole course."""
        super().__init__(_("Paths"), id="paths")
        self._paths = [OnPath(path, course) for path in paths]
        self._course = course
        self._ids = ["", *(path.id for path in paths)]
        self._followed = followed
        self.chosen: str | None = None
        """What the learner has decided for: the id of a path, or nothing for the whole course."""
        self._at = self._ids.index(followed)

    def action_choose(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._ids) - 1))
        self.say("")

    def action_follow(self) -> None:
        self.chosen = self._ids[self._at]
        self.dismiss()

    def action_help(self) -> None:
        self.app.help([(_("Paths"), keys.PATHS)])

    def show(self) -> None:
        super().show()
        self.pane.fill(partial(choice_listing, self._paths, self._course, self._at, self._followed))

    @property
    def place(self) -> tuple[str, Sequence[str]]:
        return _("Paths through the course"), ("",)
