"""The names of all styles. A style is a meaning, never a colour.

`ui/app.tcss` says what each looks like on the screen, in the colours of `ui/theme.py`, and
`render/printing.py` what it looks like in running text. A span may have several, `"grad strong"`.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from autograd_tutor.analysis.heat import LEVELS

Style = Literal[
    # what things are
    "leaf",
    "operation",
    "constant",
    "grad",
    # what happened to them
    "changed",
    "done",
    "current",
    "chosen",
    "failure",
    # signs of numbers, in heat maps without colours for their size
    "below",
    "above",
    # how text is set
    "dim",
    "strong",
    "emphasis",
    "title",
    "key",
    "frame",
    "frame-focus",
    "bar",
    # Python
    "keyword",
    "string",
    "number",
    "comment",
    "definition",
]

STYLES: Final[tuple[Style, ...]] = get_args(Style)
"""Every style name that a span or a row may use."""

HEAT_PARTS: Final = ("heat", "upper", "ink")
HEAT: Final = frozenset(
    f"{part}{level:+d}" for part in HEAT_PARTS for level in range(-LEVELS, LEVELS + 1)
)
"""Further names, for the cells of a heat map: a level's colour as the background (`heat-3`), as the
upper half of a character (`upper+10`), and as the background of something legible (`ink+0`)."""
