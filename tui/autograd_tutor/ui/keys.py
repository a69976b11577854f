"""Every key of the program and what it does: the one home of both."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding, BindingType

Section = tuple[str, Sequence[BindingType]]
"""Keys under a heading of Help."""

HELP = Binding("question_mark", "help", "help", id="help", key_display="?", tooltip="This help")
SEARCH = Binding(
    "slash",
    "search",
    "find a lesson",
    id="search",
    key_display="/",
    tooltip="Find a lesson, or a step",
)
DEFINE = Binding(
    "d",
    "define",
    "define",
    id="define",
    tooltip="The glossary: what a term, a node or a saved name means; those in view first",
)
REVIEW = Binding(
    "r",
    "review",
    "review",
    id="review",
    tooltip="Ask the questions of earlier lessons that are due for review",
)

MOVES: list[BindingType] = [
    Binding(
        "right,l,n,space",
        "forward",
        "next",
        id="forward",
        tooltip="Next line, over calls; inside backward(), next node",
    ),
    Binding(
        "left,h,p",
        "back",
        "back",
        id="back",
        tooltip="Line before, over calls; inside backward(), node before",
    ),
    Binding("i", "into", "into", id="into", tooltip="Into backward(), or into a call"),
    Binding("o", "out", "out", id="out", tooltip="Out of it again, to the line"),
    Binding("home", "first", "start", id="first", tooltip="Start of the step, or of the pass"),
    Binding("end", "last", "end", id="last", tooltip="End of the step, or of the pass"),
]

WALK: list[BindingType] = [
    *MOVES,
    Binding("N", "next_step", "next step", id="next-step", tooltip="Next step"),
    Binding("P", "previous_step", "step before", id="previous-step", tooltip="Step before"),
]

JUMPS: list[BindingType] = [
    Binding(
        "g",
        "go",
        "go to",
        id="go",
        tooltip="Go to a moment, turn 300, line 12, nan, or where loss < 0.1; again: Enter",
        priority=True,  # what is typed right after it is for its prompt
    ),
    Binding("b", "pass(1)", "next pass", id="next-pass", tooltip="Next backward pass"),
    Binding("B", "pass(-1)", "pass before", id="pass-before", tooltip="Backward pass before"),
    Binding(
        "right_square_bracket",
        "visit(1)",
        "next turn",
        id="next-visit",
        key_display="]",
        tooltip="The current line again: the next turn of its loop; the same node of a pass",
    ),
    Binding(
        "left_square_bracket",
        "visit(-1)",
        "turn before",
        id="visit-before",
        key_display="[",
        tooltip="The current line before: the turn before; the same node of a pass",
    ),
]

PANES: list[BindingType] = [
    Binding("1", "pane('explanation')", "Explanation", id="pane-1", tooltip="The explanation"),
    Binding("2", "pane('code')", "Code", id="pane-2", tooltip="The code and its output"),
    Binding("3", "pane('tensors')", "Tensors", id="pane-3", tooltip="The tensors"),
    Binding("4", "pane('graph')", "Graph", id="pane-4", tooltip="The graph"),
    Binding("5", "pane('gradients')", "Gradients", id="pane-5", tooltip="The gradients"),
    Binding("tab", "cycle(1)", "next pane", id="pane-next", tooltip="Next pane"),
    Binding("shift+tab", "cycle(-1)", "pane before", id="pane-before", tooltip="Pane before"),
    Binding("z", "zoom", "zoom", id="zoom", tooltip="The pane fills the screen, or no longer"),
]

PICTURE: list[BindingType] = [
    Binding(
        "v",
        "picture",
        "over time",
        id="picture",
        tooltip="View numbers over time: curves, the pass, the lesson's function",
    ),
    Binding(
        "x",
        "show_or_hide",
        "show, hide",
        id="show-hide",
        tooltip="Draw the chosen curve, or not (after v)",
    ),
    Binding(
        "y",
        "scale",
        "log scale",
        id="scale",
        tooltip="A logarithmic scale of curves, or not (after v)",
    ),
]

ROWS: list[BindingType] = [
    Binding("enter", "open", "open", id="open", tooltip="All about the chosen tensor or node"),
    Binding("t", "tree", "tree", id="tree", tooltip="The graph as a tree, or as lanes again"),
    Binding("f", "fold", "fold", id="fold", tooltip="Fold blocks that repeat, or unfold them"),
    Binding("s", "sort", "by size", id="sort", tooltip="Gradients by size, or in their own order"),
    Binding(
        "exclamation_mark",
        "next_odd",
        "None, 0, NaN",
        id="next-odd",
        key_display="!",
        tooltip="In Gradients, the next that is None, 0, NaN or inf",
    ),
]

PAGES: list[BindingType] = [
    Binding("pagedown", "scroll_pages(1)", "page down", id="page-down", tooltip="A page down"),
    Binding("pageup", "scroll_pages(-1)", "page up", id="page-up", tooltip="A page up"),
]

SCROLL: list[BindingType] = [
    Binding("j,down", "scroll_rows(1)", "down", id="down", tooltip="Down; the next row to choose"),
    Binding("k,up", "scroll_rows(-1)", "up", id="up", tooltip="Up; the row before"),
    *PAGES,
    Binding(
        "greater_than_sign,shift+right",
        "scroll_columns(8)",
        "sideways",
        id="sideways",
        key_display=">",
        tooltip="Scroll the pane to the right",
    ),
    Binding(
        "less_than_sign,shift+left",
        "scroll_columns(-8)",
        "sideways back",
        id="sideways-back",
        key_display="<",
        tooltip="Scroll the pane to the left",
    ),
]

OTHERS: list[BindingType] = [
    Binding("m", "map", "heat map", id="map", tooltip="The tensor as a heat map"),
    Binding("e", "edit", "edit", id="edit", tooltip="Edit the snippet and run it"),
    Binding(
        "c",
        "compare",
        "compare",
        id="compare",
        tooltip="Compare with the run before the edit, or two moments",
    ),
    Binding(
        "f5", "run_again", "run again", id="run-again", tooltip="Run again, as the file is now"
    ),
    REVIEW,
    Binding(
        "A", "ask_again", "ask again", id="ask-again", tooltip="Ask this lesson's questions again"
    ),
    DEFINE,
    SEARCH,
    HELP,
    Binding("q,escape", "leave", "back", id="leave", tooltip="Back to the course, then quit"),
]

QUESTION: list[BindingType] = [
    Binding("1,2,3", "", id="choose", tooltip="Choose, or not; a number begins with its digits"),
    Binding("up,down", "", id="choose-by", tooltip="The choice above or below; Space: or not"),
    Binding("enter", "", id="answer", tooltip="Answer; open the field; then go on"),
    Binding("a", "", id="to-question", tooltip="Back to the question from a pane"),
    Binding("u", "", id="sure", tooltip="Say that you are unsure, or sure"),
    Binding("s", "", id="skip", tooltip="Skip the question: its answer is shown"),
]
"""What keys do while a question is open; the card takes them before any pane does."""

EXERCISE: list[BindingType] = [
    Binding(
        "H,f4",
        "hint",
        "hint",
        id="hint",
        tooltip="A hint; after the last one the lines to be put in order, or a solution",
    ),
    Binding(
        "R,f2",
        "reset",
        "starter",
        id="reset",
        tooltip="The code is the starter again; once more: it is yours again",
    ),
]

PIECES: list[BindingType] = [
    Binding("j,down", "choose(1)", "down", id="down", tooltip="Next line"),
    Binding("k,up", "choose(-1)", "up", id="up", tooltip="Line before"),
    Binding("J,shift+down,alt+down", "move(1)", "move", id="move", tooltip="Move it down"),
    Binding("K,shift+up,alt+up", "move(-1)", "move", id="move-up", tooltip="Move it up"),
    Binding("space", "take", "take", id="take", tooltip="Take the line: j k move it; put it down"),
    Binding("enter,f5", "check", "check", id="check", tooltip="Run the lines in this order"),
    Binding("H,f4", "solution", "solution", id="hint", tooltip="A solution"),
    *PAGES,
    HELP,
    Binding("q,escape", "leave", "back", id="leave", tooltip="Back to the lesson"),
]

SOLUTION: list[BindingType] = [
    HELP,
    Binding("q,escape,enter,H,f4", "leave", "back", id="leave", tooltip="Back to the lesson"),
]

ENTRY: list[BindingType] = [
    *(
        Binding(f"{number}", f"see({number})", "see", id=f"see-{number}", tooltip="A term it names")
        for number in range(1, 10)
    ),
    Binding("d", "define", "all terms", id="define", tooltip="All terms"),
    HELP,
    Binding("q,escape,enter", "leave", "back", id="leave", tooltip="The entry before, then back"),
]

COMPARE: list[BindingType] = [
    *MOVES,
    Binding("tab", "side", "side", id="side", tooltip="Which side moves: both, left, right"),
    Binding("x", "other", "other", id="other", tooltip="The run before, or another moment"),
    Binding("s", "seed", "seed", id="seed", tooltip="Run again with another seed"),
    HELP,
    Binding("q,escape,enter,c", "leave", "back", id="leave", tooltip="Back to the lesson"),
]

HEAT_MAP: list[BindingType] = [
    Binding("right,l,n,space", "slice(1)", "next", id="slice", tooltip="Next matrix"),
    Binding("left,h,p", "slice(-1)", "back", id="slice-back", tooltip="Matrix before"),
    Binding("home", "slice(-10000)", "first", id="slice-first", tooltip="First matrix"),
    Binding("end", "slice(10000)", "last", id="slice-last", tooltip="Last matrix"),
    Binding("j,down", "tensor(1)", "down", id="down", tooltip="Next tensor"),
    Binding("k,up", "tensor(-1)", "up", id="up", tooltip="Tensor before"),
    *PAGES,
    HELP,
    Binding("m,q,escape,enter", "leave", "back", id="leave", tooltip="Back to the lesson"),
]

COURSE: list[BindingType] = [
    Binding("j,down", "choose(1)", "down", id="down", tooltip="Next lesson"),
    Binding("k,up", "choose(-1)", "up", id="up", tooltip="Lesson before"),
    Binding("pagedown", "scroll_about(1)", "page down", id="page-down", tooltip="Scroll About"),
    Binding("pageup", "scroll_about(-1)", "page up", id="page-up", tooltip="Scroll About back"),
    Binding("home", "choose(-10000)", "first", id="first", tooltip="First lesson"),
    Binding("end", "choose(10000)", "last", id="last", tooltip="Last lesson"),
    Binding("enter,right,l,space", "open", "open", id="open", tooltip="Open the lesson"),
    Binding("p", "paths", "paths", id="paths", tooltip="Follow a path, or the whole course"),
    REVIEW,
    SEARCH,
    HELP,
    Binding("q", "leave", "quit", id="leave", tooltip="Quit"),
]

PATHS: list[BindingType] = [
    Binding("j,down", "choose(1)", "down", id="down", tooltip="Next path"),
    Binding("k,up", "choose(-1)", "up", id="up", tooltip="Path before"),
    Binding("enter,right,l,space", "follow", "follow", id="follow", tooltip="Follow the path"),
    *PAGES,
    HELP,
    Binding("q,escape,p", "leave", "back", id="leave", tooltip="Back to the lessons"),
]

PROBLEMS: list[BindingType] = [
    HELP,
    Binding(
        "q,escape",
        "leave",
        "back",
        id="leave",
        tooltip="The lesson as it was, if there is one, else quit",
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
