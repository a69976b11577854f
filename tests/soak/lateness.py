"""How long the threads of this process hold up one that only wants to run now and then."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

_TICK = 0.001


class Lateness:
    """A thread that wants to run every millisecond, as an event loop would; a context manager."""

    def __init__(self) -> None:
        self.most = 0.0
        """Seconds that it was late at most."""
        self.held = 0.0
        """The same without the time for which a thread waited for a processor: what other programs
        take is no fault of this one's."""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Lateness:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def _tick(self) -> None:
        waited = _waited()
        while not self._done.is_set():
            begin = time.monotonic()
            time.sleep(_TICK)
            late = time.monotonic() - begin - _TICK
            before, waited = waited, _waited()
            self.most = max(self.most, late)
            self.held = max(self.held, late - max(0.0, waited - before))


def _waited() -> float:
    """Seconds that the threads of this process have waited for a processor so far."""
    total = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        try:
            total += int(path.read_text().split()[1])
        except OSError:  # the thread has ended
            continue
    return total / 1e9
