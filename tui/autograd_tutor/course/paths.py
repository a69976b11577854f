"""The paths that the course offers, and the index that is made of them and of its lessons."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autograd_tutor import language
from autograd_tutor.course import index, library, translation_file
from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.problem import CourseError, nearest, quoted
from autograd_tutor.course.summary import summary_of
from autograd_tutor.messages import _


class UnknownPath(CourseError):
    """No path has this id."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        near = nearest(name, known)
        mend = (
            _("did you mean {meant}?").format(meant=quoted(near))
            if near
            else _("there are {known}").format(known=", ".join(known))
        )
        super().__init__(_("There is no path {name}; {mend}").format(name=quoted(name), mend=mend))


def load() -> tuple[LearningPath, ...]:
    """All paths, in order; none where the course has none."""
    file = library.paths_file()
    entry = index.load(file.parent).get(file.name)
    if entry is not None and index.fits(entry, file):
        return entry.paths
    try:
        return read(file)
    except (OSError, ValueError):
        return ()


def find(name: str) -> LearningPath:
    """The path with this id. Raises UnknownPath."""
    known = {path.id: path for path in load()}
    if name not in known:
        raise UnknownPath(name, tuple(known))
    return known[name]


def read(file: Path) -> tuple[LearningPath, ...]:
    """The paths in a file. Raises OSError, and ValueError where it does not hold paths."""
    import yaml  # late: the index has them

    try:
        content = yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return msgspec.convert(content, tuple[LearningPath, ...])


def make_index() -> bytes:
    """The index of the course in the chosen language, as its files are now.

    Raises as reading them does.
    """
    lessons = [summary_of(library.load(path), own=False) for path in library.course_files()]
    file = library.paths_file()
    return index.lines(lessons, file, read(file))


if __name__ == "__main__":
    for code in ("", *translation_file.languages_of(library.bundled_folder())):
        language.use((code,) if code else ())
        (library.bundled_folder() / index.file_name(code)).write_bytes(make_index())
