"""The learner's editor, on a file with the code."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograd_tutor.limits.interface import MOST_EDITED
from autograd_tutor.messages import _

NO_EDITOR = _(
    "No editor is known: set the environment variable EDITOR before you start the program, as in "
    "EDITOR=nano autograd-tutor --plain"
)


class NotEdited(Exception):
    """Why there is no new code: a sentence."""


def edited(code: str, environment: Mapping[str, str]) -> str:
    """The code as the learner leaves it. Raises NotEdited."""
    named = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise NotEdited(_("EDITOR cannot be read: {error}.").format(error=error)) from None
    if not words:
        raise NotEdited(NO_EDITOR)
    with tempfile.TemporaryDirectory(prefix="autograd-tutor-") as folder:
        path = Path(folder) / "step.py"
        path.write_text(code, encoding="utf-8")
        sys.stdout.flush()
        try:
            status = subprocess.run([*words, str(path)], check=False).returncode
        except KeyboardInterrupt:
            raise NotEdited(
                _("{words} was interrupted; the code stays as it was.").format(words=words[0])
            ) from None
        except OSError as error:
            raise NotEdited(
                _("{words} cannot be started: {strerror}.").format(
                    words=words[0], strerror=error.strerror
                )
            ) from None
        if status:
            raise NotEdited(
                _("{words} ended with status {status}; the code stays as it was.").format(
                    words=words[0], status=status
                )
            )
        return _read(path)


def _read(path: Path) -> str:
    try:
        if os.path.getsize(path) > MOST_EDITED:
            raise NotEdited(
                _("That is more than {most_edited:,} bytes; the code stays as it was.").format(
                    most_edited=MOST_EDITED
                )
            )
        text = path.read_bytes().decode()
    except OSError as error:
        raise NotEdited(
            _("The file cannot be read: {strerror}.").format(strerror=error.strerror)
        ) from None
    except UnicodeDecodeError:
        raise NotEdited(_("The file is not UTF-8 text; the code stays as it was.")) from None
    return text.replace("\r\n", "\n")
