"""YAML text as a tree of nodes that know their location, without what a lesson does not need.

Built from events, so that nothing is expanded or constructed: tags, anchors and aliases are
reported as problems, the depth is bounded, and PyYAML is imported at the first file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from autograd_tutor.course.location import Location
from autograd_tutor.course.problem import Report, quoted
from autograd_tutor.course.reading import UNSHOWABLE, location_after
from autograd_tutor.limits.lessons import DEEPEST_YAML
from autograd_tutor.recording.printable import printable

if TYPE_CHECKING:
    import yaml

Tag = Literal["str", "int", "float", "bool", "null", "timestamp", "other"]


@dataclass(frozen=True)
class Scalar:
    """A single value. `tag` says what YAML takes its text for; `style` is `` where it is plain."""

    location: Location
    text: str
    tag: Tag
    style: str

    def inner(self, lines: list[str]) -> Location:
        """Where the text itself begins, in the lines of the file."""
        if self.style == "|":
            return self._block(lines)
        line = lines[self.location.line - 1]
        begin = self.location.column - 1 + (self.style in {"'", '"'})
        if self.style != ">" and self.text and line.startswith(self.text, begin):
            return Location(self.location.line, begin + 1)
        return self.location._replace(exact=False)

    def _block(self, lines: list[str]) -> Location:
        own = self.text.split("\n")
        for offset, text in enumerate(own):
            if text.strip():
                line = lines[self.location.line + offset]
                return Location(self.location.line + 1, len(line) - len(text) + 1)
        return self.location._replace(exact=False)


@dataclass(frozen=True)
class Sequence:
    """A list."""

    location: Location
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """Keys and values, duplicates included."""

    location: Location
    pairs: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Refused:
    """Something that has been reported already and is read no further."""

    location: Location


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
    location = Location(mark.line + 1, mark.column + 1) if mark else Location()
    location = min(location, location_after(text.rstrip("\n")))
    reason = ", ".join(part for part in (error.context, error.problem) if part)
    mend = "check the indentation here, and put texts with ': ', '#' or quotation marks in quotes"
    report.add(location, f"this is not YAML: {printable(reason)}", mend)


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
                    raise self._report.fail(_location(event), message, "write one lesson to a file")
                root = self._node(next(self._events), 1)
        empty = isinstance(root, Scalar) and not root.text and not root.style
        return None if empty else root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        yaml, location = self._yaml, _location(event)
        if depth > DEEPEST_YAML:
            message = f"nested more than {DEEPEST_YAML} levels deep"
            raise self._report.fail(location, message, "a lesson needs five; check the brackets")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(location, f"the alias *{printable(event.anchor or '')}")
            return Refused(location)
        self._refuse_properties(event, location)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(location, tuple(self._until(yaml.SequenceEndEvent, depth)))
        if isinstance(event, yaml.MappingStartEvent):
            children = tuple(self._until(yaml.MappingEndEvent, depth))
            return Mapping(location, tuple(zip(children[::2], children[1::2], strict=True)))
        assert isinstance(event, yaml.ScalarEvent)
        return self._scalar(event, location)

    def _until(self, end: type[yaml.Event], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth + 1)

    def _scalar(self, event: yaml.ScalarEvent, location: Location) -> Node:
        style = event.style or ""
        if style == '"' and (found := UNSHOWABLE.search(event.value)):
            message = f"the escape for U+{ord(found[0]):04X}, a character which does not show"
            self._report.add(location, message, "leave it out")
            return Refused(location)
        return Scalar(location, event.value, "str" if style else self._tag(event.value), style)

    def _tag(self, text: str) -> Tag:
        node_class = self._yaml.ScalarNode
        resolved = self._resolver.resolve(node_class, text, (True, False))  # type: ignore[no-untyped-call]
        tag = str(resolved).rpartition(":")[2]
        match tag:
            case "str" | "int" | "float" | "bool" | "null" | "timestamp":
                return tag
            case _:
                return "other"

    def _refuse_properties(self, event: yaml.Event, location: Location) -> None:
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag:
            self._refuse(location, f"the tag {quoted(tag)}")
        if anchor:
            self._refuse(location, f"the anchor &{printable(anchor)}")

    def _refuse(self, location: Location, what: str) -> None:
        message = f"{what}: a lesson's file has no tags, anchors or aliases"
        self._report.add(location, message, "write the value itself, in quotes if it begins so")


def _location(event: yaml.Event) -> Location:
    mark = event.start_mark
    return Location(mark.line + 1, mark.column + 1) if mark else Location()
