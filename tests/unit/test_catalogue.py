"""The list of lessons: what it knows of each file at once, what it reads, and what it keeps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from own_lessons import write

from autograd_tutor.course import catalogue as catalogues
from autograd_tutor.course import library, summary_file
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import Problem, Unread

COURSE = len(library.course_files())


EARLIER = f"{summary_file.__version__}, 2"
"""Of this version, before summaries held as much."""

ASKING = """\
format: 1
title: Asking
summary: About it
steps:
  - {id: a, title: b, explain: c, code: x = 1}
  - id: asks
    title: Asks
    explain: c
    code: y = 2
    predict:
      - {ask: What is y?, kind: number, answer: y, because: It is.}
      - {ask: And now?, kind: number, answer: y, because: It is., again: {y: 3}}
exercise:
  task: Make y 2.
  starter: y = 1
  solution: y = 2
  check:
    - {that: y == 2, say: not yet}
  hints: [Look., Write.]
"""

pytestmark = pytest.mark.usefixtures("own")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are read from now on."""
    files: list[Path] = []
    load = library.load

    def counted(path: Path, seconds: float) -> Lesson:
        files.append(path)
        return load(path, seconds)

    monkeypatch.setattr(library, "load", counted)
    return files


class TestSummaries:
    def test_the_course_in_order(self) -> None:
        found = Catalogue().summaries()
        assert [each.path for each in found] == library.course_files()
        assert [each.id for each in found][:2] == ["parameters", "dynamic-graph"]
        assert all(each.problem is None and not each.own for each in found)
        assert all(each.steps >= 6 and each.chapter and each.summary for each in found)

    def test_what_a_lesson_asks_is_known_without_reading_it_again(
        self, own: Path, tmp_path: Path, parsed: list[Path]
    ) -> None:
        path = write(own / "asking.yaml")
        path.write_text(ASKING)
        for _ in range(2):
            asking = Catalogue(tmp_path / "state").summaries()[-1]
            assert asking.problem is None
            assert (asking.steps, asking.exercises) == (2, ("exercise",))
            assert asking.asks == ((), (False, True), ())
            assert asking.questions == {"a": 0, "asks": 2}
            assert [each.id for each in asking.passages] == ["a", "asks", "exercise"]
        assert parsed.count(path) == 1

    def test_own_lessons_come_after_it_in_their_chapter(self, own: Path) -> None:
        write(own / "00-mine.yaml")
        other = write(own / "01-other.yaml", title="Other\nchapter: Gradients")
        *course, ours, last = Catalogue().summaries()
        assert len(course) == COURSE
        assert (ours.id, ours.title, ours.chapter) == ("mine", "Mine", "Your lessons")
        assert (ours.steps, ours.own) == (1, True)
        assert (last.id, last.path, last.chapter) == ("other", other, "Gradients")

    def test_a_broken_own_lesson_is_listed_with_its_first_problem(self, own: Path) -> None:
        path = write(own / "broken.yaml", title="no")
        broken = Catalogue().summaries()[-1]
        assert (broken.id, broken.title, broken.chapter) == (
            "broken",
            "broken.yaml",
            "Your lessons",
        )
        assert broken.problem is not None
        assert str(broken.problem).startswith(f"{path}:2:8: title is no, which YAML takes for")

    def test_an_id_that_is_taken_is_a_problem_of_the_later_file(self, own: Path) -> None:
        path = write(own / "parameters.yaml")
        *_, clash = Catalogue().summaries()
        assert clash.path == path
        assert clash.problem is not None
        assert clash.problem.message == 'its id "parameters" is taken by 01-parameters.yaml'
        assert library.find("parameters").path != path

    def test_things_in_the_own_folder_that_cannot_be_read(self, own: Path) -> None:
        (own / "folder.yaml").mkdir(parents=True)
        (own / "gone.yaml").symlink_to(own / "nowhere")
        (own / "bytes.yaml").write_bytes(b"\xff\xfe\0")
        broken = Catalogue().summaries()[COURSE:]
        assert [each.id for each in broken] == ["bytes", "folder", "gone"]
        assert all(each.problem for each in broken)

    def test_a_file_is_read_again_only_when_it_has_changed(
        self, own: Path, parsed: list[Path]
    ) -> None:
        path, other = write(own / "first.yaml"), write(own / "second.yaml", "Other")
        catalogue = Catalogue()
        catalogue.summaries()
        assert {path, other} <= set(parsed)
        parsed.clear()
        catalogue.summaries()
        assert parsed == []
        write(path, "A longer title")
        assert [each.title for each in catalogue.summaries()[-2:]] == ["A longer title", "Other"]
        assert parsed == [path]
        path.unlink()
        assert [each.title for each in catalogue.summaries()[-1:]] == ["Other"]

    def test_a_file_that_may_be_read_again_is(self, own: Path) -> None:
        path = own / "gone.yaml"
        own.mkdir()
        catalogue = Catalogue()
        path.symlink_to(own / "target.yaml")
        assert catalogue.summaries()[-1].problem is not None
        write(own / "target.yaml", "There")
        assert [each.title for each in catalogue.summaries()[-2:]] == ["There", "There"]


class TestFirstTime:
    def test_what_is_not_read_yet_is_listed_by_its_name(
        self, own: Path, parsed: list[Path]
    ) -> None:
        mine = write(own / "01-mine.yaml")
        catalogue = Catalogue()
        *course, unread = catalogue.listed()
        assert mine not in parsed
        assert not any(each.unread for each in course)
        assert (unread.id, unread.title, unread.steps) == ("mine", "01-mine.yaml", 0)
        assert unread.unread
        assert unread.problem is None

    def test_it_is_filled_in_file_by_file(self, own: Path) -> None:
        files = [write(own / f"{name}.yaml", name.upper()) for name in "abc"]
        catalogue = Catalogue()
        reading = catalogue.read()
        for count in range(1, 4):
            assert next(reading) == files[count - 1]
            unread = [each.unread for each in catalogue.listed()[COURSE:]]
            assert unread == [at >= count for at in range(3)]
        assert [*reading] == library.course_files()  # their text, which only a search needs

    def test_a_list_does_not_wait_for_ever(
        self, own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, parsed: list[Path]
    ) -> None:
        for name in "abc":
            write(own / f"{name}.yaml")
        monkeypatch.setattr(catalogues, "LIST_SECONDS", 0)
        state = tmp_path / "state"
        for late in Catalogue(state).summaries()[COURSE:]:
            assert late.problem is not None
            assert late.problem.message == "not read: the files before it take too long"
        monkeypatch.undo()
        monkeypatch.setenv("AUTOGRAD_TUTOR_LESSONS", str(own))
        assert [each.title for each in Catalogue(state).summaries()[COURSE:]] == ["Mine"] * 3


class TestKept:
    @pytest.fixture
    def state(self, tmp_path: Path) -> Path:
        """The state folder, which does not exist yet."""
        return tmp_path / "state"

    def test_300_files_are_read_once(self, own: Path, state: Path, parsed: list[Path]) -> None:
        for number in range(300):
            write(own / f"{number:03}-l{number}.yaml", f"Lesson {number}")
        first = Catalogue(state).summaries()
        assert len(parsed) == 300 + COURSE
        parsed.clear()
        second = Catalogue(state)
        assert second.listed() == first == second.summaries()
        assert parsed == []

    def test_problems_are_kept_too(self, own: Path, state: Path, parsed: list[Path]) -> None:
        write(own / "broken.yaml", title="no")
        first = Catalogue(state).summaries()
        parsed.clear()
        assert Catalogue(state).summaries() == first
        assert parsed == []

    def test_names_that_are_no_text(self, own: Path, state: Path, parsed: list[Path]) -> None:
        write(own / os.fsdecode(b"\xff\xfe.yaml"))
        first = Catalogue(state).summaries()
        assert first[-1].problem is None
        parsed.clear()
        assert Catalogue(state).summaries() == first
        assert parsed == []

    def test_what_has_changed_is_read_again(
        self, own: Path, state: Path, parsed: list[Path]
    ) -> None:
        path = write(own / "a.yaml")
        write(own / "b.yaml")
        Catalogue(state).summaries()
        parsed.clear()
        write(path, "Another title")
        assert [each.title for each in Catalogue(state).summaries()[COURSE:]] == [
            "Another title",
            "Mine",
        ]
        assert parsed == [path]

    def test_what_could_not_be_read_in_time_is_tried_again(
        self, own: Path, state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(own / "a.yaml")
        load = library.load

        def slow(file: Path, seconds: float) -> Lesson:
            if file == path:
                raise Unread((Problem(path, 1, 1, "too slow", "mend it"),))
            return load(file, seconds)

        with monkeypatch.context() as patch:
            patch.setattr(library, "load", slow)
            catalogue = Catalogue(state)
            for listed in (catalogue.summaries(), catalogue.summaries()):
                assert listed[-1].problem is not None
        assert Catalogue(state).summaries()[-1].problem is None

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: b"",
            lambda data: data[:-1],
            lambda data: data + b"x",
            lambda data: bytes(reversed(data)),
            lambda data: b"\x91" * 100_000,
            lambda data: data.replace(summary_file.__version__.encode(), b"9.9.9"),
            lambda data: data.replace(summary_file._READER.encode(), EARLIER.encode()),
            lambda data: data.replace(b"Mine", b"\xff\xfe\xfd\xfc"),
            lambda data: data.replace(b"own\xc2", b"own\x05"),
        ],
    )
    def test_a_damaged_file_is_made_anew(
        self, own: Path, state: Path, parsed: list[Path], damage: Callable[[bytes], bytes]
    ) -> None:
        path = write(own / "a.yaml")
        first = Catalogue(state).summaries()
        kept = state / summary_file.FILE_NAME
        data = kept.read_bytes()
        kept.write_bytes(damage(data))
        assert kept.read_bytes() != data
        parsed.clear()
        assert Catalogue(state).summaries() == first
        assert path in parsed
        parsed.clear()
        assert Catalogue(state).summaries() == first
        assert parsed == []

    def test_any_prefix_and_any_changed_byte_do_no_harm(self, own: Path, state: Path) -> None:
        write(own / "a.yaml")
        Catalogue(state).summaries()
        kept = state / summary_file.FILE_NAME
        data = kept.read_bytes()
        for at in range(0, len(data), 97):
            for mutant in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
                kept.write_bytes(mutant)
                assert isinstance(summary_file.load(state), dict)

    @pytest.mark.parametrize("odd", ["folder", "pipe", "state is a file", "device"])
    def test_where_nothing_can_be_kept_lists_are_read_each_time(
        self, own: Path, state: Path, odd: str
    ) -> None:
        write(own / "a.yaml")
        if odd == "state is a file":
            state.write_text("")
        else:
            state.mkdir()
        if odd == "folder":
            (state / summary_file.FILE_NAME / "x").mkdir(parents=True)
        elif odd == "pipe":
            os.mkfifo(state / summary_file.FILE_NAME)
        elif odd == "device":
            (state / summary_file.FILE_NAME).symlink_to("/dev/zero")
        for _ in range(2):
            assert Catalogue(state).summaries()[-1].title == "Mine"
        left = [each for each in state.glob("*") if each.name != summary_file.FILE_NAME]
        assert left == []
