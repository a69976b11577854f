"""YAML text as a tree of nodes that know their place, without what a lesson has no use for.

Built from events, so that nothing is expanded or constructed: tags, anchors and aliases are
reported as problems, the depth is bounded, and PyYAML is imported at the first file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from autograd_tutor.course.model import Location
from autograd_tutor.course.problem import Report, printable, quoted
from autograd_tutor.course.reading import UNSHOWABLE, place_after
from autograd_tutor.limits import DEEPEST_YAML

if TYPE_CHECKING:
    import yaml

Tag = Literal["str", "int", "float", "bool", "null", "timestamp", "other"]


@dataclass(frozen=True)
class Scalar:
    """A single value. `tag` says what YAML takes its text for; `style` is `` where it is plain."""

    place: Location
    text: str
    tag: Tag
    style: str

    def inner(self, lines: list[str]) -> Location:
        """Where the text itself begins, in the lines of the file."""
        if self.style == "|":
            return self._block(lines)
        line = lines[self.place.line - 1]
        begin = self.place.column - 1 + (self.style in {"'", '"'})
        if self.style != ">" and self.text and line.startswith(self.text, begin):
            return Location(self.place.line, begin + 1)
        return self.place._replace(exact=False)

    def _block(self, lines: list[str]) -> Location:
        own = self.text.split("\n")
        for offset, text in enumerate(own):
            if text.strip():
                line = lines[self.place.line + offset]
                return Location(self.place.line + 1, len(line) - len(text) + 1)
        return self.place._replace(exact=False)


@dataclass(frozen=True)
class Sequence:
    """A list."""

    place: Location
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """Keys and values, duplicates included."""

    place: Location
    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Refused:
    """What has been reported already and is to be looked at no further."""

    place: Location


Node = Scalar | Sequence | Mapping | Refused


def compose(text: str, report: Report) -> Node | None:
    """The tree of the text; None if there is nothing in it.

    Raises LessonError, with all that `report` has, if the text is not one document of YAML.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(yaml.parse(text, Loader=loader), report).document()
    except yaml.MarkedYAMLError as error:
        if "\t" not in text:  # those are reported; what YAML says of a tab helps nobody
            _report_yaml_error(error, text, report)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        reason = printable(str(error).split("\n")[0])
        report.add(Location(), f"this is not YAML: {reason}", "check the escapes in quoted texts")
    raise report.error()


def _report_yaml_error(error: yaml.MarkedYAMLError, text: str, report: Report) -> None:
    mark = error.problem_mark or error.context_mark
    place = Location(mark.line + 1, mark.column + 1) if mark else Location()
    place = min(place, place_after(text.rstrip("\n")))
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    mend = "check the indentation here, and put texts with ': ', '#' or quotation marks in quotes"
    report.add(place, f"this is not YAML: {printable(reason)}", mend)


class _Composer:
    def __init__(self, events: Iterator[yaml.Event], report: Report) -> None:
        import yaml

        self._yaml = yaml
        self._resolver = yaml.resolver.Resolver()
        self._events = events
        self._report = report

    def document(self) -> Node | None:
        yaml = self._yaml
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    message = "a second document begins here"
                    raise self._report.fail(_place(event), message, "write one lesson to a file")
                root = self._node(next(self._events), 1)
        empty = isinstance(root, Scalar) and not root.text and not root.style
        return None if empty else root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        yaml, place = self._yaml, _place(event)
        if depth > DEEPEST_YAML:
            message = f"nested more than {DEEPEST_YAML} levels deep"
            raise self._report.fail(place, message, "a lesson needs five; check the brackets")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(place, f"the alias *{printable(event.anchor or '')}")
            return Refused(place)
        self._refuse_properties(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(place, tuple(self._until(yaml.SequenceEndEvent, depth)))
        if isinstance(event, yaml.MappingStartEvent):
            children = tuple(self._until(yaml.MappingEndEvent, depth))
            return Mapping(place, tuple(zip(children[::2], children[1::2], strict=True)))
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, place)

    def _until(self, end: type[yaml.Event], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth + 1)

    def _scalar(self, event: yaml.ScalarEvent, place: Location) -> Node:
        style = event.style or ""
        if style == '"' and (found := UNSHOWABLE.search(event.value)):
            message = f"the escape for U+{ord(found[0]):04X}, a character which does not show"
            self._report.add(place, message, "leave it out")
            return Refused(place)
        return Scalar(place, event.value, "str" if style else self._tag(event.value), style)

    def _tag(self, text: str) -> Tag:
        kind = self._yaml.ScalarNode
        resolved = self._resolver.resolve(kind, text, (True, False))  # type: ignore[no-untyped-call]
        tag = str(resolved).rpartition(":")[2]
        match tag:
            case "str" | "int" | "float" | "bool" | "null" | "timestamp":
                return tag
            case _:
                return "other"

    def _refuse_properties(self, event: yaml.Event, place: Location) -> None:
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag:
            self._refuse(place, f"the tag {quoted(tag)}")
        if anchor:
            self._refuse(place, f"the anchor &{printable(anchor)}")

    def _refuse(self, place: Location, what: str) -> None:
        message = f"{what}: a lesson's file has no tags, anchors or aliases"
        self._report.add(place, message, "write the value itself, in quotes if it begins so")


def _place(event: yaml.Event) -> Location:
    mark = event.start_mark
    return Location(mark.line + 1, mark.column + 1) if mark else Location()
