"""What Python says of a script's lines is said in the numbers of its file."""

from __future__ import annotations

import pytest
from recorded import Record

FAILING = (
    "def f(v):\n    return v @ torch.ones(3)\n\ntotal = (\n    1 +\n    2\n)\nf(torch.ones(2))\n"
)


@pytest.mark.parametrize("first", [1, 12, 100_000])
def test_tracebacks_count_through_the_file_and_records_from_1(record: Record, first: int) -> None:
    recorded = record(FAILING, first_line=first)
    error = recorded.result.error
    assert error is not None
    assert error.line == 8
    assert (
        f'File "<step 1>", line {first + 7}, in <module>\n    f(torch.ones(2))' in error.traceback
    )
    assert f'File "<step 1>", line {first + 1}, in f' in error.traceback
    assert recorded.path == [1, 4, 2]
    assert recorded.snapshots[0].next_line == 1


@pytest.mark.parametrize("first", [1, 12])
def test_what_the_snippet_finds_out_about_its_own_lines(record: Record, first: int) -> None:
    recorded = record(
        "import sys, inspect\ndef f():\n    return sys._getframe().f_lineno\nhere = f()\n"
        "code = f.__code__.co_firstlineno\nsource = inspect.getsource(f)\n",
        first_line=first,
    )
    assert recorded.result.ok
    values = recorded.variables
    assert (values["here"], values["code"]) == (first + 2, first + 1)
    assert values["source"].startswith("def f():\n")
    assert recorded.path == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("first", [1, 12])
def test_nodes_and_syntax_errors_have_the_right_lines(record: Record, first: int) -> None:
    recorded = record(
        "x = torch.ones(2, requires_grad=True)\n\ny = (x *\n     x)\n", first_line=first
    )
    made = {node.name: node.line for s in recorded.snapshots for node in s.nodes}
    assert made["MulBackward0"] == 3
    recorded.step("a = 1\nb = = 2\n", first_line=first)
    error = recorded.result.error
    assert error is not None
    assert (error.type, error.line) == ("SyntaxError", 2)
    assert f"line {first + 1}" in error.traceback


def test_functions_of_an_earlier_step_keep_their_lines(record: Record) -> None:
    recorded = record("def f():\n    1 / 0\n", first_line=5)
    recorded.step("a = 1\nf()\n", first_line=9)
    error = recorded.result.error
    assert error is not None
    assert error.line == 2
    assert 'File "<step 2>", line 10, in <module>' in error.traceback
    assert 'File "<step 1>", line 6, in f\n    1 / 0' in error.traceback
