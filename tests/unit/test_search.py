"""A search finds words wherever a lesson has them, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograd_tutor.course import library
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.search import Hit, search
from autograd_tutor.course.summary import Summary
from autograd_tutor.limits.lessons import MOST_HITS, PHRASE_BEFORE, PHRASE_CHARACTERS
from autograd_tutor.progress import Seen
from autograd_tutor.render.found import found_listing


def summary(number: int, title: str, *steps: tuple[str, str, str], about: str = "") -> str:
    texts = [
        f"  - id: s{at}\n    title: {name}\n    explain: |\n      {text}\n"
        f"    code: |\n      {code}\n"
        for at, (name, text, code) in enumerate(steps)
    ]
    return f"format: 1\ntitle: {title}\nsummary: {about or 'Words'}\nsteps:\n" + "".join(texts)


@pytest.fixture
def lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Summary, ...]:
    made = [
        summary(1, "Leaves", ("Both", "Every **leaf** keeps\n      `w.grad`.", "a = x.detach()")),
        summary(
            2,
            "Twice",
            ("Once", "It is freed.", "loss.backward()"),
            ("Again", "Say `retain_graph=True` to keep it.", "loss.backward(retain_graph=True)"),
        ),
        summary(3, "Detach", ("Cut", "A cut.", "b = torch.tanh(a)"), about="What leaf means"),
    ]
    for number, text in enumerate(made, 1):
        (tmp_path / f"0{number}-l{number}.yaml").write_text(text)
    monkeypatch.setattr(library, "bundled_folder", lambda: tmp_path)
    monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(tmp_path / "none"))
    return Catalogue().summaries()


def places(hits: list[Hit]) -> list[tuple[str, int | None]]:
    return [(hit.lesson.title, hit.step) for hit in hits]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("retain_graph", [("Twice", 1)]),
        ("tanh", [("Detach", 0)]),
        ("detach", [("Detach", None), ("Leaves", 0)]),
        ("DETACH", [("Detach", None), ("Leaves", 0)]),
        ("leaf", [("Detach", None), ("Leaves", 0)]),
        ("once", [("Twice", 0)]),
        ("freed it", [("Twice", 0)]),
        ("leaf keeps w.grad", [("Leaves", 0)]),
        ("backward", [("Twice", 0), ("Twice", 1)]),
        ("again loss", [("Twice", 1)]),
        ("nothing", []),
        ("", [("Leaves", None), ("Twice", None), ("Detach", None)]),
    ],
)
def test_where_words_are_found(
    lessons: tuple[Summary, ...], words: str, found: list[tuple[str, int | None]]
) -> None:
    assert places(search(lessons, words)) == found


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("tanh", "b = torch.tanh(a)"),
        ("retain_graph", "Say retain_graph=True to keep it."),
        ("keep grad", "Every leaf keeps w.grad."),
        ("cut", ""),
    ],
)
def test_the_phrase_around_a_word(lessons: tuple[Summary, ...], words: str, phrase: str) -> None:
    assert search(lessons, words)[0].phrase == phrase


def test_of_a_long_part_the_phrase_begins_shortly_before_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{'before ' * 40}needle {'after ' * 80}"
    (tmp_path / "long.yaml").write_text(summary(1, "Long", ("One", text, "a = 1")))
    monkeypatch.setattr(library, "bundled_folder", lambda: tmp_path)
    (hit,) = search(Catalogue().summaries(), "needle")
    assert hit.phrase.startswith("… before before")
    assert 0 < hit.phrase.index("needle") <= PHRASE_BEFORE + 2
    assert hit.phrase.endswith("…")
    assert len(hit.phrase) <= PHRASE_CHARACTERS + 3


def test_a_row_says_which_step_it_is_and_what_stands_there(
    lessons: tuple[Summary, ...],
) -> None:
    hits = search(lessons, "detach")
    rows = found_listing(hits, lambda _: Seen(), 1)
    assert [line.text.rstrip() for line in rows.rows] == [
        "    Detach  1 step",
        "▶   Leaves · step 1  a = x.detach()",
    ]
    assert rows.scroll_to == [1]


def test_there_are_no_more_rows_than_anyone_reads(lessons: tuple[Summary, ...]) -> None:
    assert len(search(lessons * MOST_HITS, "backward")) == MOST_HITS


def test_keys_read_no_lesson(lessons: tuple[Summary, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalogue()
    assert catalogue.summaries() == lessons
    monkeypatch.setattr(library, "load", None)
    assert catalogue.summaries() == lessons
    for end in range(1, 13):
        assert search(catalogue.summaries(), "retain_graph"[:end])
