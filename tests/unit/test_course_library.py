"""The library: which lessons there are, how they are found, and files that cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from own_lessons import write

from autograd_tutor.course import lesson_file, library
from autograd_tutor.course.problem import LessonError, UnknownLesson
from autograd_tutor.limits.lessons import LARGEST_LESSON

pytestmark = pytest.mark.usefixtures("own")


def why(path: str | Path) -> str:
    with pytest.raises(LessonError) as caught:
        library.find(str(path))
    return str(caught.value).removeprefix(f"{path}:")


class TestFolders:
    def test_the_course_is_found_in_a_checkout(self) -> None:
        assert library.course_files()[0].name == "01-parameters.yaml"

    def test_the_packaged_folder_comes_first(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        module = tmp_path / "site" / "autograd_tutor" / "course" / "library.py"
        monkeypatch.setattr(library, "__file__", str(module))
        assert library.bundled_folder() == tmp_path / "lessons"
        (module.parents[1] / "lessons").mkdir(parents=True)
        assert library.bundled_folder() == module.parents[1] / "lessons"

    def test_the_own_folder_is_the_users_unless_named(
        self, monkeypatch: pytest.MonkeyPatch, own: Path
    ) -> None:
        assert library.own_folder() == own
        monkeypatch.delenv("AUTOGRAD_TUTOR_LESSONS")
        assert library.own_folder().parts[-2:] == ("autograd-tutor", "lessons")

    @pytest.mark.parametrize(
        ("name", "lesson_id"),
        [
            ("01-parameters.yaml", "parameters"),
            ("12_two_words.yaml", "two_words"),
            ("plain.yaml", "plain"),
            ("2d-shapes.yaml", "2d-shapes"),
            ("07.yaml", "07"),
            ("script.py", "script"),
        ],
    )
    def test_ids(self, name: str, lesson_id: str) -> None:
        assert library.lesson_id(Path(name)) == lesson_id

    def test_only_visible_yaml_files_are_lessons_in_order(self, tmp_path: Path) -> None:
        for name in ("2.yaml", "10.yaml", ".1.yaml", "a.yml", "b.txt", "c.py"):
            (tmp_path / name).touch()
        assert [path.name for path in library.lesson_files(tmp_path)] == ["10.yaml", "2.yaml"]

    def test_a_folder_that_is_not_there_has_no_lessons(self, tmp_path: Path) -> None:
        assert library.lesson_files(tmp_path / "none") == []


class TestFind:
    @pytest.mark.parametrize("target", ["parameters", "01-parameters"])
    def test_by_id(self, target: str) -> None:
        lesson = library.find(target)
        assert (lesson.id, lesson.title) == ("parameters", "Parameters")

    def test_an_own_lesson_by_id(self, own: Path) -> None:
        write(own / "03-mine.yaml")
        assert library.find("mine").title == "Mine"

    def test_by_path(self, tmp_path: Path) -> None:
        path = write(tmp_path / "04-elsewhere.yaml")
        lesson = library.find(str(path))
        assert (lesson.id, lesson.path) == ("elsewhere", path)

    def test_a_relative_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "here.yaml")
        monkeypatch.chdir(tmp_path)
        assert library.find("here.yaml").title == library.find("./here.yaml").title == "Mine"

    def test_a_script(self, tmp_path: Path) -> None:
        path = tmp_path / "train.py"
        path.write_text("# %% One\nx = 1\n")
        assert library.find(str(path)).steps[0].title == "One"

    def test_a_mistyped_id_suggests_the_nearest(self) -> None:
        with pytest.raises(UnknownLesson) as caught:
            library.find("automatic-gradient")
        assert caught.value.nearest == "automatic-gradients"
        assert str(caught.value) == (
            'There is no lesson "automatic-gradient"; did you mean "automatic-gradients"? '
            'Otherwise run "autograd-tutor list" to see them all'
        )

    @pytest.mark.parametrize("name", ["train.py", "train.yaml", "train.agt"])
    def test_a_path_without_its_ending_suggests_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        (tmp_path / name).touch()
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UnknownLesson, match=f'did you mean "{name}"') as caught:
            library.find("train")
        assert caught.value.nearest == name

    def test_capitals_are_a_mistake_like_any_other(self) -> None:
        with pytest.raises(UnknownLesson) as caught:
            library.find("Parameters")
        assert caught.value.nearest == "parameters"

    def test_own_lessons_are_suggested_too(self, own: Path) -> None:
        write(own / "zzyzx.yaml")
        with pytest.raises(UnknownLesson) as caught:
            library.find("zzyxz")
        assert caught.value.nearest == "zzyzx"

    @pytest.mark.parametrize("target", ["xqw", "", "x" * 10_000, "a\x1b[31mb", "\udc80"])
    def test_an_id_like_no_other_points_to_the_list(self, target: str) -> None:
        with pytest.raises(UnknownLesson) as caught:
            library.find(target)
        assert caught.value.nearest is None
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 200
        assert 'run "autograd-tutor list"' in str(caught.value)


TOO_LARGE = (
    ("a.yaml", "the lesson is larger than 256 KiB; split it into several lessons"),
    ("a.py", "the script is larger than 256 KiB; move a part of it into a module beside it"),
)


class TestUnreadable:
    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        assert why(tmp_path / "x.yaml") == "1:1: there is no such file; check its path"
        assert why(tmp_path / "x.py") == "1:1: there is no such file; check its path"

    def test_a_file_for_a_folder(self, tmp_path: Path) -> None:
        write(tmp_path / "f.yaml")
        assert "there is no such file" in why(tmp_path / "f.yaml" / "x.yaml")

    def test_a_folder(self, tmp_path: Path) -> None:
        assert why(tmp_path) == "1:1: this is a folder; name a lesson's file in it"
        (tmp_path / "d.yaml").mkdir()
        assert why(tmp_path / "d.yaml") == "1:1: this is a folder; name a lesson's file in it"

    def test_a_folder_named_without_a_slash(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "somewhere").mkdir()
        monkeypatch.chdir(tmp_path)
        assert why("somewhere") == "1:1: this is a folder; name a lesson's file in it"

    def test_a_file_that_may_not_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "secret.yaml"
        path.touch()

        def refuse(*_: object) -> int:  # chmod would not keep root from reading
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("os.open", refuse)
        with pytest.raises(LessonError) as caught:
            lesson_file.read(path)
        reason = "1:1: the file may not be read; check its permissions: chmod u+r"
        assert str(caught.value) == f"{path}:{reason}"

    def test_a_pipe_is_refused_without_waiting_for_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.yaml")
        assert why(tmp_path / "pipe.yaml").startswith("1:1: this is no regular file;")

    def test_a_device(self, tmp_path: Path) -> None:
        (tmp_path / "zero.yaml").symlink_to("/dev/zero")
        assert why(tmp_path / "zero.yaml").startswith("1:1: this is no regular file;")

    def test_links_in_a_cycle(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")
        assert "form a cycle" in why(tmp_path / "a.yaml")

    @pytest.mark.parametrize(("name", "reason"), TOO_LARGE)
    def test_a_file_of_10_megabytes(self, tmp_path: Path, name: str, reason: str) -> None:
        path = tmp_path / name
        path.write_bytes(b"# text\n" * 1_500_000)
        assert why(path) == f"1:1: {reason}"

    @pytest.mark.parametrize(("name", "reason"), TOO_LARGE)
    def test_a_file_of_exactly_the_largest_size_is_read(
        self, tmp_path: Path, name: str, reason: str
    ) -> None:
        path = tmp_path / name
        path.write_text("x = 1\n") if name.endswith(".py") else write(path)
        room = LARGEST_LESSON - path.stat().st_size
        path.write_text(path.read_text() + "#" * (room - 1) + "\n")
        assert len(library.load(path).steps) == 1
        path.write_text(path.read_text() + "\n")
        assert why(path) == f"1:1: {reason}"

    @pytest.mark.parametrize("name", ["x.txt", "x.yml", "noending"])
    def test_another_ending(self, tmp_path: Path, name: str) -> None:
        found = why(write(tmp_path / name))
        assert found.endswith("is no lesson; lessons end in .yaml, scripts in .py: rename it")

    @pytest.mark.parametrize("name", ["a\0b.yaml", "\ud800.yaml", "x" * 300 + ".yaml"])
    def test_what_is_no_path(self, name: str) -> None:
        with pytest.raises(LessonError) as caught:
            library.find(name)
        assert str(caught.value).isprintable()

    def test_a_name_that_a_terminal_would_act_on_is_escaped(self, tmp_path: Path) -> None:
        with pytest.raises(LessonError) as caught:
            library.find(str(tmp_path / "a\x1b[31m\n.yaml"))
        assert "a\\x1b[31m\\n.yaml:1:1: " in str(caught.value)


def printed(code: str) -> str:
    """What a fresh interpreter prints that runs the code."""
    path = os.pathsep.join(each for each in sys.path if each)
    command = [sys.executable, "-c", f"import sys; {code}"]
    environment = {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout


def test_a_course_is_opened_without_torch_textual_or_rich() -> None:
    found = printed(
        "from autograd_tutor.course import library; library.find('parameters');"
        "heavy = {'torch', 'numpy', 'textual', 'rich', 'autograd_tutor.kernel'};"
        "from autograd_tutor.course.catalogue import Catalogue;"
        "print(len(Catalogue().summaries()), sorted(heavy & set(sys.modules)))"
    )
    assert found == f"{len(library.course_files())} []\n"


def test_yaml_is_imported_only_for_a_yaml_file() -> None:
    found = printed("from autograd_tutor.course import library; print('yaml' in sys.modules)")
    assert found == "False\n"


class TestLinksThatLeadNowhere:
    """In the own folder, beside a lesson of the same name that is opened by its path."""

    @pytest.mark.parametrize("to", ["same.yaml", "absent.yaml", "deep/same.yaml", "again.yaml"])
    def test_they_are_in_nobodys_way(self, own: Path, tmp_path: Path, to: str) -> None:
        own.mkdir(exist_ok=True)
        (own / "same.yaml").symlink_to(to)
        (own / "deep").symlink_to("deep")
        (own / "again.yaml").symlink_to("same.yaml")
        opened = write(tmp_path / "elsewhere" / "same.yaml")
        lesson = library.load(opened)
        assert not library.is_listed(lesson)
        assert library.progress_key(lesson) == str(opened)
