"""Whose lesson it is: one of the course, the learner's own, or one that somebody else wrote."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from autograd_tutor import linux
from autograd_tutor.course import library
from autograd_tutor.course.problem import CourseError
from autograd_tutor.messages import _


class NoSandbox(CourseError):
    """A sandbox was asked for, and there can be none here."""


class Sandboxing(NamedTuple):
    """Whether a lesson runs in a sandbox."""

    on: bool = False
    missing: str = ""
    """Why it does not, though it should, as part of a sentence."""


def sandboxing(path: Path, chosen: bool | None = None, foreign: bool | None = None) -> Sandboxing:
    """What becomes of the lesson in a file; `chosen`: what the learner has asked for, if anything.

    `foreign`: whether somebody else wrote what runs; None: as the file's place says. Raises
    NoSandbox where one was asked for and cannot be.
    """
    if chosen is None:
        foreign = is_foreign(path) if foreign is None else foreign
    if not (chosen or (chosen is None and foreign)):
        return Sandboxing()
    if chosen:
        require_sandbox()
    missing = linux.why_no_sandbox()
    return Sandboxing(not missing, missing or "")


def require_sandbox() -> None:
    """Raises NoSandbox where there can be none."""
    if missing := linux.why_no_sandbox():
        raise NoSandbox(
            _("There can be no sandbox here: {missing}. Nothing was run.").format(missing=missing)
        )


def is_foreign(path: Path) -> bool:
    """Whether a lesson's file is neither in the course nor in the folder of the learner's own.

    A script is for the one who opens it to judge, as with `python`.
    """
    if path.suffix.lower() == ".py":
        return False
    folder = os.path.realpath(path.parent)
    # In this order: to know one's own folder takes an import, for which no first screen waits.
    return all(
        folder != os.path.realpath(known())
        for known in (library.bundled_folder, library.own_folder)
    )
