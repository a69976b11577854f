"""Reads the translation of a lesson, and reports what is wrong with it, missing or out of date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autograd_tutor.course import fields
from autograd_tutor.course.fields import Fields
from autograd_tutor.course.fstrings import fields_of
from autograd_tutor.course.location import Location
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import Report, quoted
from autograd_tutor.course.python_fields import filled_in, prose
from autograd_tutor.course.reading import decode_utf8, refuse_tabs, refuse_unshowable
from autograd_tutor.course.shapes import Field, Group
from autograd_tutor.course.shapes import Text as AnyText
from autograd_tutor.course.texts import (
    Place,
    Said,
    Text,
    children,
    fingerprints,
    texts_of,
    unit_of,
    with_texts,
)
from autograd_tutor.course.yaml_nodes import Node, Refused, Scalar, compose

OF = "of"
"""The field with the fingerprint of the texts that were translated."""


def read(data: bytes, path: Path, lesson: Lesson) -> Lesson:
    """The lesson in the language of a translation, whose bytes these are. Raises LessonError.

    Where a text is missing, or the original has changed since, it has the original's.
    """
    report, gaps = Report(path), Report(path)
    root, lines = _composed(data, report)
    reader = _Reader(texts_of(lesson), lines, report, gaps)
    reader.take(root, ())
    reader.examine_choices()
    report.close()
    found = gaps.error().problems if gaps else ()
    return replace(with_texts(lesson, reader.current()), translation=path, gaps=found)


def read_chapters(data: bytes, path: Path) -> dict[str, str]:
    """The names of chapters in another language, by their own. Raises LessonError."""
    report = Report(path)
    root, _ = _composed(data, report)
    found = fields.pairs(root, "the file", report)
    report.close()
    return {each.key: " ".join(each.text.split()) for each in found}


def _composed(data: bytes, report: Report) -> tuple[Node, list[str]]:
    source = refuse_unshowable(decode_utf8(data, report), report)
    refuse_tabs(source, report)
    root = compose(source, report)
    if root is None:
        message = "there is nothing in the file"
        raise report.fail(Location(), message, "begin it with: title: …")
    return root, source.split("\n")


class _Reader:
    def __init__(
        self, texts: Mapping[Place, Text], lines: list[str], report: Report, gaps: Report
    ) -> None:
        self._texts = texts
        self._below = children(texts)
        self._fingerprints = fingerprints(texts)
        self._lines = lines
        self._report = report
        self._gaps = gaps
        self._said: dict[Place, Said] = {}
        self._stale: set[Place] = set()
        self._lists: dict[Place, Location] = {}

    def take(self, node: Node, place: Place) -> None:
        """Read what is below a place of the original."""
        own = self._texts.get(place)
        if isinstance(node, Refused):
            return
        if own is not None:
            self._take_text(node, place, own)
        elif isinstance(self._below[place][0], int):
            self._take_list(node, place)
        else:
            self._take_fields(node, place)

    def current(self) -> dict[Place, Said]:
        """All texts but those whose original has changed since."""
        said = self._said.items()
        return {place: each for place, each in said if unit_of(place) not in self._stale}

    def examine_choices(self) -> None:
        """A question has all its choices in one language, and no two alike."""
        for place, location in self._lists.items():
            if place[-1] != "choices":
                continue
            keys = self._below[place]
            said = [self._said[(*place, key)].text for key in keys if (*place, key) in self._said]
            if len(said) < len(keys) and said:
                message = f"{dotted(place)}: {len(said)} of {len(keys)} choices are translated"
                self._report.add(location, message, "translate all of them, in their order")
            for each, count in Counter(said).items():
                if count > 1:
                    message = f"{dotted(place)} has {quoted(each)} twice"
                    self._report.add(location, message, "choices differ: use other words")

    def _take_text(self, node: Node, place: Place, own: Text) -> None:
        key, report = dotted(place), self._report
        if own.filled:
            found, location = filled_in(node, key, self._lines, report)
            if found and (fault := _other_fields(own.text, found)):
                mend = "leave what stands in { } as it is in the original"
                report.add(node.location, f"{key} {fault}", mend)
        elif own.line:
            found, location = fields.one_line(node, key, report) or "", node.location
        else:
            found, location = prose(node, key, self._lines, report)
        if found:
            self._said[place] = Said(found, location)

    def _take_list(self, node: Node, place: Place) -> None:
        keys, items = self._below[place], fields.items(node, dotted(place), self._report)
        if items is None:
            return
        self._lists[place] = node.location
        for extra in items[len(keys) :]:
            message = f"{dotted(place)} has more items than the {len(keys)} of the original"
            self._report.add(extra.location, message, "remove this one")
        for key, item in zip(keys, items, strict=False):
            self.take(item, (*place, key))
        for key in keys[len(items) :]:
            self._miss((*place, key), node.location)

    def _take_fields(self, node: Node, place: Place) -> None:
        keys = [str(key) for key in self._below[place]]
        is_unit = place in self._fingerprints
        known = [OF, *keys] if is_unit else keys
        group = Group(dotted(place), tuple([Field(key, "", "", AnyText()) for key in known]))
        found = Fields.of(node, group, self._report)
        if found is None:
            return
        if is_unit:
            self._examine_age(found.get(OF), node.location, place)
        for key in keys:
            child = found.get(key)
            if child is None:
                self._miss((*place, key), node.location)
            else:
                self.take(child, (*place, key))

    def _examine_age(self, node: Node | None, location: Location, place: Place) -> None:
        """Whether what was translated is what the original has now."""
        now = self._fingerprints[place]
        own = "title and summary" if not place else dotted(place)
        if node is None:
            self._stale.add(place)
            message = f"{own}: there is no {OF}, so the original is shown"
            mend = f"once it is translated, write {OF}: {now}"
            self._gaps.add(location, message, mend)
            return
        if isinstance(node, Refused) or (isinstance(node, Scalar) and node.text == now):
            return
        self._stale.add(place)
        message = f"{own}: the original has changed since, so it is shown instead"
        self._gaps.add(node.location, message, f"compare the two, then write {OF}: {now}")

    def _miss(self, place: Place, location: Location) -> None:
        message = f"{dotted(place)} is not translated, so the original is shown"
        self._gaps.add(location, message, "translate it")


def dotted(place: Place) -> str:
    """A place as one says it: `steps.add.predict[0].ask`."""
    found = ""
    for key in place:
        found += f"[{key}]" if isinstance(key, int) else f".{key}" if found else key
    return found or "the translation"


def _other_fields(own: str, said: str) -> str:
    """What a text fills in that its original does not, or the other way round; `` if nothing."""
    wanted, found = Counter(fields_of(own)), Counter(fields_of(said))
    if more := list((found - wanted).elements()):
        return f"fills in {more[0]}, which the original does not"
    if less := list((wanted - found).elements()):
        return f"does not fill in {less[0]}, which the original does"
    return ""
