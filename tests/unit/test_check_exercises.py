"""What `check` proves of a lesson's exercises: each fault at its place, with its mend."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograd_tutor import check

LESSON = """\
format: 1
title: A title
summary: One line
setup: |
  import torch
steps:
  - id: a
    title: t
    explain: x
    code: |
      w = torch.tensor(3.0, requires_grad=True)
exercise:
  task: Make y the square of w.
  starter: |
    y = w
  solution: |
    y = w
    y = y ** 2
    y.backward()
  check:
    - that: y.item() == 9
      say: y is {y.item():g}, and should be 9.
    - that: w.grad is not None
      say: Run a pass as well.
  hints: [Look at y., Write a power.]
  mistakes:
    - id: doubled
      when: y.item() == 6
      say: That is twice w.
      like: |
        y = w * 2
    - id: no-graph
      when: error is not None and "grad_fn" in str(error)
      say: y has no graph.
      like: |
        y = w.detach() ** 2
        y.backward()
  pieces: true
  goal: y
  forbid: {data: It goes round the graph.}
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = LESSON
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def two() -> str:
    """Two exercises, each with a fault."""
    second = LESSON[LESSON.index("  task") :].replace("  task", "- task", 1)
    first = LESSON.replace("exercise:\n  task", "exercise:\n- task")
    return first.replace("== 6", "== 7") + second.replace("y ** 2", "y ** 3", 1)


LESSONS = {
    "good": LESSON,
    "starter-may-be-forbidden": changed(("    y = w\n  sol", "    y = w.data\n  sol")),
    "starter-may-raise": changed(("    y = w\n  sol", "    y = v\n  sol")),
    "many-moments": changed(
        ("requires_grad=True)\nex", "requires_grad=True)\n      for n in range(50): v = n\nex"),
        ("y.item() == 9\n", "y.item() == 9 and n == v == 49\n"),
    ),
    "starter-solves": changed(("    y = w\n  sol", "    y = w ** 2; y.backward()\n  sol")),
    "solution-fails": changed(("    y = y ** 2", "    y = y ** 3")),
    "solution-raises": changed(("    y = y ** 2", "    y = z ** 2")),
    "solution-is-a-mistake": changed(("== 6", "> 6")),
    "solution-ends": changed(("    y = y ** 2", "    import os; os._exit(3)")),
    "solution-forbidden": changed(("    y = y ** 2", "    y = y.data ** 2")),
    "mistake-solves": changed(("        y = w * 2", "        y = w ** 2; y.backward()")),
    "mistake-unseen": changed(("== 6", "== 7")),
    "mistake-taken-for-another": changed(("y.item() == 6", "error is not None or y.item() == 6")),
    "condition-raises": changed(
        ("y.item() == 6", "y.item() == 6 and 1 / 0"),
        ("error is not None and", "y.item() == 6 or error is not None and"),
    ),
    "mistake-forbidden": changed(("y = w.detach() ** 2", "y = w.data ** 2")),
    "condition-is-no-answer": changed(("y.item() == 6", "exit()")),
    "check-raises": changed(("w.grad is not None", "int('x')")),
    "check-loops": changed(
        ("steps:", "limits: {seconds: 1}\nsteps:"),
        ("w.grad is not None", "all(True for x in iter(int, 1))"),
    ),
    "say-is-no-text": changed(("{y.item():g}", "{y.item(:g}")),
    "say-raises": changed(("{y.item():g}", "{y.itm()}")),
    "few-pieces": changed(("    y = w\n    y = y ** 2\n", "    y = w ** 2\n")),
    "pieces-alike": changed(
        ("    y = w\n    y = y ** 2\n    y.backward()\n", "    y = w ** 2\n" * 3),
        ("    - that: w.grad is not None\n      say: Run a pass as well.\n", ""),
    ),
    "no-goal": changed(("goal: y", "goal: yy")),
    "goal-without-graph": changed(
        ("y.backward()\n  check", "y.backward(); c = w.detach()\n  check"), ("goal: y", "goal: c")
    ),
    "no-name": changed(("{data:", "{'a b':")),
    "hint-twice": changed(("Write a power.", "Look at y.")),
    "probe-raises": changed(("  goal: y", "  goal: y\n  probe: |\n    int('x')")),
    "late-steps": changed(("      w = torch", "      1 / 0\n      w = torch")),
    "two": two(),
}

Found = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """All of LESSONS, checked in one go; called with a name it gives that lesson's problems."""
    folder = tmp_path_factory.mktemp("lessons")
    for name, text in LESSONS.items():
        (folder / f"{name}.yaml").write_text(text)
    count, problems = check.run([folder])
    assert count == len(LESSONS)

    def of(name: str) -> list[str]:
        path = folder / f"{name}.yaml"
        return [str(each).removeprefix(f"{path}:") for each in problems if each.path == path]

    return of


GOOD = ("good", "many-moments", "starter-may-be-forbidden", "starter-may-raise")


@pytest.mark.parametrize("name", GOOD)
def test_nothing_where_nothing_is_wrong(found: Found, name: str) -> None:
    assert found(name) == []


SAME_FOR_BOTH = "make the condition narrower, or mend the solution"

EXPECTED = {
    "starter-solves": [
        "15:5: the starter passes all checks: there is nothing to do; "
        "leave out of it what the task asks for, or add a check"
    ],
    "solution-fails": [
        "21:13: the solution fails check 1: y is 27, and should be 9; correct this, or the solution"
    ],
    "solution-raises": ["18:5: the solution fails: NameError: name 'z' is not defined; correct it"],
    "solution-is-a-mistake": [
        "28:13: the condition of the mistake doubled is not true for its own program; "
        "correct the condition, or what is below like",
        f"28:13: the solution is taken for the mistake doubled; {SAME_FOR_BOTH}",
    ],
    "solution-ends": [
        "17:5: the solution cannot be judged: the snippet ended its process with exit status 3; "
        "write one that comes to its end within the limits"
    ],
    "solution-forbidden": [
        "18:11: the solution uses data, which is forbidden; write it without, or allow the name",
        f"33:13: the solution is taken for the mistake no-graph; {SAME_FOR_BOTH}",
    ],
    "mistake-solves": [
        "31:9: the program of the mistake doubled solves the exercise, and its condition is not "
        "true; write a program that makes the mistake"
    ],
    "mistake-unseen": [
        "28:13: the condition of the mistake doubled is not true for its own program; "
        "correct the condition, or what is below like"
    ],
    "mistake-taken-for-another": [
        "28:13: the program of the mistake no-graph is taken for the mistake doubled, which comes "
        "before it; make this condition narrower, or put no-graph first"
    ],
    "condition-raises": [
        "28:13: the condition of the mistake doubled is not true for its own program; "
        "correct the condition, or what is below like"
    ],
    "mistake-forbidden": [
        "36:15: the program of the mistake no-graph uses data, which is forbidden; "
        "nobody could make it so: write it without, or allow the name"
    ],
    "condition-is-no-answer": [
        "28:13: of the starter, the condition of mistake doubled ends the program; correct it here"
    ],
    "check-raises": [
        "23:13: of the solution, check 2 raises ValueError: invalid literal for int() with base "
        "10: 'x'; correct it here"
    ],
    "say-is-no-text": [
        "22:17: say cannot be filled in: closing parenthesis '}' does not match opening "
        "parenthesis '('; correct what stands in { }, or write {{ and }} for braces"
    ],
    "say-raises": [
        "22:12: of the starter, the text 'y is {y.itm()}, and should be 9.' raises "
        "AttributeError: 'Tensor' object has no attribute 'itm'; correct it here"
    ],
    "few-pieces": [
        "37:11: pieces: the solution has 2 statements; "
        "remove pieces: there is nothing to put in order"
    ],
    "pieces-alike": [
        "36:11: pieces: all statements of the solution are alike; "
        "remove pieces: there is nothing to put in order"
    ],
    "no-goal": ['39:9: goal: there is no tensor "yy" after the solution; did you mean y?'],
    "goal-without-graph": [
        "39:9: goal: c has no graph after the solution; name a tensor with a grad_fn"
    ],
    "no-name": [
        '40:12: forbid: "a b" is no name; write a name (data, torch.no_grad) or a word such as for'
    ],
    "hint-twice": [
        "25:23: the hint is that of line 25 again; "
        "write where to look first, and what to write last"
    ],
    "probe-raises": [
        "41:5: the solution is not judged: The test of your code failed: ValueError: invalid "
        "literal for int() with base 10: 'x'; correct this, or the solution"
    ],
    "late-steps": [
        "11:7: the step fails: ZeroDivisionError: division by zero; correct the code, "
        "or write raises: ZeroDivisionError if it is meant to fail"
    ],
    "two": [
        "28:13: the condition of the mistake doubled is not true for its own program; "
        "correct the condition, or what is below like",
        "49:13: the solution fails check 1: y is 27, and should be 9; "
        "correct this, or the solution",
    ],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fault_at_its_place(found: Found, name: str) -> None:
    assert found(name) == EXPECTED[name]


def test_a_check_that_never_ends(found: Found) -> None:
    (only,) = found("check-loops")
    assert only.startswith("24:13: of the solution, check 2 takes longer than ")
    assert only.endswith(" s; correct it here")


def test_every_lesson_is_looked_at() -> None:
    assert LESSONS.keys() == EXPECTED.keys() | {*GOOD, "check-loops"}
