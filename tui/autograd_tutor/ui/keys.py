"""Every key of the program and what it does: the one home of both."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding, BindingType

from autograd_tutor.messages import _

Section = tuple[str, Sequence[BindingType]]
"""Keys under a heading of Help."""

HELP = Binding(
    "question_mark", "help", _("help"), id="help", key_display="?", tooltip=_("This help")
)
SEARCH = Binding(
    "slash",
    "search",
    _("find a lesson"),
    id="search",
    key_display="/",
    tooltip=_("Find a lesson, or a step"),
)
DEFINE = Binding(
    "d",
    "define",
    _("define"),
    id="define",
    tooltip=_("The glossary: what a term, a node or a saved name means; those in view first"),
)
VERIFY = Binding(
    "V",
    "verify",
    _("check gradients"),
    id="verify",
    tooltip=_("Check the pass's gradients: finite differences, float64, Functions"),
)
WHY = Binding(
    "w",
    "why",
    _("why"),
    id="why",
    tooltip=_(
        "Why: what goes wrong with the chosen tensor or node, at the failed line, in the step"
    ),
)
REVIEW = Binding(
    "r",
    "review",
    _("review"),
    id="review",
    tooltip=_("Ask the questions of earlier lessons that are due for review"),
)

MOVES: list[BindingType] = [
    Binding(
        "right,l,n,space",
        "forward",
        _("next"),
        id="forward",
        tooltip=_("Next line, over calls; inside backward(), next node"),
    ),
    Binding(
        "left,h,p",
        "back",
        _("back"),
        id="back",
        tooltip=_("Line before, over calls; inside backward(), node before"),
    ),
    Binding("i", "into", _("into"), id="into", tooltip=_("Into backward(), or into a call")),
    Binding("o", "out", _("out"), id="out", tooltip=_("Out of it again, to the line")),
    Binding(
        "home", "first", _("start"), id="first", tooltip=_("Start of the step, or of the pass")
    ),
    Binding("end", "last", _("end"), id="last", tooltip=_("End of the step, or of the pass")),
]

WALK: list[BindingType] = [
    *MOVES,
    Binding("N", "next_step", _("next step"), id="next-step", tooltip=_("Next step")),
    Binding("P", "previous_step", _("step before"), id="previous-step", tooltip=_("Step before")),
]

JUMPS: list[BindingType] = [
    Binding(
        "g",
        "go",
        _("go to"),
        id="go",
        tooltip=_("Go to a moment, turn 300, line 12, nan, or where loss < 0.1; again: Enter"),
        priority=True,  # what is typed right after it is for its prompt
    ),
    Binding("b", "pass(1)", _("next pass"), id="next-pass", tooltip=_("Next backward pass")),
    Binding("B", "pass(-1)", _("pass before"), id="pass-before", tooltip=_("Backward pass before")),
    Binding(
        "right_square_bracket",
        "visit(1)",
        _("next turn"),
        id="next-visit",
        key_display="]",
        tooltip=_("The current line again: the next turn of its loop; the same node of a pass"),
    ),
    Binding(
        "left_square_bracket",
        "visit(-1)",
        _("turn before"),
        id="visit-before",
        key_display="[",
        tooltip=_("The current line before: the turn before; the same node of a pass"),
    ),
]

PANES: list[BindingType] = [
    Binding(
        "1", "pane('explanation')", _("Explanation"), id="pane-1", tooltip=_("The explanation")
    ),
    Binding("2", "pane('code')", _("Code"), id="pane-2", tooltip=_("The code and its output")),
    Binding("3", "pane('tensors')", _("Tensors"), id="pane-3", tooltip=_("The tensors")),
    Binding("4", "pane('graph')", _("Graph"), id="pane-4", tooltip=_("The graph")),
    Binding("5", "pane('gradients')", _("Gradients"), id="pane-5", tooltip=_("The gradients")),
    Binding("tab", "cycle(1)", _("next pane"), id="pane-next", tooltip=_("Next pane")),
    Binding("shift+tab", "cycle(-1)", _("pane before"), id="pane-before", tooltip=_("Pane before")),
    Binding(
        "z", "zoom", _("zoom"), id="zoom", tooltip=_("The pane fills the screen, or no longer")
    ),
]

PICTURE: list[BindingType] = [
    Binding(
        "v",
        "picture",
        _("over time"),
        id="picture",
        tooltip=_("View numbers over time: curves, the pass, the lesson's function"),
    ),
    Binding(
        "x",
        "show_or_hide",
        _("show, hide"),
        id="show-hide",
        tooltip=_("Draw the chosen curve, or not (after v)"),
    ),
    Binding(
        "y",
        "scale",
        _("log scale"),
        id="scale",
        tooltip=_("A logarithmic scale of curves, or not (after v)"),
    ),
]

ROWS: list[BindingType] = [
    Binding(
        "enter", "open", _("open"), id="open", tooltip=_("All about the chosen tensor or node")
    ),
    Binding(
        "G",
        "graph_of",
        _("its graph"),
        id="graph-of",
        tooltip=_("The graph of the chosen tensor; again: the one shown by itself"),
    ),
    Binding("t", "tree", _("tree"), id="tree", tooltip=_("The graph as a tree, or as lanes again")),
    Binding(
        "f", "fold", _("fold"), id="fold", tooltip=_("Fold blocks that repeat, or unfold them")
    ),
    Binding(
        "s", "sort", _("by size"), id="sort", tooltip=_("Gradients by size, or in their own order")
    ),
    Binding(
        "exclamation_mark",
        "next_odd",
        _("None, 0, NaN"),
        id="next-odd",
        key_display="!",
        tooltip=_("In Gradients, the next that is None, 0, NaN or inf"),
    ),
]

PAGES: list[BindingType] = [
    Binding(
        "pagedown", "scroll_pages(1)", _("page down"), id="page-down", tooltip=_("A page down")
    ),
    Binding("pageup", "scroll_pages(-1)", _("page up"), id="page-up", tooltip=_("A page up")),
]

SCROLL: list[BindingType] = [
    Binding(
        "j,down", "scroll_rows(1)", _("down"), id="down", tooltip=_("Down; the next row to choose")
    ),
    Binding("k,up", "scroll_rows(-1)", _("up"), id="up", tooltip=_("Up; the row before")),
    *PAGES,
    Binding(
        "greater_than_sign,shift+right",
        "scroll_columns(8)",
        _("sideways"),
        id="sideways",
        key_display=">",
        tooltip=_("Scroll the pane to the right"),
    ),
    Binding(
        "less_than_sign,shift+left",
        "scroll_columns(-8)",
        _("sideways back"),
        id="sideways-back",
        key_display="<",
        tooltip=_("Scroll the pane to the left"),
    ),
]

OTHERS: list[BindingType] = [
    Binding("m", "map", _("heat map"), id="map", tooltip=_("The tensor as a heat map")),
    Binding("e", "edit", _("edit"), id="edit", tooltip=_("Edit the snippet and run it")),
    Binding(
        "c",
        "compare",
        _("compare"),
        id="compare",
        tooltip=_("Compare with the run before the edit, or two moments"),
    ),
    Binding(
        "f5",
        "run_again",
        _("run again"),
        id="run-again",
        tooltip=_("Run again, as the file is now"),
    ),
    REVIEW,
    Binding(
        "A",
        "ask_again",
        _("ask again"),
        id="ask-again",
        tooltip=_("Ask this lesson's questions again"),
    ),
    WHY,
    VERIFY,
    DEFINE,
    SEARCH,
    HELP,
    Binding("q,escape", "leave", _("back"), id="leave", tooltip=_("Back to the course, then quit")),
]

FINDINGS: list[BindingType] = [
    Binding("right,l,n,space", "finding(1)", _("next"), id="finding", tooltip=_("Next finding")),
    Binding(
        "left,h,p", "finding(-1)", _("before"), id="finding-before", tooltip=_("Finding before")
    ),
    *(
        Binding(
            f"{number}", f"proof({number})", _("go"), id=f"proof-{number}", tooltip=_("To a moment")
        )
        for number in range(1, 10)
    ),
    Binding(
        "enter", "more", _("more"), id="more", tooltip=_("All about this kind of mistake, or back")
    ),
    VERIFY,
    HELP,
    Binding("q,escape,w", "leave", _("back"), id="leave", tooltip=_("Back to the lesson")),
]

CHECKED: list[BindingType] = [
    HELP,
    Binding("q,escape,V", "leave", _("back"), id="leave", tooltip=_("Stop it, back to the lesson")),
]

QUESTION: list[BindingType] = [
    Binding("1,2,3", "", id="choose", tooltip=_("Choose, or not; a number begins with its digits")),
    Binding("up,down", "", id="choose-by", tooltip=_("The choice above or below; Space: or not")),
    Binding("enter", "", id="answer", tooltip=_("Answer; open the field; then go on")),
    Binding("a", "", id="to-question", tooltip=_("Back to the question from a pane")),
    Binding("u", "", id="sure", tooltip=_("Say that you are unsure, or sure")),
    Binding("s", "", id="skip", tooltip=_("Skip the question: its answer is shown")),
]
"""What keys do while a question is open; the card takes them before any pane does."""

EXERCISE: list[BindingType] = [
    Binding(
        "H,f4",
        "hint",
        _("hint"),
        id="hint",
        tooltip=_("A hint; after the last one the lines to be put in order, or a solution"),
    ),
    Binding(
        "R,f2",
        "reset",
        _("starter"),
        id="reset",
        tooltip=_("The code is the starter again; once more: it is yours again"),
    ),
]

PIECES: list[BindingType] = [
    Binding("j,down", "choose(1)", _("down"), id="down", tooltip=_("Next line")),
    Binding("k,up", "choose(-1)", _("up"), id="up", tooltip=_("Line before")),
    Binding("J,shift+down,alt+down", "move(1)", _("move"), id="move", tooltip=_("Move it down")),
    Binding("K,shift+up,alt+up", "move(-1)", _("move"), id="move-up", tooltip=_("Move it up")),
    Binding(
        "space", "take", _("take"), id="take", tooltip=_("Take the line: j k move it; put it down")
    ),
    Binding("enter,f5", "check", _("check"), id="check", tooltip=_("Run the lines in this order")),
    Binding("H,f4", "solution", _("solution"), id="hint", tooltip=_("A solution")),
    *PAGES,
    HELP,
    Binding("q,escape", "leave", _("back"), id="leave", tooltip=_("Back to the lesson")),
]

SOLUTION: list[BindingType] = [
    HELP,
    Binding("q,escape,enter,H,f4", "leave", _("back"), id="leave", tooltip=_("Back to the lesson")),
]

ENTRY: list[BindingType] = [
    *(
        Binding(
            f"{number}",
            f"see({number})",
            _("see"),
            id=f"see-{number}",
            tooltip=_("A term it names"),
        )
        for number in range(1, 10)
    ),
    Binding("d", "define", _("all terms"), id="define", tooltip=_("All terms")),
    HELP,
    Binding(
        "q,escape,enter", "leave", _("back"), id="leave", tooltip=_("The entry before, then back")
    ),
]

COMPARE: list[BindingType] = [
    *MOVES,
    Binding("tab", "side", _("side"), id="side", tooltip=_("Which side moves: both, left, right")),
    Binding("x", "other", _("other"), id="other", tooltip=_("The run before, or another moment")),
    Binding("s", "seed", _("seed"), id="seed", tooltip=_("Run again with another seed")),
    HELP,
    Binding("q,escape,enter,c", "leave", _("back"), id="leave", tooltip=_("Back to the lesson")),
]

HEAT_MAP: list[BindingType] = [
    Binding("right,l,n,space", "slice(1)", _("next"), id="slice", tooltip=_("Next matrix")),
    Binding("left,h,p", "slice(-1)", _("back"), id="slice-back", tooltip=_("Matrix before")),
    Binding("home", "slice(-10000)", _("first"), id="slice-first", tooltip=_("First matrix")),
    Binding("end", "slice(10000)", _("last"), id="slice-last", tooltip=_("Last matrix")),
    Binding("j,down", "tensor(1)", _("down"), id="down", tooltip=_("Next tensor")),
    Binding("k,up", "tensor(-1)", _("up"), id="up", tooltip=_("Tensor before")),
    *PAGES,
    HELP,
    Binding("m,q,escape,enter", "leave", _("back"), id="leave", tooltip=_("Back to the lesson")),
]

COURSE: list[BindingType] = [
    Binding("j,down", "choose(1)", _("down"), id="down", tooltip=_("Next lesson")),
    Binding("k,up", "choose(-1)", _("up"), id="up", tooltip=_("Lesson before")),
    Binding(
        "pagedown", "scroll_about(1)", _("page down"), id="page-down", tooltip=_("Scroll About")
    ),
    Binding(
        "pageup", "scroll_about(-1)", _("page up"), id="page-up", tooltip=_("Scroll About back")
    ),
    Binding("home", "choose(-10000)", _("first"), id="first", tooltip=_("First lesson")),
    Binding("end", "choose(10000)", _("last"), id="last", tooltip=_("Last lesson")),
    Binding("enter,right,l,space", "open", _("open"), id="open", tooltip=_("Open the lesson")),
    Binding("p", "paths", _("paths"), id="paths", tooltip=_("Follow a path, or the whole course")),
    REVIEW,
    SEARCH,
    HELP,
    Binding("q", "leave", _("quit"), id="leave", tooltip=_("Quit")),
]

PATHS: list[BindingType] = [
    Binding("j,down", "choose(1)", _("down"), id="down", tooltip=_("Next path")),
    Binding("k,up", "choose(-1)", _("up"), id="up", tooltip=_("Path before")),
    Binding(
        "enter,right,l,space", "follow", _("follow"), id="follow", tooltip=_("Follow the path")
    ),
    *PAGES,
    HELP,
    Binding("q,escape,p", "leave", _("back"), id="leave", tooltip=_("Back to the lessons")),
]

PROBLEMS: list[BindingType] = [
    HELP,
    Binding(
        "q,escape",
        "leave",
        _("back"),
        id="leave",
        tooltip=_("The lesson as it was, if there is one, else quit"),
    ),
]

DISPLAY = {
    "right": "→",
    "left": "←",
    "down": "↓",
    "up": "↑",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "exclamation_mark": "!",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "shift+right": "Shift-→",
    "shift+left": "Shift-←",
    "shift+up": "Shift-↑",
    "shift+down": "Shift-↓",
    "alt+up": "Alt-↑",
    "alt+down": "Alt-↓",
    "f2": "F2",
    "f4": "F4",
    "f5": "F5",
}


IN_WORDS = {
    "right": "Right",
    "left": "Left",
    "down": "Down",
    "up": "Up",
    "shift+right": "Shift-Right",
    "shift+left": "Shift-Left",
    "shift+up": "Shift-Up",
    "shift+down": "Shift-Down",
    "alt+up": "Alt-Up",
    "alt+down": "Alt-Down",
}
"""Keys whose signs are not ASCII."""


def names(binding: BindingType, ascii_only: bool = False) -> str:
    """All keys of a binding, as they stand on a keyboard."""
    assert isinstance(binding, Binding)
    display = DISPLAY | IN_WORDS if ascii_only else DISPLAY
    return " ".join(display.get(key, key) for key in binding.key.split(","))
