"""Whether what a recording says of its lesson is such as a lesson can be."""

from __future__ import annotations

import math
from collections.abc import Iterator

from autograd_tutor.limits.records import FILE_NAME, RECORDED_LESSON
from autograd_tutor.recording.saved_lesson import Origin, SavedLesson, SavedStep
from autograd_tutor.recording.value_checks import Invalid, check_name, is_duration, require
from autograd_tutor.recording.wire import Limits


def check_origin(origin: Origin) -> None:
    """Raise Invalid for a lesson that no file can hold, or that was not run as it says."""
    lesson = origin.lesson
    require(len(lesson.steps) > 0, "its lesson has no step")
    require(
        len(origin.codes) == len(lesson.steps),
        f"its lesson has {len(lesson.steps)} steps and code for {len(origin.codes)}",
    )
    for name in (origin.torch, origin.python, origin.program, origin.recorded, lesson.id):
        check_name(name)
    _check_file(lesson.file)
    for step in lesson.steps:
        check_name(step.id)
        at = step.locations
        fits = len(at.watch) <= len(step.watch) and len(at.expect) <= len(step.expect)
        require(fits, "its lesson has locations of nothing")
        _check_plot(step)
    _check_size(origin)
    _check_limits(lesson.limits)


def _check_plot(step: SavedStep) -> None:
    plot, at = step.plot, step.locations.plot
    if plot is None:
        require(not at, "its lesson has locations of nothing")
        return
    parts = 2 if plot.function else len(plot.curve)
    require(len(at) <= parts, "its lesson has locations of nothing")
    require(bool(plot.function) != bool(plot.curve), "its lesson has a plot of nothing")
    fits = -math.inf < plot.low < plot.high < math.inf
    require(fits, "its lesson has a plot without a range")


def _check_file(name: str) -> None:
    """A name without a path: whoever reads it must not be led to another file."""
    plain = name not in ("", ".", "..") and "/" not in name and len(name) <= FILE_NAME
    require(plain and name.isprintable(), "its lesson's file has no plain name")


def _check_size(origin: Origin) -> None:
    """All texts together have a limit, as whoever shows them takes their time."""
    room = RECORDED_LESSON
    for text in _texts(origin):
        room -= len(text)
        if room < 0:
            size = RECORDED_LESSON // 2**20
            raise Invalid(f"its lesson is larger than {size} MiB")


def _texts(origin: Origin) -> Iterator[str]:
    lesson: SavedLesson = origin.lesson
    yield from (lesson.title, lesson.summary, lesson.chapter, lesson.setup)
    yield from lesson.invocation.arguments
    for step, code in zip(lesson.steps, origin.codes, strict=True):
        yield from _step_texts(step)
        if code != step.code:
            yield code


def _step_texts(step: SavedStep) -> Iterator[str]:
    yield from (step.title, step.explain, step.code, step.graph or "", step.raises or "")
    yield from step.watch
    yield from step.expect
    if step.plot is not None:
        yield from (step.plot.function, step.plot.at, *step.plot.curve)


def _check_limits(given: Limits) -> None:
    counts = given.snapshots, given.nodes, given.output, given.memory
    require(is_duration(given.seconds) and min(counts) >= 0, "its lesson has invalid limits")
