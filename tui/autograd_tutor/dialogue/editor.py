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

NO_EDITOR = (
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
        raise NotEdited(f"EDITOR cannot be read: {error}.") from None
    if not words:
        raise NotEdited(NO_EDITOR)
    with tempfile.TemporaryDirectory(prefix="autograd-tutor-") as folder:
        path = Path(folder) / "step.py"
        path.write_text(code, encoding="utf-8")
        sys.stdout.flush()
        try:
            status = subprocess.run([*words, str(path)], check=False).returncode
        except KeyboardInterrupt:
            raise NotEdited(f"{words[0]} was interrupted; the code stays as it was.") from None
        except OSError as error:
            raise NotEdited(f"{words[0]} cannot be started: {error.strerror}.") from None
        if status:
            raise NotEdited(f"{words[0]} ended with status {status}; the code stays as it was.")
        return _read(path)


def _read(path: Path) -> str:
    try:
        if os.path.getsize(path) > MOST_EDITED:
            raise NotEdited(f"That is more than {MOST_EDITED:,} bytes; the code stays as it was.")
        text = path.read_bytes().decode()
    except OSError as error:
        raise NotEdited(f"The file cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise NotEdited("The file is not UTF-8 text; the code stays as it was.") from None
    return text.replace("\r\n", "\n")
