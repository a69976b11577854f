"""A moment is found again in a run of the same code that went the same way, and in no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import passes
import pytest
from made import result, snapshot
from played_kernel import PlayedKernel

from autograd_tutor.client import RunRecord
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.playing.lesson_run import LessonRun
from autograd_tutor.playing.moment import index_of, moment_at, near
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.wire import Record, ResultRecord, SetupFailed, SnapshotRecord


def lesson(*codes: str) -> Lesson:
    steps = tuple(Step(f"s{n}", f"Step {n}", "", code) for n, code in enumerate(codes))
    return Lesson("made", Path("made"), "Made up", "", "", steps)


def run_of(made: Lesson, *records: Record, step: int = 0) -> LessonRun:
    run = LessonRun(made, PlayedKernel(prompt=False), step)
    for record in records:
        run.take(RunRecord(1, record))
    return run


def lines(*numbers: int, step: int = 0) -> list[Record]:
    made = [snapshot(index, line=line, step=step) for index, line in enumerate(numbers)]
    return [*(SnapshotRecord(each) for each in made), ResultRecord(result(step=step))]


LOOP = lesson("for i in range(9):\n    a = i\n")
WAY = (0, 1, 2, 1, 2, 1)


def test_every_moment_is_found_again() -> None:
    run, again = run_of(LOOP, *lines(*WAY)), run_of(LOOP, *lines(*WAY))
    moments = [moment_at(run, index) for index in range(len(WAY))]
    assert moments[0] == ""
    assert [index_of(again, moment) for moment in moments[1:]] == [1, 2, 3, 4, 5]
    assert len(set(moments)) == len(WAY)


def test_a_moment_inside_a_pass_is_found_again() -> None:
    made, records = lesson(passes.TWICE_CODE), passes.twice()
    run, again = run_of(made, *records), run_of(made, *records)
    inside = [at for at, each in enumerate(run.trace.snapshots) if each.backward is not None]
    assert len(inside) > 2
    for index in inside:
        assert index_of(again, moment_at(run, index)) == index


@pytest.mark.parametrize(
    "other",
    [
        replace(LOOP, seed=1),
        replace(LOOP, setup="import torch"),
        lesson("for i in range(9):\n    b = i\n"),
    ],
    ids=["seed", "setup", "code"],
)
def test_a_lesson_that_has_changed_has_no_such_moment(other: Lesson) -> None:
    moment = moment_at(run_of(LOOP, *lines(*WAY)), 3)
    assert index_of(run_of(other, *lines(*WAY)), moment) is None


@pytest.mark.parametrize("way", [(0, 1, 2, 2, 1, 2), (0, 1, 2), (0, 2, 1, 1, 2)])
def test_a_run_that_went_another_way_has_no_such_moment(way: tuple[int, ...]) -> None:
    moment = moment_at(run_of(LOOP, *lines(*WAY)), 3)
    assert index_of(run_of(LOOP, *lines(*way)), moment) is None


def test_an_earlier_step_that_has_changed_changes_the_moment_and_a_later_one_does_not() -> None:
    records = [*lines(0, 1), *lines(0, 1, 2, step=1)]
    run = run_of(lesson("a = 1\n", "b = 2\nc = 3\n", "d = 4\n"), *records, step=1)
    moment = moment_at(run, 2)
    later = run_of(lesson("a = 1\n", "b = 2\nc = 3\n", "e = 5\n"), *records, step=1)
    earlier = run_of(lesson("a = 9\n", "b = 2\nc = 3\n", "d = 4\n"), *records, step=1)
    assert index_of(later, moment) == 2
    assert index_of(earlier, moment) is None


@pytest.mark.parametrize(
    "moment", ["", "x", "-1 0123", "99999999999999999999 0123", f"{'9' * 5000} 0123", "3", "² 01"]
)
def test_what_is_no_moment_is_nowhere(moment: str) -> None:
    assert index_of(run_of(LOOP, *lines(*WAY)), moment) is None


# A walk goes there as soon as it can


def began_at(index: int) -> Walk:
    walk = Walk(run_of(LOOP))
    walk.go_to(moment_at(run_of(LOOP, *lines(*WAY)), index))
    return walk


def take(walk: Walk, *records: Record) -> None:
    walk.take([RunRecord(1, record) for record in records])
    walk.catch_up()


def test_a_walk_goes_to_the_moment_once_it_is_recorded() -> None:
    walk = began_at(3)
    records = lines(*WAY)
    where = walk.moment
    take(walk, *records[:3])
    assert (walk.timeline.index, walk.moment) == (0, where)
    take(walk, records[3])
    assert (walk.timeline.index, walk.moment) == (3, where)
    take(walk, *records[4:])
    assert walk.timeline.index == 3


@pytest.mark.parametrize("key", ["forward", "back", "into", "out", "first", "last", "run_again"])
def test_a_key_before_that_leads_where_it_always_does(key: str) -> None:
    walk, plain = began_at(5), Walk(run_of(LOOP))
    for each in (walk, plain):
        take(each, *lines(*WAY)[:2])
        getattr(each, key)()
        take(each, *lines(*WAY)[2:])
    assert walk.timeline.index == plain.timeline.index


def test_a_run_that_ends_before_stays_at_its_start() -> None:
    walk = began_at(5)
    take(walk, SetupFailed(Error("ImportError", "x", 1, "")))
    assert (walk.timeline.index, walk.moment) == (0, "")
    assert walk.message == ""


OTHER = lesson("for j in range(9):\n    b = j\n")


@pytest.mark.parametrize(("index", "found"), [(1, 1), (3, 3), (5, 3)])
def test_a_moment_near_it_is_found_whatever_code_ran(index: int, found: int) -> None:
    moment = near(moment_at(run_of(LOOP, *lines(*WAY)), index))
    assert index_of(run_of(OTHER, *lines(0, 2, 2, 2)), moment) == found
    assert near(moment) == moment


def test_a_moment_near_it_is_waited_for() -> None:
    moment = near(moment_at(run_of(LOOP, *lines(*WAY)), 4))
    with pytest.raises(LookupError):
        index_of(run_of(OTHER, *lines(0, 2)[:-1]), moment)


def test_the_start_is_near_the_start_alone() -> None:
    assert near(moment_at(run_of(LOOP, *lines(*WAY)), 0)) == ""
