"""Which modules code imports, as its text says."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache

from autograd_tutor.analysis.loops import parsed

KNOWN = frozenset({*sys.stdlib_module_names, "torch", "numpy"})
"""Modules whose own lines nobody would step into."""


@lru_cache(maxsize=16)
def imported_modules(code: str, package: str = "") -> tuple[str, ...]:
    """The names of the modules that code imports, without those of Python, torch and numpy.

    `package`: which the code is in, where that is known, for imports that begin with dots.
    """
    tree = parsed(code)
    found: dict[str, None] = {}
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Import):
            found |= dict.fromkeys(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found[node.module] = None
        elif isinstance(node, ast.ImportFrom) and node.level and package:
            parents = package.split(".")[: 1 - node.level or None]
            found[".".join([*parents, *([node.module] if node.module else [])])] = None
    return tuple(name for name in found if name.partition(".")[0] not in {*KNOWN, ""})
