"""Curves over the moments of a step, or over the nodes of a pass, and what they are called."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd_tutor.analysis.curves import Curve, CurveKind, CurveName
from autograd_tutor.messages import _
from autograd_tutor.recording.number_text import short_number_text
from autograd_tutor.render import signs
from autograd_tutor.render.picture import NONFINITE, Frame, Line, Mark, Picture
from autograd_tutor.render.plot_scale import Scale, linear_scale, scale_of
from autograd_tutor.render.rows import Row, Span, clip, row
from autograd_tutor.render.sanitize import sanitize_line

LETTERS = "abcdef"
"""What tells curves apart without colours; as many are drawn at once."""

SIGNS: dict[CurveKind, str] = {
    "leaf": signs.LEAF,
    "operation": signs.OPERATION,
    "constant": signs.CONSTANT,
    "grad": signs.GRAD,
    "number": "•",
}
_COLOURS = ("operation", "leaf", "grad", "done", "string", "keyword")


def curve_title(name: str, is_norm: bool) -> str:
    """`loss`, `norm of w`, `norm of w.grad`."""
    name = sanitize_line(name)
    return _("norm of {name}").format(name=name) if is_norm else name


class CurvePicture:
    """Curves in one plot; made once, and laid out for each moment."""

    def __init__(
        self,
        curves: Sequence[Curve],
        width: int,
        height: int,
        *,
        log: bool = False,
        unit: str = _("moment"),
    ) -> None:
        """`width` and `height` are those of all of it, axes and numbers included."""
        self.curves = tuple(curves)
        last = max((curve.last for curve in curves), default=0)
        self._across = _whole_scale(last, max(2, width // 12))
        values = [value for curve in curves for _, value in curve.points if value is not None]
        self._up = scale_of(values, max(2, height // 3), log)
        self._styles = _styles(curves)
        self._letters = LETTERS[: len(curves)] if len(curves) > 1 else ("",) * len(curves)
        lines: list[Line] = []
        marks: list[Mark] = []
        for curve, style, letter in zip(curves, self._styles, self._letters, strict=True):
            points, odd = self._placed(curve)
            lines.append(Line(points, style, letter))
            marks += odd
        self._picture = Picture(Frame(width, height, self._across, self._up, unit), lines, marks)

    def rows(self, at: int) -> list[Row]:
        """The picture with the place where one is, and the last point of each curve up to there."""
        marks = []
        for number, curve in enumerate(self.curves):
            value = curve.value_at(at)
            up = None if value is None else self._up.share(value)
            if up is not None:
                sign = self._letters[number] or SIGNS[curve.kind]
                marks.append(Mark(self._share(at), up, sign, f"{self._styles[number]} current"))
        return self._picture.rows(marks[::-1], (self._share(at), str(at)))

    def legend(self, at: int, width: int) -> list[Row]:
        """For each curve its sign, its name and its number at a place, as many in a row as fit."""
        rows: list[Row] = []
        for number, curve in enumerate(self.curves):
            style = self._styles[number]
            sign = self._letters[number] or SIGNS[curve.kind]
            title = (f"{curve_title(curve.name, curve.is_norm)} ", style)
            value = curve.value_at(at)
            here = ("", "") if value is None and not curve.is_held else number_span(value)
            entry: list[Span] = [(f"{sign} ", f"{style} strong"), title, here]
            if curve.every > 1:
                entry.append((_(" 1 of {every} looked at").format(every=curve.every), "dim"))
            if rows and rows[-1].width + 3 + Row(tuple(entry)).width <= width:
                rows[-1] = Row((*rows[-1].spans, ("   ", ""), *entry))
            else:
                rows.append(clip(Row(tuple(entry)), width))
        return rows

    def style_of(self, name: str) -> tuple[str, str]:
        """The letter, or sign, of a curve that is drawn, and its style."""
        number = next((n for n, curve in enumerate(self.curves) if curve.name == name), None)
        if number is None:
            return " ", "dim"
        return self._letters[number] or SIGNS[self.curves[number].kind], self._styles[number]

    def _share(self, place: int) -> float:
        return self._across.share(place) or 0.0

    def _placed(self, curve: Curve) -> tuple[list[tuple[float, float] | None], list[Mark]]:
        """The points of a curve in shares, and marks where no scale has a place for one.

        NaN is marked on the axis, an infinity at its end of the picture, and so is, on a
        logarithmic scale, what is not above 0.
        """
        points: list[tuple[float, float] | None] = []
        marks: list[Mark] = []
        last = self._across.high
        ups = self._up.shares([math.nan if value is None else value for _, value in curve.points])
        before: float | None = None
        for (place, value), up in zip(curve.points, ups, strict=True):
            if curve.is_held and before is not None:
                points.append((place / last, before))
            points.append(None if up is None else (place / last, up))
            before = up
            if up is None and value is not None:
                marks.append(_odd(place / last, value))
        if curve.is_held and before is not None:
            points.append((curve.last / last, before))
        return points, marks


def _odd(across: float, value: float) -> Mark:
    if math.isfinite(value):
        return Mark(across, 0.0, "↓", "dim")
    return Mark(across, None if math.isnan(value) else float(value > 0), *NONFINITE)


def number_span(number: float | None) -> Span:
    """What a curve is at a place."""
    if number is None:
        return _("no value"), "dim"
    return short_number_text(number, 10), "" if math.isfinite(number) else "failure strong"


def plot_rows(picture: CurvePicture, at: int, width: int) -> list[Row]:
    """The picture and its legend below."""
    return [*picture.rows(at), *picture.legend(at, width)]


class Chooser(NamedTuple):
    """The list of what can be drawn, and where in it one is."""

    names: Sequence[CurveName]
    shown: frozenset[str]
    chosen: int
    number: Callable[[str], float | None]
    """What each is at the moment."""

    def in_view(self, rows: int) -> range:
        """Which of the names so many rows show, the chosen one among them."""
        first = max(0, min(self.chosen - rows // 2, len(self.names) - rows))
        return range(first, min(first + rows, len(self.names)))


def chooser_rows(
    chooser: Chooser, picture: CurvePicture | None, width: int, rows: int
) -> list[Row]:
    """As many rows of the list as there is room for, the chosen one among them."""
    return [clip(_choice(chooser, picture, at), width) for at in chooser.in_view(rows)]


def _choice(chooser: Chooser, picture: CurvePicture | None, number: int) -> Row:
    each = chooser.names[number]
    shown = each.name in chooser.shown
    sign, style = SIGNS[each.kind], "dim"
    if shown and picture is not None:
        sign, style = picture.style_of(each.name)
    here = number == chooser.chosen
    pointer: Span = (f"{signs.CURRENT} " if here else "  ", "strong" if here else "")
    title = (curve_title(each.name, each.is_norm), style)
    return row(
        pointer,
        (f"{sign} ", f"{style} strong" if shown else style),
        title,
        ("  ", ""),
        number_span(chooser.number(each.name)),
        ("" if shown else _("  not shown"), "dim"),
    )


def _whole_scale(last: int, most: int) -> Scale:
    """From 0 to the last place, with whole numbers below."""
    last = max(1, last)
    scale = linear_scale(0.0, float(last), most, exact=True)
    return scale._replace(ticks=tuple([tick for tick in scale.ticks if tick.is_integer()]))


def _styles(curves: Sequence[Curve]) -> list[str]:
    """A colour for each: that of what it is, if no other has it."""
    found: list[str] = []
    for curve in curves:
        own = curve.kind if curve.kind in _COLOURS else _COLOURS[0]
        free = [colour for colour in (own, *_COLOURS) if colour not in found]
        found.append(free[0] if free else own)
    return found
