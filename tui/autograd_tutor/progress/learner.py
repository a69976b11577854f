"""What is known in memory, and the thread that reads and writes its file."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from autograd_tutor.limits.lessons import (
    MOST_PROGRESS_SECONDS,
    PROGRESS_CLOSE_SECONDS,
    PROGRESS_RETRY_SECONDS,
)
from autograd_tutor.messages import _
from autograd_tutor.progress.damage import rescue, set_aside
from autograd_tutor.progress.file import (
    FILE_NAME,
    STATE_VARIABLE,
    Damaged,
    File,
    Identity,
    Unusable,
    identity,
    state_folder,
    unusable,
)
from autograd_tutor.progress.known import Known

_DAMAGED = _("The saved progress was damaged; it is now {path}.")
_RESCUED = _(" What could be read of it is kept.")
_GONE = _("The saved progress was moved or removed; what is known here is saved again.")
_SILENCE_SECONDS = PROGRESS_RETRY_SECONDS
_ANOTHER = (-1, -1)
"""No file's identity."""

_WORKS = _("Progress is saved again.")


class Keeper:
    """Keeps what is known in a file. Nothing here raises because of the file, or waits for it.

    The file belongs to a thread of its own. What it cannot write, it tries again, every
    PROGRESS_RETRY_SECONDS and at the end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Condition()
        """Of all that follows up to the thread; never held while something is read or written."""
        self._known, self._unsaved = Known(), Known()
        self._sitting = Known()
        """What changed since the start: to be written again into a file that is another one."""
        self._notice: str | None = None
        self._on_notice: Callable[[], object] | None = None
        self._reason: str | None = None
        """Why nothing can be saved at the moment."""
        self._asked = self._served = 0
        self._again = True
        """Whether the file is to be read."""
        self._closing = False
        self._began = math.inf
        """When the thread turned to the file; never, where it is not at it."""
        self._file: File | None = None
        self._found: Identity = None
        """What lay in the file's place when it was opened last."""
        self._used: Identity = None
        """The file that was read or written last."""
        self._thread = threading.Thread(target=self._serve, name="progress", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """Read the progress in `folder` (default: the learner's state folder)."""
        progress = cls((folder or state_folder()) / FILE_NAME)
        progress.refresh()
        return progress

    # What the screens know of it

    @property
    def notice(self) -> str | None:
        """A sentence for the learner, where something has happened to the file."""
        return self._notice

    @property
    def unsaved(self) -> str | None:
        """Why something is not saved, if anything is not."""
        with self._lock:
            return (self._reason or self._silent) if self._unsaved else None

    @property
    def failure(self) -> str | None:
        """Why the file cannot be used at the moment, if it cannot."""
        with self._lock:
            return self._reason

    def take_notice(self) -> str:
        """The sentence for the learner, once."""
        with self._lock:
            notice, self._notice = self._notice or "", None
        return notice

    def attach(self, on_notice: Callable[[], object] | None) -> None:
        """Call this on the thread when a notice has come up later."""
        with self._lock:
            self._on_notice = on_notice

    # What has the thread turn to the file

    def refresh(self) -> None:
        """Take in what other terminals have written since, if that comes in time."""
        with self._lock:
            self._again = True
        if not self._ask(2 * MOST_PROGRESS_SECONDS):
            with self._lock:
                self._fail(self._silent)

    def save(self, seconds: float = PROGRESS_CLOSE_SECONDS) -> bool:
        """Try to write what is unsaved now, and wait for it; whether that came in time."""
        return self._ask(seconds)

    def close(self) -> None:
        """Write what is still unwritten and let go of the file, if that comes in time."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self._thread.join(PROGRESS_CLOSE_SECONDS)

    def _ask(self, seconds: float) -> bool:
        with self._lock:
            self._asked += 1
            asked = self._asked
            self._lock.notify_all()
            return self._lock.wait_for(lambda: self._served >= asked, seconds)

    def _change(self, change: Known) -> None:
        self._known, self._unsaved, self._sitting = (
            each.updated(change) for each in (self._known, self._unsaved, self._sitting)
        )
        self._lock.notify_all()
        if self._reason is None and time.monotonic() - self._began > _SILENCE_SECONDS:
            self._fail(self._silent)

    @property
    def _silent(self) -> str:
        return _("{path} does not answer").format(path=self._path)

    # The thread

    def _serve(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(self._due, PROGRESS_RETRY_SECONDS if self._reason else None)
                asked, closing = self._asked, self._closing
                self._began = time.monotonic()
            self._attempt()
            if closing:
                self._let_go()
            with self._lock:
                self._began = math.inf
                self._served = asked
                self._lock.notify_all()
            if closing:
                return

    def _due(self) -> bool:
        """Whether to turn to the file at once. After a failure no change is a reason to."""
        changed = bool(self._unsaved) and self._reason is None
        return self._closing or changed or self._asked > self._served

    def _attempt(self) -> None:
        try:
            story = self._synchronise()
        except Unusable as error:
            self._let_go()
            with self._lock:
                self._fail(str(error))
        except Exception as error:  # noqa: BLE001  # the thread has to go on, whatever it was
            self._let_go()
            with self._lock:
                self._fail(f"{type(error).__name__}: {error} ({self._path})")
        else:
            with self._lock:
                self._works(story)

    def _synchronise(self) -> str:
        """Read and write what is due; returns what there is to say of it."""
        try:
            return self._exchange()
        except Damaged:
            aside = set_aside(self._path, self._found)
            self._let_go()
        rescued = rescue(aside) if aside is not None else Known()
        with self._lock:
            self._known = rescued.updated(self._known)
        try:
            self._exchange()
        except Damaged as error:
            raise unusable(self._path, _("it is damaged again")) from error
        return (
            _DAMAGED.format(path=aside) + (_RESCUED if rescued else "") if aside is not None else ""
        )

    def _exchange(self) -> str:
        self._have_open()
        assert self._file is not None
        replaced = self._used not in (None, self._file.identity)
        with self._lock:
            again, unsaved = self._again, self._unsaved
            known, changes = self._known, self._sitting if replaced else self._unsaved
        found = self._file.read() if again else known
        older = known.without(found)
        if older or changes:
            self._file.write(changes, older)
        self._used = self._file.identity
        with self._lock:
            self._again = self._again and not again
            self._unsaved = self._unsaved.after(unsaved)
            if again:
                self._known = older.updated(found).updated(changes).updated(self._unsaved)
        return _GONE if replaced else ""

    def _have_open(self) -> None:
        if self._file is not None:
            if not self._file.moved:
                return
            self._used = _ANOTHER
        self._let_go()
        if self._path.parts[0].startswith("~"):
            raise Unusable(
                _("no home folder is known; name a folder in {state_variable}").format(
                    state_variable=STATE_VARIABLE
                )
            )
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise unusable(self._path, error) from error
        self._found = identity(self._path)
        if self._found is None and self._used is not None:
            self._used = _ANOTHER  # a new file may get the number of the one that is gone
        self._file = File(self._path)
        self._found = self._file.identity
        with self._lock:
            self._again = True

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _fail(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self._say(
                _("Progress is not saved yet, only kept here: {reason}.").format(reason=reason)
            )

    def _works(self, story: str) -> None:
        failed, self._reason = self._reason, None
        if failed is not None and self._notice is not None:
            self._notice = None  # nobody has read that it failed
        elif failed is not None:
            story = story or _WORKS
        if story:
            self._say(story)

    def _say(self, notice: str) -> None:
        self._notice = notice
        if self._on_notice is not None:
            self._on_notice()
