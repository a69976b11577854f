"""One count of lines for a step's code and the files that it follows, on both sides of the wire."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import snapshot, trace
from msgspec.structs import replace
from recording_files import CODE, forged, loaded, recording, refusal

from autograd_tutor.analysis.code_state import code_state, shown_part
from autograd_tutor.analysis.comparison import corresponding
from autograd_tutor.analysis.loops import find_loops, parsed
from autograd_tutor.analysis.statements import code_line, statements
from autograd_tutor.limits.interface import MOST_PARSED
from autograd_tutor.limits.records import MOST_FOLLOWED
from autograd_tutor.recording.followed import (
    Followed,
    Place,
    Sources,
    Unfollowed,
    is_followed,
    shown_path,
    split_lines,
)
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.render.code import code_listing

HELPERS = Followed(
    "helpers.py", "helpers", "def f(x):\n    for i in x:\n        y = i\n    return y\n"
)
NET = Followed("pkg/net.py", "pkg.net", "class A:\n    def g(self):\n        return 1\n")
CODES = st.text(st.sampled_from("ab \n\r\f"), max_size=12)


@given(CODES, st.lists(CODES, max_size=3), st.integers(1, 9))
def test_every_line_belongs_to_one_file_and_has_its_text(
    own: str, others: list[str], first: int
) -> None:
    sources = Sources(own, first)
    for at, code in enumerate(others):
        assert sources.add(Followed(f"f{at}.py", f"f{at}", code)) is not None
    for part in sources.text.parts:
        for at, text in enumerate(split_lines(part.code), 1):
            line = part.before + at
            assert sources.part(line) is part
            assert code_line(sources.text, line) == text
            assert part.number(line) == at + part.first - 1


def test_what_is_parsed_stands_on_the_lines_of_all() -> None:
    sources = Sources("a = 1\nfor b in c:\n    pass\n")
    sources.add(HELPERS)
    sources.add(NET)
    tree = parsed(sources.text)
    assert tree is not None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            begin = f"{'class' if isinstance(node, ast.ClassDef) else 'def'} {node.name}"
            assert code_line(sources.text, node.lineno).strip().startswith(begin)
    headers = [code_line(sources.text, line).strip() for line in find_loops(sources.text)]
    assert sorted(headers) == ["for b in c:", "for i in x:"]
    assert all(code_line(sources.text, line).strip() for line in statements(sources.text))


def test_a_file_too_long_to_be_parsed_leaves_the_others_as_they_are() -> None:
    sources = Sources("for a in b:\n    pass\n")
    sources.add(Followed("long.py", "long", "x = 1\n" * (MOST_PARSED // 6 + 1)))
    sources.add(HELPERS)
    assert len(find_loops(sources.text)) == 2


@pytest.mark.parametrize(
    ("module", "asked", "is_one"),
    [
        ("pkg", ("pkg",), True),
        ("pkg.net", ("pkg",), True),
        ("pkg.net", ("pkg.net",), True),
        ("pkgs", ("pkg",), False),
        ("pkg", ("pkg.net",), False),
        ("a.b", ("x", "a.b"), True),
    ],
)
def test_a_package_stands_for_all_in_it(module: str, asked: tuple[str, ...], is_one: bool) -> None:
    assert is_followed(module, asked) == is_one


def walked() -> Trace:
    """Line 2 of the step calls `f`, of helpers.py, whose lines are 6 to 9 (of 10)."""
    return trace(
        snapshot(0),
        snapshot(1, line=1, next_line=2),
        snapshot(2, line=7, next_line=8, depth=1, function="f", followed=(HELPERS,)),
        snapshot(3, line=8, next_line=7, depth=1, function="f"),
        snapshot(4, line=2, next_line=3),
    )


def test_the_code_that_is_shown_is_that_of_the_line() -> None:
    made = walked()
    assert [made.place(each.line) for each in made.snapshots] == [
        0, 1, Place(2, "helpers.py"), Place(3, "helpers.py"), 2
    ]  # fmt: skip
    files = [shown_part(Timeline(made, at)).file for at in range(len(made))]
    assert files == ["", "", "helpers.py", "helpers.py", ""]
    state = code_state(Timeline(made, 3))
    assert (state.current, state.coming, state.done) == (3, 2, frozenset({2, 3}))
    assert code_state(Timeline(made, 4)).done == {1, 2}


def test_the_pane_numbers_the_lines_of_the_file() -> None:
    rows = [each.text.rstrip() for each in code_listing("", Timeline(walked(), 3), 40).rows]
    assert rows[:4] == [
        "1   def f(x):", "2 ›     for i in x:", "3 ▶         y = i", "4       return y"
    ]  # fmt: skip


def test_marks_stand_at_the_line_of_their_own_file() -> None:
    made = walked()
    marks = {2: "mine", 8: "theirs"}
    own, there = (
        "\n".join(each.text for each in code_listing(made.code, Timeline(made, at), 60, marks).rows)
        for at in (4, 3)
    )
    assert "w: mine" in own
    assert "w: theirs" not in own
    assert "w: theirs" in there
    assert "w: mine" not in there


def test_moments_of_followed_lines_correspond_though_the_script_has_grown() -> None:
    left = walked()
    right = trace(
        snapshot(0),
        snapshot(1, line=1, next_line=2),
        snapshot(2, line=2, next_line=3),
        snapshot(3, line=8, next_line=9, depth=1, function="f", followed=(HELPERS,)),
        snapshot(4, line=9, next_line=8, depth=1, function="f"),
        snapshot(5, line=3, next_line=4),
        code="a = 1\nnew = 0\nb = 2\nc = 3\n",
    )
    assert list(corresponding(left, right)) == [0, 1, 1, 2, 3, 4]


def of_files(*moments: Snapshot, follow: tuple[str, ...] = ("helpers",), **ends: Any) -> Recording:
    made = recording(*moments, **ends)
    assert made.origin is not None
    lesson = replace(made.origin.lesson, invocation=Invocation(follow=follow))
    made.origin = replace(made.origin, lesson=lesson)
    return made


def first_of(*followed: Followed, **changes: Any) -> Snapshot:
    at: dict[str, Any] = {"line": 7, "next_line": 8, "depth": 1, "function": "f"}
    return snapshot(1, followed=followed, **(at | changes))


def test_a_file_has_the_code_of_what_was_followed(tmp_path: Path) -> None:
    made = loaded(of_files(snapshot(0), first_of(HELPERS), snapshot(2, line=1)), tmp_path)
    assert CODE.count("\n") == 4
    assert made.traces[0].place(7) == Place(1, "helpers.py")
    assert made.traces[0].source.parts[1].code == HELPERS.code


@pytest.mark.parametrize(
    ("moments", "flaw"),
    [
        ([snapshot(0), snapshot(1, line=7)], "is of line 7 of 5"),
        ([snapshot(0), first_of(HELPERS), snapshot(2, line=12)], "is of line 12 of 11"),
        ([snapshot(0), first_of(HELPERS), snapshot(2, followed=(HELPERS,))], "a file twice"),
        ([snapshot(0), first_of(NET)], "follows 'pkg.net', which was not asked for"),
        ([snapshot(0), first_of(replace(HELPERS, file="../a.py"))], "no plain name"),
        ([snapshot(0), first_of(replace(HELPERS, file="/etc/a.py"))], "no plain name"),
        ([snapshot(0), first_of(replace(HELPERS, file="a\x1b.py"))], "control characters"),
        *(
            ([snapshot(0), first_of(replace(HELPERS, file=file))], "no plain name")
            for file in ("a\u202eyp.py", "password", "a" * 4_000, "a" * 300 + ".py", "pkg/a.py")
        ),
        ([snapshot(0), first_of(replace(HELPERS, module="helpers.net"))], "no plain name"),
        ([snapshot(0), first_of(replace(HELPERS, module="helpers.a-b"))], "no plain name"),
    ],
)
def test_what_no_recorder_follows_is_refused(
    tmp_path: Path, moments: list[Snapshot], flaw: str
) -> None:
    made = recording()
    made.records.clear()
    assert flaw in refusal(tmp_path, forged(of_files(*_placed(moments))))


def _placed(moments: list[Snapshot]) -> list[Snapshot]:
    return [replace(each, index=at) for at, each in enumerate(moments)]


def test_more_files_than_are_followed_are_refused(tmp_path: Path) -> None:
    files = [replace(HELPERS, file=f"f{at}.py") for at in range(MOST_FOLLOWED + 1)]
    made = of_files(snapshot(0), first_of(*files[:-1]), snapshot(2, line=1, followed=files[-1:]))
    assert "too many files" in refusal(tmp_path, forged(made))


def test_a_reason_for_what_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    made = of_files(snapshot(0), unfollowed=(Unfollowed("other", "uncalled"),))
    assert "does not follow 'other'" in refusal(tmp_path, forged(made))


def test_whatever_a_run_sends_its_lines_are_in_some_file() -> None:
    """Of a live run nothing but types and lengths is checked."""
    made = trace(snapshot(0, followed=(HELPERS, HELPERS)), snapshot(1, line=10**9))
    assert len(made.source.parts) == 2
    assert made.place(10**9) == Place(10**9 - 5, "helpers.py")
    rows = code_listing(made.code, Timeline(made, 1), 40).rows
    assert rows


@pytest.mark.parametrize(
    ("module", "filename", "shown"),
    [
        ("helpers", "/x/helpers.py", "helpers.py"),
        ("pkg.net", "/x/pkg/net.py", "pkg/net.py"),
        ("pkg", "/x/pkg/__init__.py", "pkg/__init__.py"),
        ("pkg.net", "/x/other.py", "pkg/other.py"),
        ("p\u00e4ckchen", "p\u00e4ckchen.py", "p\u00e4ckchen.py"),
        ("helpers", f"/x/{'a' * 252}.py", f"{'a' * 252}.py"),
        ("helpers", f"/x/{'a' * 253}.py", None),
        ("helpers", "/x/helpers.pyc", None),
        ("a-b", "/x/a.py", None),
        ("a.", "/x/a.py", None),
    ],
)
def test_what_the_recorder_calls_a_file_is_what_is_admitted(
    tmp_path: Path, module: str, filename: str, shown: str | None
) -> None:
    assert shown_path(module, filename) == shown
    if shown is not None:
        followed = replace(HELPERS, file=shown, module=module)
        made = of_files(snapshot(0), first_of(followed), snapshot(2, line=1), follow=(module,))
        assert loaded(made, tmp_path).traces[0].source.parts[1].file == shown
