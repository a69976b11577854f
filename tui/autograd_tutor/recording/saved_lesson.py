"""What a recording says of the lesson that ran, and of what it ran with."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.records import LESSON_ITEMS
from autograd_tutor.recording.bounded import Id
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.wire import Limits

LessonList = Meta(max_length=LESSON_ITEMS)

SavedLocation = tuple[Id, Id, bool]
"""Line and column in the lesson's file, and whether the text stands there line by line."""

START: SavedLocation = (1, 1, True)


class SavedLocations(Struct, frozen=True, array_like=True):
    """Where the parts of a step stand in the lesson's file."""

    step: SavedLocation = START
    code: SavedLocation = START
    graph: SavedLocation = START
    raises: SavedLocation = START
    watch: Annotated[tuple[SavedLocation, ...], LessonList] = ()
    expect: Annotated[tuple[SavedLocation, ...], LessonList] = ()
    plot: Annotated[tuple[SavedLocation, ...], LessonList] = ()
    explain: SavedLocation = START


class SavedStep(Struct, frozen=True, array_like=True):
    """One step, as the lesson has it."""

    id: str
    title: str
    explain: str
    """Markdown."""
    code: str
    """The lesson's own code; what ran is in `Origin.codes`."""
    graph: str | None = None
    watch: Annotated[tuple[str, ...], LessonList] = ()
    expect: Annotated[tuple[str, ...], LessonList] = ()
    raises: str | None = None
    locations: SavedLocations = SavedLocations()
    first_line: Id = 1
    """The number of the code's first line: those of a script are the file's."""
    plot: Plot | None = None
    findings: bool | None = None
    """Whether what goes wrong in it is marked; None: in scripts; False: nor is it explained."""


class SavedLesson(Struct, frozen=True, array_like=True):
    """What is needed to show, report and check the lesson."""

    id: str
    file: str
    """The name of the lesson's file, without the folders that lead to it."""
    title: str
    summary: str
    chapter: str
    steps: Annotated[tuple[SavedStep, ...], LessonList]
    seed: int = 0
    setup: str = ""
    setup_location: SavedLocation = START
    limits: Limits = Limits()
    invocation: Invocation = Invocation()
    """Of a script."""


class Origin(Struct, frozen=True, tag=True, array_like=True):
    """Which lesson a recording is of, and what ran it. The first frame of a file."""

    lesson: SavedLesson
    codes: Annotated[tuple[str, ...], LessonList]
    """The code of each step as it ran: the lesson's own, or the learner's."""
    torch: str
    python: str
    program: str
    """The version of autograd-tutor."""
    recorded: str
    """When, in UTC: `2025-01-31T12:00:00Z`."""
    sandboxed: bool = False
    """Whether it ran in a sandbox."""
