"""What the command palette offers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import DiscoveryHit, Hits
from textual.markup import escape
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from autograd_tutor.limits.interface import MOST_GRAPHS
from autograd_tutor.messages import _
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import kind_word
from autograd_tutor.ui import keys
from autograd_tutor.ui.course_screen import CourseScreen
from autograd_tutor.ui.host import Host
from autograd_tutor.ui.lesson_screen import LessonScreen

_DONE = {"": "", "solved": _("solved"), "shown": _("solution seen")}
_NUMBER = re.compile(r"\d+")


class NumbersInOrder(SystemCommandsProvider):
    """What can be chosen before anything is typed, by name: exercise 10 after exercise 9."""

    async def discover(self) -> Hits:
        found = self.app.get_system_commands(self.screen)
        for each in sorted(found, key=lambda each: _NUMBER.sub(_padded, each.title)):
            yield DiscoveryHit(each.title, each.callback, help=each.help)


def _padded(number: re.Match[str]) -> str:
    return number[0].zfill(6)


def _graphs(screen: LessonScreen) -> Iterator[SystemCommand]:
    """The graph of each tensor that has one now."""
    trace, index = screen.walk.trace, screen.walk.timeline.index
    tensors = trace.state(index).tensors if trace.snapshots else {}
    names = [name for name, each in tensors.items() if each.grad_fn is not None]
    for name in names[-MOST_GRAPHS:]:
        title = escape(sanitize_line(_("Graph of {name}").format(name=name)))
        yield SystemCommand(title, "", partial(screen.action_graph_of, name))


def commands(app: Host, screen: Screen[object]) -> Iterator[SystemCommand]:
    """Every key's action, every step, every lesson."""
    yield SystemCommand(_("Theme"), _("Change the colours"), app.action_change_theme)
    yield SystemCommand(_("Quit"), _("End the program"), app.action_quit)
    if isinstance(screen, LessonScreen | CourseScreen):
        for binding in screen.BINDINGS:
            assert isinstance(binding, Binding)
            action = partial(screen.run_action, binding.action)
            title = f"{binding.tooltip} ({keys.names(binding)})"
            yield SystemCommand(escape(title), "", action)
    if isinstance(screen, LessonScreen):
        opened = screen.run.lesson
        for index, step in enumerate(opened.steps):
            kind, number, _unused = opened.numbered(index)
            title = escape(sanitize_line(f"{kind_word(kind).capitalize()} {number}: {step.title}"))
            done = _DONE[screen.done_with(step)]
            yield SystemCommand(title, done, partial(screen.open_step, index))
        yield from _graphs(screen)
    for lesson in app.lessons:
        if lesson.problem is None and not lesson.unread:
            title = escape(sanitize_line(_("Lesson: {title}").format(title=lesson.title)))
            text = escape(sanitize_line(lesson.summary))
            yield SystemCommand(title, text, partial(app.open_lesson, lesson.path))
