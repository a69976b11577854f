"""The lesson that an author starts with: it is in order as it is, and explains every field."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from autograd_tutor import check, cli
from autograd_tutor.course import library, schema, starter
from autograd_tutor.course.lesson_fields import LESSON, STEP
from autograd_tutor.course.starter import NotStarted


def started(folder: Path, name: str = "my-first.yaml") -> Path:
    path = folder / name
    starter.start(path)
    return path


def uncommented(text: str) -> str:
    """The lesson with everything in it that was left out."""
    optional = {field.name for field in (*LESSON.fields, *STEP.fields)}
    lines = []
    for line in text.split("\n"):
        bare = line.lstrip().removeprefix("# ")
        left_out = bare != line.lstrip() and bare.partition(":")[0] in optional
        lines.append(line[: len(line) - len(line.lstrip())] + bare if left_out else line)
    return "\n".join(lines)


def test_a_lesson_is_in_order_and_so_are_the_fields_that_it_leaves_out(tmp_path: Path) -> None:
    path = started(tmp_path)
    assert library.load(path).title == "My first"
    text = uncommented(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    lesson = library.load(path)
    assert (lesson.chapter, lesson.limits.seconds) == ("Gradients", 5)
    assert (lesson.steps[0].graph, lesson.steps[0].raises) == ("loss", "RuntimeError")
    assert lesson.steps[0].plot is not None
    Draft202012Validator(schema.schema()).validate(yaml.safe_load(text))


def test_a_lesson_passes_check_in_full(tmp_path: Path) -> None:
    path = started(tmp_path)
    lesson = library.load(path)
    assert any(step.predictions for step in lesson.steps)
    (exercise,) = [step.exercise for step in lesson.steps if step.exercise is not None]
    assert exercise.mistakes
    assert check.run([path], sandbox=False) == (1, [])


def test_every_field_is_there_and_explained_in_one_line(tmp_path: Path) -> None:
    text = started(tmp_path).read_text(encoding="utf-8")
    lines = [line.strip() for line in text.split("\n")]
    for field in (*LESSON.fields, *STEP.fields):
        assert f"# {field.about}" in lines
        after = lines[lines.index(f"# {field.about}") + 1]
        assert after.lstrip("#- ").startswith(f"{field.name}:")


def test_a_script_has_steps_and_explanations(tmp_path: Path) -> None:
    lesson = library.load(started(tmp_path, "07-train_it.py"))
    assert lesson.title == "Train it"
    assert [step.title for step in lesson.steps] == ["The slope of a square", "Once more"]
    assert all(step.explain for step in lesson.steps)
    assert "Predict" in lesson.steps[0].explain


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("my-first_lesson", "My first lesson"),
        ("07-chain-rule", "Chain rule"),
        ("true", "True"),
        ("42", "42"),
        ("a: b # c", "A: b # c"),
        ('say "no"', 'Say "no"'),
        ("back\\slash", "Back\\slash"),
        ("θ", "Θ"),
        ("-", "My lesson"),
        ("esc\x1b", "Esc\\x1b"),
        (os.fsdecode(b"not-utf-8-\xff"), "Not utf 8 \\udcff"),
        ("{x}", "{x}"),
    ],
)
@pytest.mark.parametrize("suffix", [".yaml", ".py"])
def test_a_name_becomes_a_title(tmp_path: Path, name: str, title: str, suffix: str) -> None:
    lesson = library.load(started(tmp_path, name + suffix))
    assert lesson.title == (title if suffix == ".yaml" else title.replace('"', "'"))


def test_an_editor_is_told_of_the_schema_where_it_is_there(tmp_path: Path) -> None:
    without = started(tmp_path, "one.yaml").read_text(encoding="utf-8")
    (tmp_path / schema.FILE_NAME).write_text(schema.text(), encoding="utf-8")
    beside = started(tmp_path, "two.yaml").read_text(encoding="utf-8")
    assert beside.startswith(f"{starter.MODELINE}\n")
    assert not without.startswith(starter.MODELINE)
    assert starter.MODELINE in without
    library.load(tmp_path / "two.yaml")


@pytest.mark.parametrize("name", ["there.yaml", "there.py"])
def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(NotStarted, match="It is there already, and was left as it is"):
        starter.start(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_link_to_nothing_is_not_written_through(tmp_path: Path) -> None:
    path = tmp_path / "link.yaml"
    path.symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(NotStarted, match="there already"):
        starter.start(path)
    assert not (tmp_path / "elsewhere.yaml").exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/such/a.yaml", "There is no such folder"),
        ("file/a.py", "should be its folder is a file"),
        ("lesson.yml", "ends in .yaml"),
        ("lesson", "ends in .yaml"),
        ("a.agt", "ends in .yaml"),
        ("x" * 300 + ".yaml", "cannot be written"),
    ],
)
def test_why_there_is_no_lesson(
    tmp_path: Path, name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert cli.run(["new", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert reason in said.err
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_whole_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "lesson", lambda *_, **__: "\udcff")
    with pytest.raises(UnicodeEncodeError):
        starter.start(tmp_path / "a.yaml")
    assert not (tmp_path / "a.yaml").exists()


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a lesson.yaml"
    assert cli.run(["new", str(path)]) == 0
    assert f"preview {path}" in capsys.readouterr().out
    assert cli.run(["schema"]) == 0
    assert capsys.readouterr().out == schema.text()
