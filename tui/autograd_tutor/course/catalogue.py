"""The list of lessons: what is known of each file at once, and the rest as it is read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autograd_tutor.course import index, library, summary_file
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import LessonError, Problem, Unread, quoted
from autograd_tutor.course.summary import OPENED_CHAPTER, Summary, summary_of, unread
from autograd_tutor.course.summary_file import Kept
from autograd_tutor.limits.lessons import LIST_SECONDS, READ_SECONDS
from autograd_tutor.recording.printable import printable

_NOT_READ = ("not read: the files before it take too long", "Enter reads it by itself")


class Catalogue:
    """Summaries of all lessons: the course's, then the learner's own.

    One thread at a time may `read`; meanwhile another may look at what is `listed`.
    """

    def __init__(self, folder: Path | None = None, opened: Lesson | None = None) -> None:
        """`folder`: where summaries are kept from one session to the next.

        `opened` comes before all lessons, unless it is one of them; its id is then its progress
        key.
        """
        self._folder = folder
        self._opened = opened
        self._kept: dict[Path, Kept] = {}
        self._passing: dict[Path, Kept] = {}
        """Of files that could not be read this time, and of `opened`: not to be kept."""
        if opened is not None and opened.version:
            self._passing[opened.path] = Kept(opened.version, summary_of(opened, own=True))
        self._loaded = False
        self._index: dict[str, index.Entry] | None = None
        """What the course's own index has, once it was needed."""
        self.unsaved = False
        """Whether something is to be kept that is not in the folder."""

    def listed(self) -> tuple[Summary, ...]:
        """Every lesson in order, at once: broken ones with the reason, others perhaps unread.

        Of others perhaps all is known but the text of their steps.
        """
        found: dict[str, Summary] = {}
        listed: list[Summary] = []
        if (outside := self._outside) is not None:
            summary = self._summary(outside.path, True)
            if not outside.version:  # a recording, which stays as it is
                summary = summary_of(outside, own=True)
            key = library.progress_key(outside)
            listed.append(replace(summary, id=key, chapter=OPENED_CHAPTER))
        for path, own in library.all_files():
            summary = self._summary(path, own)
            first = found.setdefault(summary.id, summary)
            if first is not summary:
                message = f"its id {quoted(summary.id)} is taken by {printable(first.path.name)}"
                clash = Problem(path, 1, 1, message, "rename one of the two files")
                summary = unread(path, own, clash)
            listed.append(summary)
        return tuple(listed)

    def read(self) -> Iterator[Path]:
        """Read the files that are new or have changed, one by one.

        The course's come last, and are read however long that takes: the index knows them.
        """
        end = time.monotonic() + LIST_SECONDS
        files = list(library.all_files())
        outside = self._outside
        if outside is not None and outside.version:
            files.append((outside.path, True))
        for path, own in sorted(files, key=lambda file: not file[1]):
            version = library.version(path)
            if self._known(path, own, version) is None:
                self._read(path, own, version, end - time.monotonic() if own else READ_SECONDS)
                yield path
        there = {path for path, _ in files}
        self._kept = {path: kept for path, kept in self._kept.items() if path in there}
        if self.unsaved and self._folder is not None:
            self.unsaved = False
            summary_file.save(self._folder, self._kept)

    def summaries(self) -> tuple[Summary, ...]:
        """Every lesson in order, after all of them have been read."""
        for _ in self.read():
            pass
        return self.listed()

    @property
    def _outside(self) -> Lesson | None:
        """The lesson that was opened, if it is not one of the library."""
        opened = self._opened
        return None if opened is None or library.is_listed(opened) else opened

    def _summary(self, path: Path, own: bool) -> Summary:
        """What is known of a file as it is now. Where the index lacks one, it is read at once."""
        version = library.version(path)
        if (known := self._known(path, own, version)) is not None:
            return known
        if own:
            return unread(path, own)
        if (indexed := self._indexed(path)) is not None:
            return indexed
        self._read(path, own, version, READ_SECONDS)
        return self._kept[path].summary

    def _indexed(self, path: Path) -> Summary | None:
        """What the index has of a file of the course, if that is as it was then."""
        if self._index is None:
            self._index = index.load(path.parent)
        entry = self._index.get(path.name)
        return None if entry is None else index.summary(entry, path)

    def _known(self, path: Path, own: bool, version: tuple[int, ...]) -> Summary | None:
        """All that is known of this version of a file."""
        if not self._loaded and self._folder is not None:
            self._kept = summary_file.load(self._folder)
        self._loaded = True
        for known in (self._kept.get(path), self._passing.get(path)):
            if known is not None and known.version == version and known.summary.own is own:
                return known.summary
        return None

    def _read(self, path: Path, own: bool, version: tuple[int, ...], seconds: float) -> None:
        """Read one version of a file, if there is time for it."""
        problem: Problem | None = None
        passing = seconds <= 0
        if passing:
            problem = Problem(path, 1, 1, *_NOT_READ)
        else:
            try:
                summary = summary_of(library.load(path, min(seconds, READ_SECONDS)), own)
            except LessonError as error:
                problem, passing = error.problems[0], isinstance(error, Unread)
        if problem is not None:
            summary = unread(path, own, problem)
        (self._passing if passing else self._kept)[path] = Kept(version, summary)
        self.unsaved |= not passing
