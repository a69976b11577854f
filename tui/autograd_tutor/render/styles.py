"""The names of all styles. A style is a meaning, never a colour.

`ui/app.tcss` says what each looks like on the screen, in the colours of `ui/theme.py`, and
`render/printing.py` what it looks like in running text. A span may have several, `"grad strong"`.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

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
