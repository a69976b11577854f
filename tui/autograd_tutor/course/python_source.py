"""Python source as text: does it compile, is it a name. Nothing of it is executed."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from typing import Literal, NamedTuple

from autograd_tutor.messages import _


def _name_pattern(word: str) -> str:
    """The pattern of what a recording names, `word` being that of one Python name."""
    return (
        rf"{word}(?:\(\))?"  # loss; the call of f in f().t
        rf"(?:\.(?:{word}|[0-9]+)(?:\(\))?"  # .weight, the .0 of a module in a Sequential
        r"""|\[-?[0-9]+\]|\["[^"\\]*"\]|\['[^'\\]*'\])*"""  # [0], ["first"]
    )


_NAME = re.compile(_name_pattern(r"[^\W\d]\w*"))
_WORD = re.compile(r"\w+")

PORTABLE_WORD = r"[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*"
"""A Python name, in a pattern that means the same in Python and in JavaScript: there, letters
beyond ASCII are no `\\w`."""

PORTABLE_NAME = _name_pattern(PORTABLE_WORD)
"""What `as_name` takes, in such a pattern."""


class SyntaxFault(NamedTuple):
    """Why source does not compile; line and column count from 1 and lie within the source."""

    line: int
    column: int
    message: str


def syntax_fault(source: str, mode: Literal["exec", "eval"] = "exec") -> SyntaxFault | None:
    """What is wrong with the source: the first thing that Python itself complains about, or None.

    `exec`: statements, at least one; `eval`: one expression.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source, "<lesson>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
            compile(source, "<lesson>", mode, dont_inherit=True)
    except SyntaxError as error:
        return _fault(source, error)
    except (MemoryError, RecursionError, OverflowError):  # the parser says MemoryError of depth
        return SyntaxFault(1, 1, _("too deeply nested, or too large, for Python"))
    except ValueError as error:
        return SyntaxFault(1, 1, str(error))
    if isinstance(tree, ast.Module) and not tree.body:
        return SyntaxFault(1, 1, _("there is no statement in it"))
    return None


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of the source, None if it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def _fault(source: str, error: SyntaxError) -> SyntaxFault:
    lines = source.rstrip("\n").split("\n")
    line = min(max(error.lineno or 1, 1), len(lines))
    column = min(max(error.offset or 1, 1), len(lines[line - 1]) + 1)
    if isinstance(error, IndentationError):  # which points before the first letter, or behind all
        column = len(lines[line - 1]) - len(lines[line - 1].lstrip()) + 1
    return SyntaxFault(line, column, error.msg)


def as_name(text: str) -> str | None:
    """The text as a recording names things (`loss`, `model.0.weight`, `params["a"]`), or None."""
    first = _WORD.match(text)
    if first is None or keyword.iskeyword(first[0]) or _NAME.fullmatch(text) is None:
        return None
    return re.sub(r"\['([^']*)'\]", r'["\1"]', text)


def is_class_name(text: str) -> bool:
    """Whether the text could be the name of a class, without its module: `RuntimeError`."""
    return text.isidentifier() and not keyword.iskeyword(text)
