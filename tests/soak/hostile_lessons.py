"""Files that were written to be hard to read: each is a seed of mutations, and read as it is."""

from __future__ import annotations

_HEAD = "format: 1\ntitle: T\nsummary: S\n"
_STEP = "steps:\n  - {id: a, title: A, explain: E, code: x = 1}\n"


def _laughs(levels: int) -> str:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(rows) + "\n"


def _merges(count: int) -> str:
    keys = ", ".join(f"k{n}: {n}" for n in range(count))
    return f"base: &b {{{keys}}}\nall:\n  <<: [{', '.join(['*b'] * count)}]\n"


def _code(code: str) -> str:
    return f"{_HEAD}steps:\n  - id: a\n    title: A\n    explain: E\n    code: |\n{code}\n"


_YAML = {
    "aliases that grow": _HEAD + _laughs(12) + _STEP,
    "aliases as the steps": _HEAD + _laughs(9) + "steps: *a8\n",
    "merges of merges": _HEAD + _merges(300) + _STEP,
    "a merge of itself": _HEAD + "base: &b\n  <<: *b\n" + _STEP,
    "a list in itself": _HEAD + "steps: &s [*s]\n",
    "a mapping in itself": _HEAD + "steps: &s {a: *s}\n",
    "deep lists": _HEAD + "steps: " + "[" * 3000 + "]" * 3000 + "\n",
    "deep mappings": _HEAD + "steps: " + "{a: " * 3000 + "}" * 3000 + "\n",
    "lists that never end": _HEAD + "steps: " + "[" * 100_000,
    "deep blocks": _HEAD + "steps:\n" + "".join(f"{' ' * n}-\n" for n in range(300)),
    "a long string": _HEAD.replace("T\n", "T" * 200_000 + "\n") + _STEP,
    "many keys": _HEAD + "".join(f"k{n}: 1\n" for n in range(20_000)) + _STEP,
    "a key twice": _HEAD + "title: U\n" * 3000 + _STEP,
    "many steps": _HEAD + "steps:\n" + "  - {id: a, title: A, explain: E, code: x = 1}\n" * 5000,
    "wrong types": "format: [1]\ntitle: {a: b}\nsummary: 1\nsteps: {id: [a]}\nlimits: x\n",
    "odd limits": _HEAD
    + "limits: {seconds: .inf, snapshots: -1, memory: 1e400, nodes: x}\n"
    + _STEP,
    "huge numbers": _HEAD + f"seed: {'9' * 100_000}\n" + _STEP,
    "numbers in base 60": _HEAD + f"seed: {'1:' * 20_000}1\n" + _STEP,
    "python's own tags": _HEAD + "title: !!python/object/apply:os.system ['true']\n" + _STEP,
    "binary that is none": _HEAD + "title: !!binary '====='\n" + _STEP,
    "sets and pairs": _HEAD + "steps: !!set {a, b}\nx: !!omap [a: 1]\ny: !!pairs [a: 1]\n",
    "dates": _HEAD.replace("T\n", "2001-99-99\n") + _STEP,
    "no text": "\x00" * 5000,
    "control characters": _HEAD.replace("T\n", '"\\x1b]0;pwned\\x07"\n') + _STEP,
    "many documents": (_HEAD + _STEP + "---\n") * 200,
    "directives": "%YAML 1.2\n%TAG ! tag:x,2000:\n---\n" + _HEAD + _STEP,
    "anchors everywhere": _HEAD + "x: " + " ".join(f"&a{n}" for n in range(2000)) + " y\n" + _STEP,
    "one f-string": _code(f"      x = f'{'{a}' * 20_000}'"),
    "a long sum": _code(f"      x = {'1 + ' * 30_000}1"),
    "deep parentheses": _code(f"      x = {'(' * 5000}1{')' * 5000}"),
    "deep indentation": _code("\n".join(f"      {' ' * n}if 1:" for n in range(120))),
    "a long comparison": _code(f"      x = {'1 < ' * 30_000}1"),
    "many nots": _code(f"      x = {'not ' * 30_000}1"),
    "many lambdas": _code(f"      x = {'lambda: ' * 5000}1"),
    "a chain of attributes": _code(f"      x = a{'.b' * 30_000}"),
    "a chain of calls": _code(f"      x = a{'()' * 30_000}"),
    "a huge power": _code("      x = 9 ** 9 ** 9 ** 9"),
    "a huge repetition": _code("      x = 'a' * (10 ** 10)"),
    "escapes": _code("      x = '" + "\\N{DIGIT ONE}" * 5000 + "'"),
    "nested f-strings": _code("      x = " + "f'{" * 200 + "1" + "}'" * 200),
    "expectations": _HEAD + _STEP.replace("x = 1", "x = 1, expect: [" + "x, " * 30_000 + "]"),
    "explanations": _HEAD + _STEP.replace("E,", '"' + "**" * 20_000 + "[" * 20_000 + '",'),
    "quotes": _HEAD + _STEP.replace("E,", '"' + "> " * 50_000 + '",'),
    "lists in lists": _HEAD + _STEP.replace("E,", '"' + "- " * 30_000 + '",'),
}

_PYTHON = {
    "many cells": "# %%\nx = 1\n" * 10_000,
    "comments only": "# " + "*" * 200_000 + "\n",
    "one line": "x = [" + "1, " * 80_000 + "]\n",
    "no newline": "x = 1;" * 30_000,
    "deep brackets": "x = " + "[" * 250_000,
    "a string that never ends": 'x = """' + "a" * 200_000,
    "an f-string in a script": f"x = f'{'{a}' * 85_000}'\n",
    "classes in classes": "".join(f"{' ' * n}class A:\n" for n in range(99)) + " " * 99 + "x = 1",
    "another encoding": "# -*- coding: utf-7 -*-\nx = '+AAA-'\n",
    "no encoding": "# coding: nothing-like-this\nx = 1\n",
    "null characters": "x = 1\0\n",
    "form feeds": "\f\n" * 5000 + "x = 1\n",
    "backslashes": "x = 1\\\n" * 20_000,
    "decorators": "@a\n" * 20_000 + "def f(): pass\n",
    "a tower of ifs": "".join(f"{'el' if n else ''}if x == {n}: pass\n" for n in range(8000)),
    "nested comprehensions": "x = " + "[" * 150 + "1" + " for a in b]" * 150 + "\n",
    "matches": "match x:\n" + "".join(f"  case {n}: pass\n" for n in range(8000)),
    "walrus": "x = " + "(a := " * 150 + "1" + ")" * 150 + "\n",
    "stars": "f(" + "*a, " * 50_000 + ")\n",
    "digits": f"x = {'9' * 200_000}\n",
}  # fmt: skip

HOSTILE: tuple[tuple[str, bytes], ...] = (
    *((".yaml", text.encode()) for text in _YAML.values()),
    *((".py", text.encode()) for text in _PYTHON.values()),
)
"""Endings and contents."""
