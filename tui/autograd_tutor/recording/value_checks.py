"""Whether single values of a recording are such as the recorder makes."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable

from autograd_tutor.limits.kernel import ANSWER_ITEMS, PICTURE_SIDE, RAW_ELEMENTS
from autograd_tutor.limits.records import RECORDED_DIMENSIONS, RECORDED_EDGES
from autograd_tutor.recording import batches, numbers
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.picture import Picture
from autograd_tutor.recording.plots import Plot, PlottedFunction
from autograd_tutor.recording.questions import Answer, Verdict

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

_LARGEST = 2**63
"""Elements of a tensor that no torch can count."""


class Invalid(ValueError):
    """What no recorder can have recorded; the text says what is wrong with it."""


def require(holds: bool, flaw: str) -> None:
    """Raise Invalid if it does not hold."""
    if not holds:
        raise Invalid(flaw)


def is_duration(seconds: float) -> bool:
    """Whether so many seconds can have passed."""
    return 0 <= seconds < math.inf


def check_name(name: str) -> None:
    """Raise Invalid for a name that has control characters in it."""
    require(not _CONTROL.search(name), f"there are control characters in {name!a:.50}")


def check_shape(shape: tuple[int, ...] | None) -> None:
    """Raise Invalid for the shape of more elements than torch can count."""
    if shape is not None and math.prod(filter(None, shape)) >= _LARGEST:
        raise Invalid("there is a shape that no tensor has")


def check_elements(tensor: Tensor) -> None:
    """Raise Invalid unless bytes and statistics are for as many elements as the shape says."""
    shape, raw, edges = tensor.shape, tensor.raw, tensor.edges
    if tensor.stats is not None:
        require(raw is None, "a tensor has both its elements and statistics")
        _check_stats(tensor.stats, shape)
    require(batches.fit(tensor), "a tensor has no dimension where its batch should be")
    if shape is None:
        return
    check_shape(shape)
    if raw is None and edges is None:
        return
    require(len(shape) <= RECORDED_DIMENSIONS, "there is a shape that no tensor has")
    if raw is not None:
        require(numbers.elements(tensor) is not None, "a tensor's bytes do not fit its shape")
        require(math.prod(shape) <= RAW_ELEMENTS, "a tensor is too large")
    if edges is not None:
        require(numbers.edges(tensor) is not None, "a tensor's edges do not fit its shape")
        shown = math.prod(numbers.edges_shape(shape))
        require(shown <= RECORDED_EDGES, "a tensor is too large")


def check_pictures(pictures: Iterable[Picture]) -> None:
    """Raise Invalid unless each has as many cells as it says, and a number that can be a scale."""
    for picture in pictures:
        _check_picture(picture)


def _check_picture(picture: Picture) -> None:
    rows, columns = picture.rows, picture.columns
    cells, side = rows * columns, PICTURE_SIDE
    fits = 0 < rows <= min(side, picture.height) and 0 < columns <= min(side, picture.width)
    fits = fits and len(picture.means) == cells and len(picture.marks) in (0, cells)
    single = (rows, columns) == (picture.height, picture.width)
    fits = fits and len(picture.largest) == (0 if single else cells)
    require(fits, "a picture has other cells than it says")
    require(0 <= picture.scale < math.inf, "a picture has no valid scale")
    check_shape((picture.height, picture.width))


def check_plotted(plotted: PlottedFunction | None, plot: Plot | None) -> int:
    """How many points there are. Raise Invalid unless they are of the lesson's own function."""
    if plotted is None:
        return 0
    function = plot is not None and bool(plot.function)
    require(function, "there is a function that the lesson does not have drawn")
    for points in (plotted.points, plotted.at):
        places = [place for place, _, _ in points]
        fits = all(first < second for first, second in itertools.pairwise(places))
        fits = fits and all(map(math.isfinite, places[:1] + places[-1:]))
        require(fits, "the points of a function are not in order")
    return len(plotted.points) + len(plotted.at)


def check_answers(answers: Iterable[Answer]) -> int:
    """How many parts there are. Raise Invalid unless each answer has a value or a problem."""
    parts = 0
    for answer in answers:
        number = answer.question + 1
        fits = len(answer.texts) == 1 if answer.number is not None else True
        fits = fits and not (answer.problem and answer.texts)
        require(fits, f"question {number} has an answer and none")
        require(len(answer.texts) <= ANSWER_ITEMS, f"the answer to question {number} is too long")
        parts += 1 + len(answer.texts)
    return parts


def check_verdict(verdict: Verdict | None) -> None:
    """Raise Invalid unless a solved exercise has no failing check, and another at most one flaw."""
    if verdict is None:
        return
    check_name(verdict.mistake)
    flaws = bool(verdict.mistake) + (verdict.check is not None)
    require(flaws <= (not verdict.solved), "an exercise is judged in two ways")
    require(not (verdict.solved and verdict.say), "a solved exercise is said to have a flaw")


def check_tangent(tensor: Tensor) -> Tensor | None:
    """The tangent, if there is one. Raise Invalid unless it has the shape of its tensor."""
    if tensor.tangent is not None:
        shapes = batches.example_shape(tensor.tangent), batches.example_shape(tensor)
        require(None in shapes or shapes[0] == shapes[1], "a tangent has another shape")
    return tensor.tangent


def _check_stats(stats: Stats, shape: tuple[int, ...] | None) -> None:
    counts = shape is None or stats.count == math.prod(shape)
    seen = sum(stats.histogram) + stats.nan + stats.inf
    fits = counts and seen <= stats.sampled <= stats.count
    require(fits, "a tensor's statistics do not fit its shape")
