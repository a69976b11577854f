"""What the learner reads, parsed back: the text of a formula as a tree of the table's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator


class Unreadable(Exception):
    """The text is no formula."""


PHRASES = (
    ("{}, / n for a mean", "averaged"),
    ("{}, / total_weight for a mean", "averaged_by_weight"),
    ("{}, 0 if rounded", "unless_rounded"),
    ("{} unless added", "unless_added"),
    ("{}, by its tanh form", "by_tanh"),
    ("{}, over the batch", "over_batch"),
    ("{}, expanded to {}", "expand"),
    ("{}, reshaped to {}", "reshape"),
    ("{}, summed to {}", "sum_to"),
    ("{}, copies summed", "copies_summed"),
    ("{}, windows added where they lay", "windows_added"),
    ("{} added where it came from", "added_to_sources"),
    ("{} added at window maxima", "added_at_maxima"),
    ("{} added at {}, 0 elsewhere", "added_at"),
    ("{} at {}, 0 elsewhere", "placed"),
    ("{} in the slice, 0 elsewhere", "in_slice"),
    ("{} on the diagonal, 0 elsewhere", "on_diagonal"),
    ("{} where {}, shared if several", "shared"),
    ("Σ({} · product of the others in {} up to there) from here on", "by_others"),
    ("product of the others in {}", "others"),
    ("{} where {}, in order", "picked_by"),
    ("{} where {}, else 0", "spread_over"),
    ("{}, 0 at {}", "cleared_at"),
    ("{} put back at {}", "put_back"),
    ("{} at {}", "at"),
    ("Σ({}) from here on", "from_here"),
    ("{}'s part for this tensor", "part"),
    ("diagonal of {}", "diagonal"),
    ("{} with dim0, dim1 exchanged", "exchanged"),
    ("{} in the old order", "old_order"),
    ("{} without the padding", "without_padding"),
    ("{} as pairs of numbers", "as_pairs"),
    ("{} as complex numbers", "as_complex"),
    ("{} / size, over its window", "over_window"),
    ("{}, reduced as the loss was", "reduced"),
    ("{}, by interpolation weights", "by_weights"),
    ("{}, twice where a frequency stands for two", "two_for_pairs"),
    ("{} added around {} by weight", "added_around"),
    ("{} unpacked, 0 in the padding", "unpacked"),
    ("tril({}), diagonal halved", "halved_tril"),
    ("{} unless equal", "unless_equal"),
    ("{}, 0 where replaced", "unless_replaced"),
    ("{}, 0 in the slice", "cleared_in_slice"),
    ("{}, 0 on the diagonal", "cleared_diagonal"),
    ("mean of each window of {}", "mean_of_windows"),
    ("slice of {}", "slice_of"),
    ("windows of {}", "windows_of"),
    ("triangle of {}", "triangle"),
    ("slope of {} by {}", "sample_slope"),
    ("opposite transform of {}", "transformed_back"),
    ("upper right block of exp([[{}, {}], [0, {}]])", "block_of_exp"),
    ("Σ({} · slope of input there)", "by_image_slope"),
    ("Σ(digamma({} − k / 2)) for k below p", "sum_of_digammas"),
    ("2^{} in its dtype", "two_to"),
    ("{} of its segment", "of_segment"),
    ("{} of its bag", "of_bag"),
    ("{} below the diagonal", "below_diagonal"),
    ("{} filled up with 0", "filled_up"),
    ("i · {}", "turned"),
    ("{} was taken", "is_taken"),
    ("{} is finite", "is_finite"),
    ("{} is nan", "is_nan"),
)
"""Words with holes, those that bind most loosely first."""

PATTERNS = tuple(
    (re.compile(re.escape(words).replace(r"\{\}", "(.+)")), name) for words, name in PHRASES
)
CHOICE = re.compile("(.+?) if (.+?) else (.+)")
NAMES = {"σ": "sigmoid", "√": "sqrt", "Σ": "sum", "Φ": "normal_cdf", "Φ′": "normal_density"}
NAMES |= {"gelu′": "gelu_slope", "gelu″": "gelu_curvature", "norm′": "norm_slope", "π": "pi"}
SUMS = {"+": ast.Add, "−": ast.Sub}
PRODUCTS = {"·": ast.Mult, "/": ast.Div, "@": ast.MatMult, "//": ast.FloorDiv}
COMPARISONS = {">": ast.Gt, "≥": ast.GtE, "<": ast.Lt, "≤": ast.LtE, "=": ast.Eq}
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉"
NAME = r"[A-Za-zα-ωΑ-Ω√][A-Za-z0-9_]*[′″₀-₉]?"
TOKEN = re.compile(rf"\s*(?:(\d+(?:\.\d+)?(?:e-?\d+)?)|({NAME})|(//|\S))")
DEFINITION = re.compile(r", ([A-Za-z]) = ")


def tree_of(text: str) -> ast.expr:
    """The formula, with what it defines put in. Raises Unreadable."""
    stated, *defined = DEFINITION.split(text)
    tree = read(stated)
    for name, value in zip(defined[::2], defined[1::2], strict=True):
        tree = Put(name, read(value)).visit(tree)
    return tree


class Put(ast.NodeTransformer):
    """Puts what a name is defined as in its place."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.value if node.id == self.name else node


def read(text: str) -> ast.expr:
    """A text without definitions: words, else a choice, else conditions, else arithmetic."""
    for pattern, name in PATTERNS:
        found = pattern.fullmatch(text)
        if found and all(map(balanced, found.groups())):
            return call(name, *map(read, found.groups()))
    found = CHOICE.fullmatch(text)
    if found and all(map(balanced, found.groups())):
        body, test, other = map(read, found.groups())
        return ast.IfExp(test, body, other)
    for word, logical in ((" or ", ast.Or()), (" and ", ast.And())):
        parts = split(text, word)
        if len(parts) > 1:
            return ast.BoolOp(logical, [read(part) for part in parts])
    if text == "attention weights":
        return ast.Name("attention_weights")
    return Arithmetic(text).whole()


def balanced(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def split(text: str, separator: str) -> list[str]:
    """The parts between separators outside of parentheses."""
    parts, start = [], 0
    for found in re.finditer(re.escape(separator), text):
        if balanced(text[start : found.start()]):
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), [*arguments], [])


class Arithmetic:
    """A comparison of sums of products of powers, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> ast.expr:
        first, ops, others = self.sum(), [], []
        while self.peek() in COMPARISONS:
            ops.append(COMPARISONS[self.take()]())
            others.append(self.sum())
        if self.peek():
            raise Unreadable(self.text)
        return ast.Compare(first, ops, others) if ops else first

    def sum(self) -> ast.expr:
        return self.chain(SUMS, lambda: self.chain(PRODUCTS, self.signed))

    def chain(self, signs: dict[str, type], part: Callable[[], ast.expr]) -> ast.expr:
        left = part()
        while self.peek() in signs or (signs is PRODUCTS and self.peek() == "×"):
            sign = self.take()
            right = part()
            left = (
                call("cross", left, right) if sign == "×" else ast.BinOp(left, signs[sign](), right)
            )
        return left

    def signed(self) -> ast.expr:
        if self.peek() == "−":
            self.take()
            return ast.UnaryOp(ast.USub(), self.signed())
        below = self.atom()
        if self.peek() == "^":
            self.take()
            return ast.BinOp(below, ast.Pow(), self.atom())
        if self.peek() in tuple(SUPERSCRIPTS):
            return ast.BinOp(below, ast.Pow(), ast.Constant(SUPERSCRIPTS.index(self.take())))
        return below

    def atom(self) -> ast.expr:
        found = self.bare()
        while self.peek() in ("ᵀ", "ᴴ"):
            found = ast.Attribute(found, "mT" if self.take() == "ᵀ" else "H")
        return found

    def bare(self) -> ast.expr:
        token = self.take()
        if token == "(":
            return read(self.until(")"))
        if token == "|":
            return call("abs", read(self.until("|")))
        if re.fullmatch(r"\d.*", token):
            return ast.Constant(float(token) if re.search("[.e]", token) else int(token))
        if not re.fullmatch(NAME, token):
            raise Unreadable(self.text)
        if token[-1] in SUBSCRIPTS:
            index = ast.Constant(SUBSCRIPTS.index(token[-1]))
            return ast.Subscript(ast.Name(f"{token[:-1]}s"), index)
        name = NAMES.get(token, token)
        if self.text[self.at : self.at + 1] != "(":
            return ast.Name(name)
        self.take()
        return call(name, *map(read, split(self.until(")"), ", ")))

    def until(self, end: str) -> str:
        """What stands before the sign that closes what was opened."""
        for at in self.ends(end):
            inside = self.text[self.at : at]
            if balanced(inside):
                self.at = at + 1
                return inside
        raise Unreadable(self.text)

    def ends(self, end: str) -> Iterator[int]:
        return (at for at in range(self.at, len(self.text)) if self.text[at] == end)

    def peek(self) -> str:
        found = TOKEN.match(self.text, self.at)
        return "" if found is None else found[0].strip()

    def take(self) -> str:
        found = TOKEN.match(self.text, self.at)
        if found is None:
            raise Unreadable(self.text)
        self.at = found.end()
        return found[0].strip()
