"""What Python says of a script's lines is said in the numbers of its file."""

from __future__ import annotations

from pathlib import Path

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


FIRST = """class A:
    def __str__(self):
        return missing

def fails(v):
    return v @ torch.ones(3)
"""


def test_the_steps_of_a_script_are_one_file(record: Record) -> None:
    recorded = record(FIRST, filename="some/train.py", first_line=4)
    recorded.step("\nx = 1\nfails(torch.ones(2))\n", filename="some/train.py", first_line=12)
    error = recorded.result.error
    assert error is not None
    assert error.line == 3
    assert 'File "some/train.py", line 14, in <module>\n    fails(torch.' in error.traceback
    assert 'File "some/train.py", line 9, in fails\n    return v @' in error.traceback
    assert recorded.path == [2]  # of this step alone: functions of the earlier are not followed


def test_a_failure_in_code_of_an_earlier_step_has_no_line_of_its_own(record: Record) -> None:
    recorded = record(FIRST, filename="train.py", first_line=4)
    recorded.step(
        "class Odd(Exception):\n    def __str__(self):\n        return str(A())\nraise Odd\n",
        filename="train.py", first_line=12,
    )  # fmt: skip
    error = recorded.result.error
    assert error is not None
    assert (error.type, error.line) == ("Odd", 4)
    recorded.step("a = A()\nb = f'{a}'\n", filename="train.py", first_line=20)
    error = recorded.result.error
    assert error is not None
    assert (error.type, error.line) == ("NameError", 2)
    assert 'File "train.py", line 6, in __str__\n    return missing' in error.traceback


def test_source_is_what_ran_and_around_it_what_the_file_holds(
    record: Record, tmp_path: Path
) -> None:
    path = tmp_path / "train.py"
    path.write_text('"""Doc."""\n# %%\nx = 1\n# %%\ny = 2\n# The end.\n')
    look = (
        "import inspect, linecache\ndef f(): return 7\nclass B: z = 3\n"
        "lines = linecache.getlines(__file__)\n"
        "found = inspect.getsource(f), inspect.getsource(B)\n"
    )
    recorded = record("x = 1\n", setup="", script=str(path), filename=str(path), first_line=3)
    recorded.step(look, filename="<step 2>", first_line=5)  # edited
    assert recorded.result.ok, recorded.result.error
    assert recorded.variables["found"] == ("def f(): return 7\n", "class B: z = 3\n")
    lines = recorded.variables["lines"]
    assert lines[:5] == ['"""Doc."""\n', "# %%\n", "x = 1\n", "# %%\n", look.split("\n")[0] + "\n"]


@pytest.mark.parametrize("code", ["b = = 2", "f(", "return 1", "  x = 1"])
def test_a_syntax_error_shows_its_line_with_a_caret(record: Record, code: str) -> None:
    error = record(f"a = 1\n{code}\n", filename="<step 1>", first_line=8).result.error
    assert error is not None
    assert error.line == 2
    head, source, *caret, last = error.traceback.rstrip("\n").split("\n")
    assert (head, source) == ('  File "<step 1>", line 9', f"    {code.strip()}")
    assert code == "  x = 1" or caret[0].strip("^ ") == "" != caret[0].strip()
    assert last.startswith(("SyntaxError: ", "IndentationError: "))


def test_a_form_feed_begins_no_line(record: Record) -> None:
    recorded = record("x = 1\n\f\ny = 1 / 0\n", filename="train.py")
    error = recorded.result.error
    assert error is not None
    assert error.line == 3
    assert "line 3, in <module>\n    y = 1 / 0" in error.traceback
