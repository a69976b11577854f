"""Graphs and curves as drawings within a page: lines and text, with a title and a description."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from rich.cells import cell_len

from autograd_tutor.handout.blocks import Chart, ChartLine, Graph, Place
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Row

CELL, LINE = 9, 22
"""Width of a character and height of a row of a graph, in pixels."""

_WIDTH, _HEIGHT = 420, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 40
"""Of a chart: its size, and the room around it for the numbers."""

_EDGES = {
    "│": "NS", "─": "WE", "╮": "WS", "╯": "WN", "╭": "ES", "╰": "EN",
    "┬": "WES", "┴": "WEN", "┤": "WNS", "├": "ENS", "┼": "WENS",
}  # fmt: skip
"""To which sides of its cell each character leads."""

_SIGN = "NSWE*"
"""In the place of sides: a node's sign, to which lines may lead from everywhere."""

_FACING = {"N": "S", "S": "N", "W": "E", "E": "W"}

_SHAPES = {
    signs.LEAF: "M{x} {n}L{e} {y}L{x} {s}L{w} {y}Z",
    signs.CUSTOM: "M{x} {n}L{e} {s}L{w} {s}Z",
    signs.FOLDED: "M{w} {n}H{e}V{s}H{w}Z",
}
_ROUND = (signs.OPERATION, signs.CONSTANT, signs.UNREACHED)


def graph_svg(graph: Graph, name: str) -> str:
    """The lanes; `name` begins the ids of its title and description."""
    height = LINE * len(graph.rows)
    width = CELL * max(each.width for each in graph.rows) + 2 * CELL
    texts = "".join(_signs_and_text(row, at) for at, row in enumerate(graph.rows))
    described = " ".join(graph.listed)
    head = _head(name, graph.title, described, width, height)
    return f'{head}<path class="lane" d="{_edges(graph.rows)}"/>\n{texts}</svg>'


def _head(name: str, title: str, described: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" aria-labelledby="{name}-t" '
        f'aria-describedby="{name}-d">\n<title id="{name}-t">{escape(title)}</title>\n'
        f'<desc id="{name}-d">{escape(described)}</desc>\n'
    )


def _edges(rows: Sequence[Row]) -> str:
    """All lines of a graph, as the data of one path."""
    grid = [_sides(row) for row in rows]
    found = []
    for at, cells in enumerate(grid):
        above = grid[at - 1] if at else {}
        below = grid[at + 1] if at + 1 < len(grid) else {}
        for cell, sides in cells.items():
            if sides == _SIGN:  # lines lead to a sign wherever they come to its cell
                near = {"N": above.get(cell, ""), "S": below.get(cell, "")}
                near |= {"W": cells.get(cell - 1, ""), "E": cells.get(cell + 1, "")}
                sides = "".join(side for side in near if _FACING[side] in near[side]) + "*"
            found.append(_lines(sides, cell, at))
    return "".join(found)


def _sides(row: Row) -> dict[int, str]:
    """By cell, to which sides the lines in it lead; `_SIGN` where the row's sign stands."""
    found: dict[int, str] = {}
    cell = 0
    for text, _ in row.spans:
        if text.strip() in (*_SHAPES, *_ROUND) and _SIGN not in found.values():
            found[cell + len(text) - len(text.lstrip())] = _SIGN
        else:
            found |= {cell + at: _EDGES[each] for at, each in enumerate(text) if each in _EDGES}
        cell += cell_len(text)
    return found


def _lines(sides: str, cell: int, at: int) -> str:
    left, top = CELL * (cell + 1), LINE * at
    x, y = left + CELL / 2, top + LINE / 2
    if len(sides) == 2 and sides in _EDGES.values() and sides not in ("NS", "WE"):
        return _corner(sides, (left, top), (x, y))
    ends = {"N": f"V{top}", "S": f"V{top + LINE}", "W": f"H{left}", "E": f"H{left + CELL}"}
    return "".join(f"M{x:g} {y:g}{ends[side]}" for side in sides if side in ends)


def _corner(sides: str, corner: Place, middle: Place) -> str:
    """A quarter of a circle between one side and another."""
    (left, top), (x, y) = corner, middle
    across = left if sides[0] == "W" else left + CELL
    end = top if sides[1] == "N" else top + LINE
    return f"M{across:g} {y:g}Q{x:g} {y:g} {x:g} {end:g}"


def _signs_and_text(row: Row, at: int) -> str:
    """The signs as shapes, and the words, each in its style."""
    found = []
    cell = 1
    y = LINE * at + LINE / 2
    for text, style in row.spans:
        for is_drawn, group in groupby(text, key=lambda each: each in _EDGES):
            word = "".join(group)
            stripped = word.strip()
            begin = cell + cell_len(word[: len(word) - len(word.lstrip())])
            cell += cell_len(word)
            if is_drawn or not stripped:
                continue
            x = CELL * begin
            if stripped in _SHAPES or stripped in _ROUND:
                found.append(_shape(stripped, style, x + CELL / 2, y))
                continue
            length = CELL * cell_len(stripped)
            found.append(
                f'<text class="{_classes(style)}" x="{x}" y="{y + 5:g}" textLength="{length}" '
                f'lengthAdjust="spacingAndGlyphs">{escape(stripped)}</text>\n'
            )
    return "".join(found)


def _shape(sign: str, style: str, x: float, y: float) -> str:
    classes = _classes(style)
    if sign in _ROUND:
        hollow = "" if sign == signs.OPERATION else " hollow"
        return f'<circle class="sign{hollow} {classes}" cx="{x:g}" cy="{y:g}" r="5"/>\n'
    places = {"x": x, "y": y, "n": y - 6, "s": y + 6, "w": x - 5, "e": x + 5}
    data = _SHAPES[sign].format(**{key: f"{value:g}" for key, value in places.items()})
    return f'<path class="sign {classes}" d="{data}"/>\n'


def _classes(style: str) -> str:
    """The styles of a span as classes."""
    return " ".join(f"s-{name}" for name in style.split()) or "s-plain"


def chart_svg(chart: Chart, name: str) -> str:
    """The curves with their axes."""
    head = _head(name, chart.title, " ".join(chart.listed), _WIDTH, _HEIGHT)
    lines = "".join(_curve(line, at) for at, line in enumerate(chart.lines))
    points = "".join(
        f'<circle class="point s-leaf" cx="{x:g}" cy="{y:g}" r="5"/>\n'
        for x, y in map(_at, chart.points)
    )
    return f"{head}{_axes(chart)}{lines}{points}</svg>"


def _axes(chart: Chart) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    found = [f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>\n']
    for share, text in chart.across:
        x, _ = _at((share, 0.0))
        found.append(f'<path class="grid" d="M{x:g} {_TOP}V{bottom}"/>\n')
        found.append(_label(text, x, bottom + 17, "middle"))
    for share, text in chart.up:
        _, y = _at((0.0, share))
        found.append(f'<path class="grid" d="M{_LEFT} {y:g}H{right}"/>\n')
        found.append(_label(text, _LEFT - 6, y + 4, "end"))
    found.append(_label(chart.across_title, (_LEFT + right) / 2, _HEIGHT - 6, "middle"))
    return "".join(found)


def _label(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text class="s-dim" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>\n'


def _curve(line: ChartLine, number: int) -> str:
    style = f"curve d{number} {_classes(line.style)}"
    drawn = [f'<path class="{style}" d="{_path(piece)}"/>\n' for piece in line.pieces]
    if line.letter and line.pieces:
        piece = max(line.pieces, key=len)
        x, y = _at(piece[len(piece) * (number + 1) // 8])  # where no other letter stands
        classes = f"letter {_classes(line.style)}"
        drawn.append(f'<text class="{classes}" x="{x:g}" y="{y - 6:g}">{line.letter}</text>\n')
    return "".join(drawn)


def _path(piece: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in _rounded(piece))


def _rounded(piece: Iterable[Place]) -> Iterable[Place]:
    return ((round(x, 1), round(y, 1)) for x, y in map(_at, piece))


def _at(place: Place) -> Place:
    """Where a place of the chart is, in pixels."""
    across, up = place
    return (
        _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
        _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
    )
