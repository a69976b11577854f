"""One meaning, one sign: the same in every pane and in the plain output."""

from __future__ import annotations

import re
import unicodedata

from rich.cells import cell_len

from autograd_tutor.render.dots import braille_as_ascii

LEAF = "◆"
OPERATION = "●"
CONSTANT = "○"
GRAD = "∇"
CHANGED = "▸"
DONE = "✓"
CURRENT = "▶"
NEXT = "›"
FAILURE = "✗"
ARROW = "→"
ABOVE = "↑"
CUSTOM = "▲"
FOLDED = "■"
UNREACHED = "◌"
WAITING = "·"
NONFINITE = "!"
TURN = "│"
BARS = "▁▂▃▄▅▆▇█"
"""From the least to the greatest; a terminal of ASCII shows `_.,:;i|H`."""

_ASCII = str.maketrans(
    {
        LEAF: "#",
        OPERATION: "*",
        CONSTANT: "o",
        GRAD: "g",
        CHANGED: "%",
        DONE: "+",
        CURRENT: ">",
        NEXT: ".",
        FAILURE: "X",
        ARROW: ">",
        ABOVE: "^",
        CUSTOM: "A",
        FOLDED: "=",
        UNREACHED: "o",
        "…": "~",
        "·": "-",
        "×": "x",
        "←": "<",
        "↓": "v",
        "─": "-",
        "│": "|",
        "├": "+",
        "┤": "+",
        "┼": "+",
        "└": "`",
        "╭": ".",
        "╮": ".",
        "┬": ".",
        "╰": "'",
        "╯": "'",
        "┴": "'",
        "▁": "_",
        "▂": ".",
        "▃": ",",
        "▄": ":",
        "▅": ";",
        "▆": "i",
        "▇": "|",
        "█": "H",
        "•": "*",
        "▏": "|",
        "▌": "=",
        "∞": "I",
        "⋯": "~",
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "′": "'",
        "“": '"',
        "”": '"',
    }
    | braille_as_ascii()
)

_SPELLED = str.maketrans(
    {
        "α": "alpha",
        "β": "beta",
        "δ": "delta",
        "ε": "eps",
        "η": "eta",
        "θ": "theta",
        "λ": "lambda",
        "μ": "mu",
        "π": "pi",
        "σ": "sigma",
        "Φ": "Phi",
        "∂": "d",
        "∇": "grad",
        "→": "->",
        "←": "<-",
        "≈": "~=",
        "≠": "!=",
        "≤": "<=",
        "≥": ">=",
        "√": "sqrt",
        "″": "''",
        "Σ": "sum",
        "Π": "prod",
    }
)

_RAISED = "ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁᵂᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾"
_LOWERED = "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
_SHIFTED = re.compile(f"([{_RAISED}]+)|([{_LOWERED}]+)")

_OTHERS = re.compile(r"[^\x00-\x7f]")


def spelled_out(text: str) -> str:
    """Formulas in words and ASCII, for text that has yet to be laid out: θ² becomes theta^2."""
    return _SHIFTED.sub(_shifted, text).translate(_SPELLED)


def _shifted(found: re.Match[str]) -> str:
    """An exponent behind ^, an index behind _: one sign for all that stand together."""
    inner = unicodedata.normalize("NFKC", found[0])
    if inner[0] != "(" and not {"+", "−"}.isdisjoint(inner[1:]):
        inner = f"({inner})"
    return f"{'^' if found[1] else '_'}{inner}"


def spelled_formula(text: str) -> str:
    """The same of a formula, in which a dot between factors is no dash but a multiplication."""
    return spelled_out(text.replace("·", "*"))


def to_ascii(text: str) -> str:
    """The same text, cell for cell, for a terminal that has nothing but ASCII."""
    if text.isascii():
        return text
    return _OTHERS.sub(lambda found: "?" * cell_len(found[0]), text.translate(_ASCII))
