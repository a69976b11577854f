"""What the command line asks of a script: its arguments, its limits, how Python is started."""

from __future__ import annotations

import importlib.machinery
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from autograd_tutor import environment
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.course.target import Target
from autograd_tutor.messages import _
from autograd_tutor.recording.invocation import Invocation


class UnfitOptions(CourseError):
    """What was asked for is not for this target, or there is no such module."""


class Asked(NamedTuple):
    """What is asked of a script; None: as it is anyway."""

    option: str = ""
    """The first option that was given, to name it where it is refused; `--` of arguments."""
    invocation: Invocation = Invocation()
    seconds: float | None = None
    moments: int | None = None
    memory: int | None = None
    """MiB."""
    seed: int | None = None

    def of_lesson(self, lesson: Lesson) -> Lesson:
        """The script as it is to be run. Raises UnfitOptions for any other lesson."""
        if not self.option:
            return lesson
        if lesson.path.suffix.lower() != ".py":
            raise UnfitOptions(self._refusal(_("a lesson says in its own file what it may use")))
        limits = lesson.limits
        if self.seconds is not None:
            limits = msgspec.structs.replace(limits, seconds=self.seconds)
        if self.moments is not None:
            nodes = limits.nodes * max(1, -(-self.moments // limits.snapshots))
            limits = msgspec.structs.replace(limits, snapshots=self.moments + 1, nodes=nodes)
        if self.memory is not None:
            limits = msgspec.structs.replace(limits, memory=self.memory)
        return replace(
            lesson,
            invocation=self.invocation,
            limits=limits,
            seed=lesson.seed if self.seed is None else self.seed,
        )

    def of_target(self, target: Target) -> Target:
        """The same; a recording is run no more. Raises UnfitOptions."""
        if self.option and target.recording is not None:
            self.refuse_recording()
        return target._replace(lesson=self.of_lesson(target.lesson))

    def refuse_recording(self) -> NoReturn:
        """Raises UnfitOptions."""
        raise UnfitOptions(self._refusal(_("a recording does not run again")))

    def _refusal(self, why: str) -> str:
        if self.option == "--":
            return _("Only a script takes arguments of its own after --: {why}.").format(why=why)
        return _("{option} is for scripts: {why}.").format(option=self.option, why=why)


NOTHING = Asked()


def as_before(lesson: Lesson, before: Lesson) -> Lesson:
    """A script that was read again, to be started as it was before."""
    if before.path != lesson.path or lesson.path.suffix.lower() != ".py":
        return lesson
    return replace(
        lesson,
        invocation=before.invocation,
        limits=before.limits,
        seed=before.seed,
    )


def find_module(name: str) -> tuple[Path, str]:
    """The file that `python -m NAME` would run, and the module's name in full.

    A package stands for its `__main__`. Nothing is imported. Raises UnfitOptions.
    """
    folders = os.environ.get(environment.aside("PYTHONPATH"), "")
    try:
        here = os.getcwd()
    except OSError:
        raise UnfitOptions(
            _("--module looks in the current folder, which is not there any more.")
        ) from None
    path: list[str] | None = [here, *environment.folders_of(folders), *sys.path]
    known = ""
    spec = None  # found by the last part: by its whole name, a parent would have to be imported
    for part in name.split("."):
        known = f"{known}.{part}".lstrip(".")
        if path is not None and part.isidentifier():
            spec = importlib.machinery.PathFinder.find_spec(part, path)
        if path is None or spec is None or not part.isidentifier():
            raise UnfitOptions(
                _("There is no module {name}: {part} is neither here nor installed.").format(
                    name=name, part=known
                )
            )
        found = spec.submodule_search_locations
        path, file, spec = None if found is None else list(found), spec.origin, None
    if path is not None:
        if importlib.machinery.PathFinder.find_spec("__main__", path) is None:
            raise UnfitOptions(
                _("{name} is a package, and has no __main__ to be run.").format(name=name)
            )
        return find_module(f"{name}.__main__")
    if file is None or not file.lower().endswith(".py"):
        raise UnfitOptions(_("The module {name} is no Python source.").format(name=name))
    return Path(file), name
