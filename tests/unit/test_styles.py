"""One list of style names: all that are used are in it, and all that are in it are used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd_tutor
from autograd_tutor.render.printing import LOOKS
from autograd_tutor.render.styles import HEAT_PARTS, STYLES

ROOT = Path(autograd_tutor.__file__).parent
MODULES = [
    *(path for path in ROOT.glob("render/*.py") if path.name != "styles.py"),
    *(path for path in ROOT.glob("ui/*.py") if path.name != "theme.py"),
    ROOT / "plain.py",
    ROOT / "listing.py",
]
NAMES = re.compile(r"[a-z-]+( [a-z-]+)*")


def texts(found: ast.expr) -> Iterator[str]:
    """A string, the fixed parts of an f-string, or either case of a choice."""
    match found:
        case ast.Constant(value=str(text)):
            yield text.strip()
        case ast.JoinedStr(values=parts):
            for part in parts:
                yield from texts(part)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*texts(body), *texts(orelse))
        case ast.BinOp(left=left, right=right):
            yield from (*texts(left), *texts(right))


def without_forms(tree: ast.Module) -> ast.Module:
    """The module but for what returns forms of a clause: texts, of which none is a style."""
    tree.body = [
        node
        for node in tree.body
        if not (
            isinstance(node, ast.FunctionDef)
            and node.returns
            and "Forms" in ast.unparse(node.returns)
        )
    ]
    return tree


def styles_in(source: str) -> set[str]:
    """Every style name: in the second part of a span, and in the arguments `base` and `style`."""
    tree = without_forms(ast.parse(source))
    compared = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        for part in node.comparators
    }
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Tuple(elts=[ast.Starred(), _]):
                pass
            case ast.Tuple(elts=[_, second], ctx=ast.Load()) if id(node) not in compared:
                found += texts(second)
            case ast.keyword(arg="base" | "style", value=value):
                found += texts(value)
    return {name for text in found if NAMES.fullmatch(text) for name in text.split()}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_style_that_is_used_is_known(path: Path) -> None:
    assert styles_in(path.read_text()) <= {*STYLES, *HEAT_PARTS}


def test_every_style_that_is_known_is_used() -> None:
    strings = {
        name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in node.value.split()
    }
    assert set(STYLES) - strings == set()


def test_every_style_has_one_look_on_the_screen() -> None:
    looks = re.findall(r"\.line--([a-z-]+) \{", (ROOT / "ui/app.tcss").read_text())
    assert sorted(looks) == sorted(STYLES)


def test_what_has_a_look_in_running_text_is_a_style() -> None:
    assert set(LOOKS) <= set(STYLES)


@pytest.mark.parametrize(
    ("source", "styles"),
    [
        ('row(("a", "dim"), ("b", f"{style} strnog"))', {"dim", "strnog"}),
        ('x = ("b", "grad" if y else "done")', {"grad", "done"}),
        ('row("a", base="bra")', {"bra"}),
        ('x in ("def", "class")', set()),
        ('("q", "Quit at once")', set()),
        ('def f() -> Forms:\n    return "ran 2 nodes", "ran"', set()),
        ('def f() -> Row:\n    return row(("ran", "dim"))', {"dim"}),
    ],
)
def test_styles_are_found_in_source(source: str, styles: set[str]) -> None:
    assert styles_in(source) == styles
