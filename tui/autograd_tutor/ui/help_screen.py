"""Help: every key, and what the signs mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from autograd_tutor.messages import _
from autograd_tutor.playing.key_messages import Hint
from autograd_tutor.render import signs
from autograd_tutor.render.heat import INF_SIGN, NAN_SIGN, SPIKE_SIGN
from autograd_tutor.render.rows import Listing, Row, row, wrap
from autograd_tutor.ui import keys
from autograd_tutor.ui.keys import Section
from autograd_tutor.ui.pane_screen import PaneScreen

_INDENT = 18
"""Cells before what a key does."""

SIGNS = (
    (signs.LEAF, "leaf", _("a leaf or parameter: autograd fills its .grad")),
    (signs.OPERATION, "operation", _("the result of an operation that autograd recorded")),
    (signs.CUSTOM, "operation", _("the same, of a torch.autograd.Function of your own")),
    (
        signs.CONSTANT,
        "constant",
        _("no grad: requires_grad=False; dual: carries a tangent (forward mode)"),
    ),
    (signs.GRAD, "grad", _("a gradient")),
    (signs.CHANGED, "changed", _("changed since the line before, or new")),
    (signs.CURRENT, "strong", _("the current line or node: what you see is the state after it")),
    (signs.NEXT, "dim", _("the line that runs next")),
    (signs.NEXT, "dim", _("in the course, a lesson that can be next: all that it needs is done")),
    (signs.DONE, "done", _("a line or node that has run")),
    (signs.WAITING, "dim", _("a node that waits for its turn in the pass")),
    (signs.UNREACHED, "dim", _("a node that the pass does not come to")),
    (signs.FAILURE, "failure", _("a failure")),
    (signs.NONFINITE, "failure", _("NaN or inf: how many elements, and which node makes them")),
    (
        f"{NAN_SIGN} {INF_SIGN} {SPIKE_SIGN}",
        "failure",
        _("in a heat map: NaN, inf, a number many times as large as the others"),
    ),
    (
        f"{signs.BARS[0]} {signs.BARS[3]} {signs.BARS[-1]}",
        "grad",
        _("norm of what arrived: full, the largest of the pass; each step down, ten times less"),
    ),
    ("⠑⠢⢄a⣀", "operation", _("over time, a curve; of several, each has its letter")),
    ("↓", "dim", _("there, what is not above 0 on a logarithmic scale")),
    ("████", "grad", _("the norm of a .grad: full, the largest; a cell less, ten times less")),
    (
        _("ratio, update"),
        "dim",
        _("that norm to the tensor's own; norm of the tensor's last change"),
    ),
    ("▁▃▅█", "operation", _("the numbers of a scalar, or norms, in their order")),
    (
        signs.FOLDED,
        "operation",
        _("folded: blocks of the graph that repeat, what earlier steps made"),
    ),
    ("╮ ╯ ┤ │", "dim", _("an edge begins, ends, joins one to the same node, passes by")),
    (
        f"12 {signs.TURN}",
        "dim",
        _("in the strip on top, a turn of a loop begins, with its number where it has room"),
    ),
    (signs.ABOVE, "dim", _("in the tree, a node that is drawn further up")),
    ("⋯20", "dim", _("in the tree, how deep the row is, where it is indented no further")),
)


EVERYWHERE = (
    ("--plain", _("autograd-tutor --plain: in lines instead of a screen, also for screen readers")),
    ("Ctrl-P", _("Command palette: keys by name, steps, lessons, colours")),
    ("Ctrl-L", _("Draw the screen again, where another program has written on it")),
    ("Ctrl-Q Ctrl-C", _("Quit at once; in the editor, Ctrl-C copies")),
)


class HelpScreen(PaneScreen):
    """All keys and signs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.SCROLL,
        Binding("question_mark,q,escape,enter", "leave", _("back"), id="leave"),
    ]
    hints = (Hint("j k", _("scroll")),)

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__(_("Help"), id="help")
        self._sections = sections

    def on_mount(self) -> None:
        self.pane.fill(lambda width: Listing(help_rows(self._sections, width, self.app.ascii_only)))

    def say(self, text: str) -> bool:
        """It is for reading: what comes up meanwhile is said afterwards."""
        return False


def help_rows(sections: Sequence[Section], width: int, ascii_only: bool = False) -> list[Row]:
    """The keys of each section, then the signs, in rows of at most `width` cells."""
    rows: list[Row] = []

    def add(name: str, style: str, text: str) -> None:
        rows.extend(wrap([(text, "")], width, row((f"  {name:<16}", style)), _INDENT))

    for title, bindings in sections:
        rows.append(row((title, "title")))
        for binding in bindings:
            assert isinstance(binding, Binding)
            add(keys.names(binding, ascii_only), "key", binding.tooltip)
        rows.append(Row())
    rows.append(row((_("Everywhere"), "title")))
    for key, text in EVERYWHERE:
        add(key, "key", text)
    rows.append(Row())
    rows.append(row((_("Signs"), "title")))
    for sign, style, text in SIGNS:
        add(sign, style, text)
    return rows
