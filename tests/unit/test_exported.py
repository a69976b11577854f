"""Progress in one file: what was exported comes in again, and nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_progress import Opened
from test_progress_merging import KNOWN

from autograd_tutor.limits.progress import LARGEST_EXPORT, MOST_CODE
from autograd_tutor.progress import Bookmark
from autograd_tutor.progress.exported import NotExported, from_bytes, to_bytes
from autograd_tutor.progress.known import Known
from autograd_tutor.progress.notes import Code, Exercise, Finish, Guess, Key, Question


def facts(known: Known) -> tuple[object, ...]:
    return list(known.bookmarks.values()), known.finished, known.notes


@given(KNOWN)
def test_what_is_exported_comes_in_again(known: Known) -> None:
    assert facts(from_bytes(to_bytes(known))) == facts(known)


@settings(max_examples=30)
@given(KNOWN, KNOWN)
def test_importing_twice_is_importing_once(here: Known, there: Known) -> None:
    came = from_bytes(to_bytes(there))
    once = here.updated(Known((), came.rows, came.notes.items()))
    assert facts(once.updated(Known((), came.rows, came.notes.items()))) == facts(once)
    assert not Known((), here.rows, here.notes.items()).without(once)


def test_the_longest_code_and_text_of_any_kind() -> None:
    code = Code(1, "\0\x1b\u202eθ" * (MOST_CODE // 4))
    known = Known(
        [Bookmark("a", "b\0", 3, "7.1")], [], [(Key("exercise", "/x/ü.py", "e"), Exercise(code))]
    )
    assert facts(from_bytes(to_bytes(known))) == facts(known)


def test_what_later_programs_keep_is_not_exported_as_a_place() -> None:
    known = Known([Bookmark('badge/["x"]', "-", 0), Bookmark("a", "b", 0)])
    assert list(from_bytes(to_bytes(known)).bookmarks) == ["a"]


def test_what_was_forged_in_the_file_does_not_keep_the_rest_from_coming_in() -> None:
    known = Known(
        [Bookmark("a", "", 0), Bookmark("b", "c", -(2**60)), Bookmark("c" * 10**5, "d", 0), HERE],
        [("a", ""), ("", "a"), ("a", "b")],
        [
            (Key("question", "a", "b" * 10**5), QUESTION),
            (Key("lesson", ""), Finish(5)),
            (KEY, QUESTION),
        ],
    )
    found = from_bytes(to_bytes(known))
    assert facts(found) == facts(Known([HERE], [("a", "b")], [(KEY, QUESTION)]))


def test_fields_of_a_later_program_are_passed_over() -> None:
    content = json.loads(to_bytes(Known([], [("a", "b")], [(KEY, QUESTION)])))
    content["streaks"] = [1]
    content["questions"][0]["stars"] = 3
    assert from_bytes(json.dumps(content).encode()).notes == {KEY: QUESTION}


HERE = Bookmark("parameters", "data", 3)
KEY, QUESTION = Key("question", "a", "b", 1), Question((Guess(5, True, None, 2),), 3, 5)
NO_EXPORT = "it is not progress that autograd-tutor has exported"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"7", b'"progress"', b"[" * 10**6, b'{"a":' * 10**5,
        b"{}", b'{"autograd-tutor": "recording", "format": 1}', b'{"autograd-tutor": "progress"}',
        b'{"autograd-tutor": "progress", "format": "1"}',
        b'{"autograd-tutor": "progress", "format": 0}',
        b'{"autograd-tutor": "progress", "format": true}',
        b'{"autograd-tutor": "progress", "format": 1, "x": "\\ud800"}',
        b"SQLite format 3\0" + bytes(5000),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(NotExported, match=NO_EXPORT):
        from_bytes(data)


def test_an_export_of_a_newer_program_and_a_huge_one_are_refused() -> None:
    with pytest.raises(NotExported, match="newer autograd-tutor"):
        from_bytes(b'{"autograd-tutor": "progress", "format": 2, "places": 7}')
    with pytest.raises(NotExported, match="larger than 32 MiB"):
        from_bytes(to_bytes(Known()) + b" " * LARGEST_EXPORT)


Edit = Callable[[dict[str, list[dict[str, object]]]], object]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda it: it.update(places={}), "its places are no list"),
        (lambda it: it.update(questions=7), "its questions are no list"),
        (lambda it: it["places"].append(5), "its places are damaged: entry 2"),
        (lambda it: it["places"][0].update(lesson=""), "its places are damaged: entry 1"),
        (lambda it: it["places"][0].update(lesson="exercise/x"), "its places are damaged: entry 1"),
        (lambda it: it["places"][0].update(position=2**70), "its places are damaged"),
        (lambda it: it["places"][0].update(moment=None), "its places are damaged"),
        (lambda it: it["places"][0].update(step="x" * 10**5), "its places are damaged"),
        (lambda it: it["finished"][0].pop("step"), "its finished are damaged: entry 1"),
        (lambda it: it["questions"][0].update(number=-1), "its questions are damaged: entry 1"),
        (lambda it: it["questions"][0].update(number="1"), "its questions are damaged"),
        (lambda it: it["questions"][0].update(guesses=[[5, 1]]), "its questions are damaged"),
        (lambda it: it["questions"][0].update(guesses=[[5, True]] * 101), "its questions are"),
        (lambda it: it["questions"][0].update(skipped=2**60), "its questions are damaged"),
        (lambda it: it["questions"][0].update(last=1.5), "its questions are damaged"),
        (lambda it: it["exercises"].append({"lesson": "a", "code": [1, "x" * (MOST_CODE + 1)]}),
         "its exercises are damaged: entry 1"),
        (lambda it: it["exercises"].append({"lesson": "a", "tries": [[1, "m" * 101]]}),
         "its exercises are damaged"),
        (lambda it: it["reviews"].append({"lesson": "a", "after": 2**40}), "its reviews are"),
        (lambda it: it["lessons"].append({"finished": 1}), "its lessons are damaged: entry 1"),
    ],
)  # fmt: skip
def test_a_wrong_value_refuses_the_whole_file(edit: Edit, said: str) -> None:
    known = Known([Bookmark("a", "b", 3)], [("a", "b")], [(KEY, QUESTION)])
    content = json.loads(to_bytes(known))
    edit(content)
    with pytest.raises(NotExported) as refused:
        from_bytes(json.dumps(content).encode())
    assert str(refused.value).startswith(said)
    assert str(refused.value).isprintable()


@settings(max_examples=300)
@given(KNOWN, st.data())
def test_random_damage_is_refused_or_bounded(known: Known, data: st.DataObject) -> None:
    exported = bytearray(to_bytes(known))
    for _ in range(data.draw(st.integers(1, 4))):
        exported[data.draw(st.integers(0, len(exported) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = from_bytes(bytes(exported))
    except NotExported:
        return
    assert facts(from_bytes(to_bytes(found))) == facts(found)


def test_places_of_here_are_kept_and_others_come_in_as_older(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    progress.visit("parameters", "data", 3, "7")
    progress.save()
    theirs = [
        Bookmark("leaves", "x", 1),
        Bookmark("parameters", "grad", 5),
        Bookmark("last", "y", 2),
    ]
    progress.take_in(Known(theirs, [("leaves", "x")], [(KEY, QUESTION)]))
    progress.visit("gradients", "square", 0)
    progress.close()
    again = opened(folder)
    assert again.notice is None
    assert again.last_bookmark() == Bookmark("gradients", "square", 0)
    assert again.bookmark("parameters") == Bookmark("parameters", "data", 3, "7")
    assert again.bookmark("leaves") == Bookmark("leaves", "x", 1)
    assert list(again.known().bookmarks) == ["leaves", "last", "parameters", "gradients"]
    assert again.finished("leaves") == {"x"}
    assert again.question("a", "b", 1) == QUESTION


def test_on_a_new_computer_the_last_place_is_the_last(folder: Path, opened: Opened) -> None:
    progress = opened(folder)
    progress.take_in(Known([Bookmark("leaves", "x", 1), Bookmark("parameters", "grad", 5)]))
    progress.save()
    progress.close()
    assert opened(folder).last_bookmark() == Bookmark("parameters", "grad", 5)
