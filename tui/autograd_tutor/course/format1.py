"""Reads a lesson's YAML file, format 1, and reports everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd_tutor.course.fields import Fields, items, name, names, number, one_line, text, truth
from autograd_tutor.course.lesson_fields import LESSON, LIMITS, SEED, STEP, STEP_ID
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson, Locations, Step
from autograd_tutor.course.plot_fields import read_plot
from autograd_tutor.course.problem import Report, quoted
from autograd_tutor.course.python_fields import code, expressions, prose
from autograd_tutor.course.python_source import is_class_name
from autograd_tutor.course.reading import decode_utf8, refuse_tabs, refuse_unshowable
from autograd_tutor.course.shapes import Field, Number
from autograd_tutor.course.task_fields import read_exercise, read_predictions
from autograd_tutor.course.yaml_nodes import Mapping, Node, Scalar, Sequence, compose
from autograd_tutor.recording.wire import Limits

_STEP_ID = re.compile(STEP_ID.pattern)


def read(data: bytes, path: Path, lesson_id: str) -> Lesson:
    """The lesson that a file's bytes are. Raises LessonError with all that is wrong with them."""
    report = Report(path)
    source = decode_utf8(data, report)
    source = refuse_unshowable(source, report)
    refuse_tabs(source, report)
    root = compose(source, report)
    if root is None:
        raise report.fail(Location(), "there is nothing in the file", "begin it with: format: 1")
    lesson = _Reader(report, source.split("\n")).lesson(root, path, lesson_id)
    report.close()
    assert lesson is not None
    return lesson


class _Reader:
    def __init__(self, report: Report, lines: list[str]) -> None:
        self._report = report
        self._lines = lines

    def lesson(self, root: Node, path: Path, lesson_id: str) -> Lesson | None:
        report = self._report
        if not self._is_format_1(root):
            return None
        fields = Fields.of(root, LESSON, report)
        if fields is None:
            return None
        fields.require()
        setup = code(fields.get("setup"), "setup", self._lines, report)
        steps = self._steps(fields.get("steps"))
        needs = self._words(fields.get("needs"), "needs")
        cures = self._words(fields.get("cures"), "cures")
        lesson = Lesson(
            id=lesson_id,
            path=path,
            title=one_line(fields.get("title"), "title", report) or "",
            summary=one_line(fields.get("summary"), "summary", report) or "",
            chapter=one_line(fields.get("chapter"), "chapter", report) or "",
            steps=(*steps, *self._exercises(fields.get("exercise"), {each.id for each in steps})),
            seed=self._seed(fields.get("seed")),
            setup=setup[0],
            setup_location=setup[1],
            limits=self._limits(fields.get("limits")),
            needs=needs[0],
            cures=cures[0],
            needs_locations=needs[1],
            cures_locations=cures[1],
        )
        return None if report else lesson

    def _is_format_1(self, root: Node) -> bool:
        """Whether it makes sense to read on; a later format would have other fields."""
        pairs = root.pairs if isinstance(root, Mapping) else ()
        found = (value for key, value in pairs if isinstance(key, Scalar) and key.text == "format")
        node = next(found, None)
        if node is None or (isinstance(node, Scalar) and node.text == "1" and not node.style):
            return True
        if not isinstance(node, Scalar):
            self._report.add(node.location, "format is no number", "write format: 1")
            return False
        message = f"the format {quoted(node.text)} is not known"
        self._report.add(node.location, message, "this version reads lessons that say: format: 1")
        return False

    def _seed(self, node: Node | None) -> int:
        value = number(node, "seed", self._report, whole=True)
        if value is None:
            return 0
        if node is not None and not 0 <= value <= (SEED.most or 0):
            mend = f"write a whole number from 0 to {SEED.most}"
            self._report.add(node.location, f"the seed {value} is out of range", mend)
        return int(value)

    def _limits(self, node: Node | None) -> Limits:
        fields = Fields.of(node, LIMITS, self._report) if node else None
        if fields is None:
            return Limits()
        found = {each.name: self._limit(fields, each) for each in LIMITS.fields}
        return Limits(**{name: value for name, value in found.items() if value is not None})

    def _limit(self, fields: Fields, field: Field) -> Any:
        """The number of a limit as it is written, None where there is none that can be meant."""
        shape, node = field.shape, fields.get(field.name)
        assert isinstance(shape, Number)
        assert shape.most is not None
        value = number(node, field.name, self._report, whole=shape.whole)
        if node is None or value is None or 0 < value <= shape.most:
            return value
        wrong = "not more than 0" if not value > 0 else f"more than the {shape.most:g} there are"
        mend = f"a lesson may only lower it: write a number up to {shape.most:g}"
        self._report.add(node.location, f"the limit {field.name} is {wrong}", mend)
        return None

    def _steps(self, node: Node | None) -> tuple[Step, ...]:
        nodes = items(node, "steps", self._report)
        if nodes == ():
            location = node.location if node else Location()
            self._report.add(location, "there are no steps", "add one: - id: …")
        steps: list[Step] = []
        first_lines: dict[str, int] = {}
        for child in nodes or ():
            step = self._step(child, first_lines)
            if step is not None:
                steps.append(step)
        return tuple(steps)

    def _step(self, node: Node, first_lines: dict[str, int]) -> Step | None:
        report = self._report
        fields = Fields.of(node, STEP, report)
        if fields is None:
            return None
        fields.require()
        source, code_location = code(fields.get("code"), "code", self._lines, report)
        watch = names(fields.get("watch"), "watch", report)
        graph = name(fields.get("graph"), "graph", report)
        expect = expressions(fields.get("expect"), "expect", self._lines, report)
        raises, raises_location = self._raises(fields.get("raises"))
        explain, explain_location = prose(fields.get("explain"), "explain", self._lines, report)
        plot, plot_locations = read_plot(fields.get("plot"), self._lines, report)
        return Step(
            id=self._step_id(fields.get("id"), first_lines),
            title=one_line(fields.get("title"), "title", report) or "",
            explain=explain,
            code=source,
            graph=graph[0] if graph else None,
            watch=tuple(watched for watched, _ in watch),
            expect=tuple(expression for expression, _ in expect),
            raises=raises,
            plot=plot,
            predictions=read_predictions(fields.get("predict"), source, self._lines, report),
            then=text(fields.get("then"), "then", report) or "",
            findings=None
            if (marked := fields.get("findings")) is None
            else truth(marked, "findings", report),
            locations=Locations(
                step=node.location,
                code=code_location,
                graph=graph[1] if graph else Location(),
                raises=raises_location,
                watch=tuple(location for _, location in watch),
                expect=tuple(location for _, location in expect),
                plot=plot_locations,
                explain=explain_location,
            ),
        )

    def _exercises(self, node: Node | None, ids: set[str]) -> Iterator[Step]:
        """Each as a step of its own, behind the others."""
        several = isinstance(node, Sequence)
        nodes = items(node, "exercise", self._report) if several else [node] if node else []
        if several and not nodes and node is not None:
            self._report.add(node.location, "there is no exercise in it", "add one: - task: …")
        for place, child in enumerate(nodes or (), 1):
            step = read_exercise(child, place, self._lines, self._report)
            if step is None:
                continue
            if step.id in ids:
                message = f"the id {step.id} is that of a step, and of an exercise"
                self._report.add(child.location, message, "give the step another id")
            yield step

    def _words(self, node: Node | None, key: str) -> tuple[tuple[str, ...], tuple[Location, ...]]:
        """Words, and where each is."""
        found: list[tuple[str, Location]] = []
        for child in items(node, key, self._report) or ():
            word = one_line(child, key, self._report)
            if word is not None and not _STEP_ID.fullmatch(word):
                mend = "write one word of letters a to z, digits, - and _"
                self._report.add(child.location, f"{key}: {quoted(word)} is not one word", mend)
            found.append((word or "", child.location))
        return tuple([word for word, _ in found]), tuple([place for _, place in found])

    def _step_id(self, node: Node | None, first_lines: dict[str, int]) -> str:
        step_id = one_line(node, "id", self._report)
        if node is None or step_id is None:
            return ""
        if not _STEP_ID.fullmatch(step_id):
            mend = "write one word of letters a to z, digits, - and _"
            self._report.add(node.location, f"the id {quoted(step_id)} is not one word", mend)
        first = first_lines.setdefault(step_id, node.location.line)
        if first != node.location.line:
            message = f"the id {quoted(step_id)} is taken by the step at line {first}"
            self._report.add(node.location, message, "give each step an id of its own")
        return step_id

    def _raises(self, node: Node | None) -> tuple[str | None, Location]:
        raises = one_line(node, "raises", self._report)
        if raises is None or node is None:
            return None, Location()
        if not is_class_name(raises):
            message = f"raises: {quoted(raises)} is no name of an exception"
            self._report.add(
                node.location, message, "write the name of its class alone: RuntimeError"
            )
        return raises, node.location
