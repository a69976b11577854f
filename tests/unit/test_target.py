"""What a TARGET names, and lessons as recordings keep them."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from made import result, snapshot
from msgspec import msgpack

from autograd_tutor.course import library, target
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.course.problem import LessonError, UnknownLesson
from autograd_tutor.course.saved import from_saved, origin_of, to_saved
from autograd_tutor.recording.file import save
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.recording.saved_lesson import SavedLesson
from autograd_tutor.recording.trace import Recording
from autograd_tutor.recording.window import Window
from autograd_tutor.recording.wire import Limits, ResultRecord, SnapshotRecord

ASKED = ("predictions", "then", "exercise", "needs", "cures")
"""Fields for what is asked of a learner, and about that: a recording asks nothing."""


def kept(lesson: Lesson) -> Lesson:
    """What is kept of a lesson."""
    return replace(lesson.shown, needs=(), cures=())


@pytest.fixture
def lesson() -> Lesson:
    return kept(library.find("parameters"))


@pytest.fixture
def recorded(lesson: Lesson, tmp_path: Path) -> Path:
    made = Recording(origin_of(lesson, "2.13.0"))
    made.begin(0, lesson.steps[0].code)
    made.add(SnapshotRecord(snapshot(0)))
    made.add(ResultRecord(result()))
    save(made, tmp_path / "run.agt")
    return tmp_path / "run.agt"


@pytest.mark.parametrize("path", library.course_files(), ids=library.lesson_id)
def test_a_lesson_comes_back_with_all_its_locations(path: Path) -> None:
    lesson = kept(library.load(path))
    saved = msgpack.decode(msgpack.encode(to_saved(lesson)), type=SavedLesson)
    again = from_saved(saved, path)
    assert again == lesson
    for step, was in zip(again.steps, lesson.steps, strict=True):
        assert step.locations == was.locations


def test_every_field_of_a_lesson_is_kept(tmp_path: Path) -> None:
    """Whoever adds a field has to keep it, too; what only a file on disk has is not kept."""
    here = iter(range(2, 20))
    at = Locations(*[Location(next(here), 7, False) for _ in range(4)], watch=(Location(31, 3),))
    at = at._replace(expect=(Location(next(here), 5), Location(next(here), 6, False)))
    at = at._replace(plot=(Location(32, 5),), explain=Location(33, 5, False))
    plot = Plot(("x",), "lambda x: x", "x", -2.0, 2.0)
    step = Step(
        "a", "A", "Text.", "x = 1\n", "x", ("x", "y"), ("x == 1", "y"), "ValueError", 12, "x.py",
        plot, findings=True, locations=at,
    )  # fmt: skip
    lesson = Lesson(
        "id", tmp_path / "made.yaml", "Title", "One line.", "Chapter", (step, step), 7, "y = 2\n",
        Location(3, 4, False), Limits(seconds=0.5, nodes=9),
        Invocation(("--lr", "ü"), "pkg.mod", 2, "cuda:1", Window("turn", 3, 9, 2)),
    )  # fmt: skip
    assert all(getattr(at, name) != getattr(Locations(), name) for name in Locations._fields)
    for made in (step, lesson):
        of_file = (
            "version", "needs_locations", "cures_locations", "translation", "gaps",
            "unfit_translation",
        )  # fmt: skip
        of_trials = ("limits",) if made is step else ()
        names = [f for f in fields(made) if f.name not in (*ASKED, *of_file, *of_trials)]
        assert not [f.name for f in names if f.default == getattr(made, f.name)]
    again = from_saved(msgpack.decode(msgpack.encode(to_saved(lesson)), type=SavedLesson), tmp_path)
    assert again == replace(lesson, path=tmp_path)
    for found in again.steps:
        assert found == replace(step, file=None)
        assert found.locations == at
        assert isinstance(found.locations.watch[0], Location)
    assert again.setup_location == lesson.setup_location
    assert isinstance(again.setup_location, Location)


def test_of_its_path_only_the_name_is_kept(lesson: Lesson) -> None:
    assert to_saved(lesson).file == "01-parameters.yaml"
    assert str(lesson.path.parent) not in repr(to_saved(lesson))


def test_what_ran_is_the_lessons_code_unless_it_was_edited(lesson: Lesson) -> None:
    codes = tuple(step.code for step in lesson.steps)
    assert origin_of(lesson, "2.13.0").codes == codes
    edited = ("a = 1", *codes[1:])
    origin = origin_of(lesson, "2.13.0", edited)
    assert origin.codes == edited
    assert origin.lesson.steps[0].code == codes[0]


def test_a_recording_comes_with_its_lesson(recorded: Path, lesson: Lesson) -> None:
    found = target.find(str(recorded))
    assert found.recording is not None
    assert len(found.recording.traces[0]) == 1
    assert found.lesson.path == recorded
    assert found.lesson.steps == lesson.steps


def test_a_lesson_comes_without_a_recording(lesson: Lesson) -> None:
    found, recording = target.find("parameters")
    assert (kept(found), recording) == (lesson, None)


def test_what_is_called_like_a_recording_is_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "text.AGT").write_text("format: 1")
    with pytest.raises(RecordingError, match="this is no recording"):
        target.find(str(tmp_path / "text.AGT"))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match="no such file"):
        target.find(str(tmp_path / "none.agt"))
    with pytest.raises(UnknownLesson):
        target.find("none")
