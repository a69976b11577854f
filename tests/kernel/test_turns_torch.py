"""The turns of real loops, against what the snippet itself counts."""

from __future__ import annotations

import pytest
from recorded import Record

from autograd_tutor.analysis.turns import places

# Each snippet keeps in `seen` which turn it is in, as a list of the counts of its loops.
SNIPPETS = {
    "for": "for a in range(3):\n    seen = [a + 1]\nseen = []\n",
    "nested, with break and continue": (
        "for a in range(3):\n    for b in range(5):\n        seen = [a + 1, b + 1]\n"
        "        if b == 1:\n            continue\n        if b == 3:\n            break\n"
        "    seen = [a + 1]\nelse:\n    seen = []\n"
    ),
    "while True": (
        "a = 0\nwhile True:\n    a += 1\n    seen = [a]\n    for b in 'xy':\n        c = b\n"
        "    if a == 3:\n        break\nseen = []\n"
    ),
    "while with a condition": (
        "a = 0\nwhile a < 3:\n    a += 1\n    seen = [a]\n    b = 0\n    while b < a:\n"
        "        b += 1\n        seen = [a, b]\nseen = []\n"
    ),
    "a function inside a loop": (
        "def f(a):\n    for b in range(2):\n        seen = [a + 1, b + 1]\n    return [a + 1]\n"
        "for a in range(2):\n    seen = f(a) + f(a)[1:]\nseen = []\n"
    ),
    "recursion": (
        "def f(way):\n    for b in range(2):\n        seen = [*way, b + 1]\n"
        "        if len(way) < 2:\n            f(seen)\n            seen = list(seen)\nf([])\n"
    ),
    "an error that leaves a loop, caught and not": (
        "for a in range(3):\n    try:\n        for b in range(3):\n"
        "            seen = [a + 1, b + 1]\n"
        "            if b == 1:\n                raise ValueError\n    except ValueError:\n"
        "        seen = [a + 1]\nseen = []\n"
    ),
    "passes": (
        "w = torch.ones(2, requires_grad=True)\nfor a in range(2):\n    loss = (w * w).sum()\n"
        "    seen = [a + 1]\n    loss.backward()\nseen = []\n"
    ),
    "a comprehension and a generator beside it": (
        "def g():\n    for x in range(2):\n        yield x\nfor a in g():\n    seen = [a + 1]\n"
        "    z = [y for y in range(3)]\nseen = []\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_moment_is_in_the_turn_that_the_snippet_counts(record: Record, name: str) -> None:
    recorded = record(SNIPPETS[name])
    assert recorded.result.ok
    trace, checked = recorded.recording.traces[0], 0
    for snapshot in recorded.snapshots:
        for key, value in snapshot.values.items():
            if key.rpartition(".")[2] == "seen":
                found = [place.number for place in places(trace, snapshot.index)]
                assert str(found) == value
                checked += 1
    assert checked > 2


def test_the_total_and_the_variable_are_those_of_the_loop(record: Record) -> None:
    recorded = record(
        "for epoch, (x, y) in enumerate([(1, 2)] * 4):\n    z = x\n    if z > y: break\n"
    )
    trace = recorded.recording.traces[0]
    assert places(trace, 5) == ((2, 4, "epoch", "1", 1),)


def test_a_loop_that_fails_has_as_many_turns_as_began(record: Record) -> None:
    recorded = record("for a in (2, 1, 0, 5):\n    b = 1 / a\n")
    trace = recorded.recording.traces[0]
    assert places(trace, len(trace) - 1) == ((3, 3, "a", "0", 1),)
