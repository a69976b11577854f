"""What tests of the learner's progress share."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from autograd_tutor.progress import Progress

Opened = Callable[[Path], Progress]

FORMAT_1 = """
CREATE TABLE place (
  lesson TEXT PRIMARY KEY, step TEXT NOT NULL, position INTEGER NOT NULL, visit INTEGER NOT NULL
);
CREATE TABLE finished (lesson TEXT NOT NULL, step TEXT NOT NULL, PRIMARY KEY (lesson, step));
INSERT INTO place VALUES ('gradients', 'square', 3, 2), ('parameters', 'both', 1, 1);
INSERT INTO finished VALUES ('gradients', 'first');
PRAGMA user_version = 1;
"""


def wait_until(state: Callable[[], bool]) -> None:
    """Wait for what another thread brings about; pytest's own limit ends it."""
    while not state():
        time.sleep(0.002)


def holder(path: Path) -> sqlite3.Connection:
    """Another program in the midst of a transaction."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other
