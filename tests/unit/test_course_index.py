"""The index of the course: it says of each file what the file says, and of no other version."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograd_tutor import language
from autograd_tutor.course import index, library, paths
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.summary import Summary, summary_of

LESSONS = library.bundled_folder()


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course's first three lessons, its paths and its index; no own lessons."""
    folder = tmp_path / "course"
    folder.mkdir()
    for file in (*library.course_files()[:3], library.paths_file()):
        shutil.copy(file, folder)
    shutil.copy(library.bundled_folder() / index.FILE_NAME, folder)
    monkeypatch.setattr(library, "bundled_folder", lambda: folder)
    monkeypatch.setattr(library, "own_folder", lambda: tmp_path / "own")
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the lessons' files that are read from now on."""
    names: list[str] = []
    load = library.load

    def counted(path: Path, *seconds: float) -> Lesson:
        names.append(path.name)
        return load(path, *seconds)

    monkeypatch.setattr(library, "load", counted)
    return names


def untold(lesson: Summary) -> Summary:
    """Without the text of its steps."""
    return replace(lesson, passages=tuple(replace(each, parts=()) for each in lesson.passages))


@pytest.mark.parametrize("code", ["", "de"])
def test_it_is_up_to_date(code: str) -> None:
    language.use((code,) if code else ())
    stored = (library.bundled_folder() / index.file_name(code)).read_bytes()
    assert stored == paths.make_index(), "a lesson or a path has changed since: run make index"


@pytest.mark.parametrize("codes", [("de",), ("de_AT", "de"), ("fr",), ("fr", "de")])
def test_each_language_has_its_own(codes: tuple[str, ...], parsed: list[str]) -> None:
    language.use(codes)
    listed = [each for each in Catalogue().listed() if not each.own]
    assert parsed == []
    german = "de" in codes
    assert listed[0].title == ("Parameter" if german else "Parameters")
    assert listed[-1].chapter == ("Die Klinik" if german else "The clinic")
    assert paths.load()[0].title == (
        "Autograd in einer Stunde" if german else "Autograd in an hour"
    )
    assert listed == [untold(summary_of(library.load(each.path), False)) for each in listed]


def test_a_changed_translation_is_read(course: Path, parsed: list[str]) -> None:
    for name in ("01-parameters.de.yaml", "chapters.de.yaml", "index.de.jsonl"):
        shutil.copy(LESSONS / name, course)
    language.use(("de",))
    assert Catalogue().listed()[0].title == "Parameter"
    assert "01-parameters.yaml" not in parsed
    beside = course / "01-parameters.de.yaml"
    beside.write_text(beside.read_text().replace("title: Parameter\n", "title: Parameterchen\n"))
    assert Catalogue().listed()[0].title == "Parameterchen"
    assert "01-parameters.yaml" in parsed


def test_the_paths_are_the_same_in_german() -> None:
    own = paths.load()
    language.use(("de",))
    german = paths.load()
    assert german != own
    assert [(each.id, list(each.lessons)) for each in german] == [
        (each.id, list(each.lessons)) for each in own
    ]
    for one, other in zip(own, german, strict=True):
        assert not set(one.lessons.values()) & set(other.lessons.values())


def test_what_it_says_of_each_lesson_is_what_its_file_says(parsed: list[str]) -> None:
    listed = [each for each in Catalogue().listed() if not each.own]
    assert parsed == []
    assert listed == [untold(summary_of(library.load(each.path), False)) for each in listed]
    assert all(each.partial and not each.unread for each in listed)
    assert [each.needs for each in listed][:2] == [(), ("parameters",)]


def test_the_text_that_a_search_goes_through_is_read_later(course: Path, parsed: list[str]) -> None:
    catalogue = Catalogue()
    assert [len(each.passages) for each in catalogue.listed()] == [10, 11, 9]
    assert parsed == []
    read = [path.name for path in catalogue.read()]
    assert read == parsed == ["01-parameters.yaml", "02-dynamic-graph.yaml", "03-leaves.yaml"]
    assert all(step.parts for each in catalogue.listed() for step in each.passages)
    assert not any(each.partial for each in catalogue.listed())


def test_a_lesson_that_has_changed_since_is_read_as_it_is(course: Path, parsed: list[str]) -> None:
    file = course / "02-dynamic-graph.yaml"
    file.write_text(file.read_text().replace("title: The dynamic graph", "title: Another"))
    assert [each.title for each in Catalogue().listed()] == [
        "Parameters",
        "Another",
        "Leaves and the rest",
    ]
    assert parsed == ["02-dynamic-graph.yaml"]


def test_a_lesson_of_which_it_says_nothing_is_read(course: Path, parsed: list[str]) -> None:
    shutil.copy(course / "03-leaves.yaml", course / "04-more.yaml")
    assert [each.id for each in Catalogue().listed()][-1] == "more"
    assert parsed == ["04-more.yaml"]


def test_a_lesson_that_is_gone_is_not_listed(course: Path) -> None:
    (course / "02-dynamic-graph.yaml").unlink()
    assert [each.id for each in Catalogue().listed()] == ["parameters", "leaves"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-9],
        lambda data: data + b"{}\n",
        lambda data: b"\xff\xfe" + data,
        lambda data: data.replace(b'"steps":', b'"steps":"'),
        lambda data: data.replace(b'"checksum":', b'"checksum":1'),
        lambda data: b"[" * 100_000,
    ],
)
def test_without_a_sound_index_every_file_is_read(
    course: Path, parsed: list[str], damage: Callable[[bytes], bytes]
) -> None:
    file = course / index.FILE_NAME
    file.write_bytes(damage(file.read_bytes()))
    assert [each.id for each in Catalogue().listed()] == ["parameters", "dynamic-graph", "leaves"]
    assert len(parsed) == 3
    assert [path.id for path in paths.load()] == ["hour", "training", "engine", "clinic"]


def test_paths_are_those_of_their_file_as_it_is(course: Path) -> None:
    before = paths.load()
    assert before == paths.read(library.paths_file())
    file = library.paths_file()
    file.write_text(file.read_text().replace("Autograd in an hour", "Sixty minutes"))
    assert next(iter(paths.load())).title == "Sixty minutes"
    file.write_text("- 1\n")
    assert paths.load() == ()
    file.write_text("a: [\n")
    assert paths.load() == ()
    file.unlink()
    assert paths.load() == ()


def test_the_file_of_paths_is_no_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.paths_file().is_file()
    assert library.paths_file() not in library.course_files()
    monkeypatch.chdir(library.bundled_folder().parent)
    assert Path("lessons/paths.yaml") not in library.lesson_files(Path("lessons"))
    assert library.locate("paths").name == "08-paths.yaml"


def test_elsewhere_a_lesson_may_have_its_name(tmp_path: Path) -> None:
    (tmp_path / "paths.yaml").write_text("format: 1\n")
    assert library.lesson_files(tmp_path) == [tmp_path / "paths.yaml"]


def test_the_first_list_needs_no_yaml(tmp_path: Path) -> None:
    """Neither the time for it, nor for the lessons."""
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from autograd_tutor.course import paths\n"
        "from autograd_tutor.course.catalogue import Catalogue\n"
        f"assert len(Catalogue(Path({str(tmp_path)!r})).listed()) >= 30\n"
        "assert len(paths.load()) == 4\n"
        "assert 'yaml' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
