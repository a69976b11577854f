"""The file in the state folder that keeps summaries, so that a list reads only what is new.

It may be missing, damaged, of another version or by somebody else: it saves time and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from autograd_tutor import __version__, language
from autograd_tutor.course import packed
from autograd_tutor.course.lesson_file import lesson_id
from autograd_tutor.course.summary import Summary
from autograd_tutor.limits.lessons import SUMMARIES_BYTES
from autograd_tutor.recording.recognition import open_file

FILE_NAME = "summaries"
"""What it is called for English; for another language with its code, as `summaries.de`."""

_READER = f"{__version__}, 3"
"""The number grows whenever summaries hold more than those of the same version did."""


class Kept(Struct, frozen=True):
    """The summary of one version of a file."""

    version: tuple[int, ...]
    summary: Summary
    """In the file without its id, which may be no text."""

    def with_id(self, lesson_id: str) -> Kept:
        """The same with this id."""
        return Kept(self.version, replace(self.summary, id=lesson_id))


class _Content(Struct, frozen=True):
    program: str
    """The version of autograd-tutor that read the files."""
    kept: tuple[Kept, ...]


def _file_name() -> str:
    return ".".join((FILE_NAME, *language.chosen()))


def load(folder: Path) -> dict[Path, Kept]:
    """What is kept in the folder, by the paths of the lessons' files."""
    try:
        with open_file(folder / _file_name()) as file:
            data = file.read(SUMMARIES_BYTES + 1)
        content = packed.unpack(data, _Content)
    except (OSError, ValueError):
        return {}
    if len(data) > SUMMARIES_BYTES or content.program != _READER:
        return {}
    paths = (kept.summary.path for kept in content.kept)
    return {
        path: each.with_id(lesson_id(path)) for path, each in zip(paths, content.kept, strict=True)
    }


def save(folder: Path, kept: Mapping[Path, Kept]) -> None:
    """Keep these in the folder, if that can be written and they are not too large."""
    data = packed.pack(_Content(_READER, tuple([each.with_id("") for each in kept.values()])))
    if len(data) > SUMMARIES_BYTES:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{FILE_NAME}.", dir=folder)
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.replace(name, folder / _file_name())
        except OSError:
            os.unlink(name)
