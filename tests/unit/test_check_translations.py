"""What `check` proves of a translation: it is whole, up to date, and gives no answer away."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_translation import ORIGINAL, fingerprint, german, original, place_of, units

from autograd_tutor import check
from autograd_tutor.course import format1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "01-squares.yaml").write_text(ORIGINAL)
    (tmp_path / "01-squares.de.yaml").write_text(german())
    (tmp_path / "chapters.de.yaml").write_text("Numbers: Zahlen\n")
    return tmp_path


def found(*paths: Path) -> tuple[int, list[str]]:
    count, problems = check.run(paths)
    return count, [str(each).removeprefix(f"{each.path.parent}/") for each in problems]


def write(folder: Path, old: str, new: str, name: str = "01-squares.de.yaml") -> None:
    text = (folder / name).read_text()
    assert text.count(old) == 1, old
    (folder / name).write_text(text.replace(old, new))


def test_a_lesson_is_checked_with_all_its_translations(folder: Path) -> None:
    (folder / "01-squares.nl.yaml").write_text("titel: Kwadraten\n")
    count, problems = found(folder / "01-squares.yaml")
    assert count == 3
    assert problems == [
        '01-squares.nl.yaml:1:1: the translation has an unknown key "titel"; did you mean title?'
    ]
    assert found(folder) == (3, problems)
    assert found(folder / "01-squares.nl.yaml") == (2, problems)


def test_one_that_is_named_is_checked_alone_with_its_lesson(folder: Path) -> None:
    (folder / "01-squares.nl.yaml").write_text("titel: Kwadraten\n")
    assert found(folder / "01-squares.de.yaml") == (2, [])
    write(folder, "x > 0", "x > 9", "01-squares.yaml")
    at = place_of("x > 9", (folder / "01-squares.yaml").read_text())
    count, problems = found(folder / "01-squares.de.yaml")
    assert count == 2
    assert problems == [
        f"01-squares.yaml:{at}: the solution fails check 2: It is small; "
        "correct this, or the solution"
    ]


def test_what_is_missing_or_out_of_date_is_a_problem(folder: Path) -> None:
    write(folder, "    then: Weiter.\n", "")
    write(folder, "More words.", "Fewer words.", "01-squares.yaml")
    (folder / "chapters.de.yaml").unlink()
    lesson = format1.read((folder / "01-squares.yaml").read_bytes(), Path("a.yaml"), "a")
    now = fingerprint(lesson, units(lesson)[2])
    assert found(folder)[1] == [
        '01-squares.de.yaml:1:1: the chapter "Numbers" has no name in this language; '
        "write it into chapters.de.yaml, beside this file: Numbers: …",
        "01-squares.de.yaml:6:5: steps.first.then is not translated, so the original is shown; "
        "translate it",
        "01-squares.de.yaml:18:9: steps.second: the original has changed since, so it is shown "
        f"instead; compare the two, then write of: {now}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("ask: Wie viel?", "ask: Wie viel ist 7?", "ask"),
        ("ask: Wie viel?", "ask: Es wird `7`, oder?", "ask"),
        ("      Zwei Worte.", "      Es ist 7.", "explain"),
        ("      Zwei Worte.", "      Am Ende **7**.", "explain"),
        ("[ja, nein]", "[wahr, falsch]", ""),
        ("      Zwei Worte.", "      Es stimmt durchaus.", ""),
        ("      Zwei Worte.", "      Sieben Worte, 7 an der Zahl.", ""),
    ],
)
def test_a_translation_gives_no_answer_away(folder: Path, old: str, new: str, field: str) -> None:
    write(folder, old, new)
    text = (folder / "01-squares.de.yaml").read_text()
    at = place_of(new.strip(), text).split(":")[0]
    asked = place_of("ask: Wie" if "ask: Wie" in text else "ask: Es wird", text).split(":")[0]
    found_ones = [each.split(":", 3) for each in found(folder)[1]]
    assert [(name, line, rest.split(";")[0]) for name, line, _, rest in found_ones] == (
        [
            (
                "01-squares.de.yaml",
                at,
                f" {field} gives the answer away: 7 (of the question at line {asked})",
            )
        ]
        if field
        else []
    )


def test_a_choice_is_given_away_in_its_own_language(folder: Path) -> None:
    write(folder, "[ja, nein]", "[durchaus, niemals]")
    write(folder, "      Zwei Worte.", "      Es stimmt durchaus.")
    (only,) = found(folder)[1]
    assert "explain gives the answer away: durchaus (of the question at line 11)" in only
    write(folder, "stimmt durchaus", "stimmt durchaus oder niemals")
    assert found(folder)[1] == []


def test_what_the_original_gives_away_is_said_once(folder: Path) -> None:
    """An untranslated text is the original's own."""
    write(folder, "ask: How much?", "ask: How much is 7?", "01-squares.yaml")
    write(folder, "      - ask: Wie viel?\n        wrong", "      - wrong")
    lesson = format1.read((folder / "01-squares.yaml").read_bytes(), Path("a.yaml"), "a")
    before, now = (fingerprint(each, units(each)[1]) for each in (original(), lesson))
    write(folder, before, now)
    problems = found(folder)[1]
    assert [each.split(":")[0] for each in problems] == ["01-squares.yaml", "01-squares.de.yaml"]
    assert "ask gives the answer away" in problems[0]
    assert "ask is not translated" in problems[1]


def test_names_of_chapters_with_problems_are_reported_once(folder: Path) -> None:
    (folder / "02-more.yaml").write_text(ORIGINAL)
    (folder / "02-more.de.yaml").write_text(german())
    (folder / "chapters.de.yaml").write_text("- Zahlen\n")
    count, problems = found(folder)
    assert count == 4
    (only,) = problems
    assert only.startswith("chapters.de.yaml:1:1: the file is a list, where names with a text")
