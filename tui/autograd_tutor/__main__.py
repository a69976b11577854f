"""The program's entry: opening a lesson right away, any other command by way of `cli`."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from autograd_tutor import environment, opening
from autograd_tutor.messages import _

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""

PIPE_CLOSED = 141
"""128 + SIGPIPE."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Of a device that is full, a quota that is used up, a file that is as long as it may be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if arguments is None:
        environment.begin_clean()
        arguments = sys.argv[1:]
    try:
        status = _run(arguments)
        if not _closed(sys.stdout):
            sys.stdout.flush()
    except opening.WrongUse as error:
        return opening.complain(str(error), opening.WRONG_USE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except MemoryError:
        return opening.complain(
            _("There is no memory left for the program itself."), opening.FAILED
        )
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _discard_output()
            reason = _("The output cannot be written: {strerror}.").format(strerror=error.strerror)
            return opening.complain(reason, opening.FAILED)
        # The last resort: nobody but us is helped by a traceback.
        if os.environ.get("AUTOGRAD_TUTOR_DEBUG"):
            raise
        return opening.complain(
            _(
                "A fault in the program itself: {name}: {error}\nSet "
                "AUTOGRAD_TUTOR_DEBUG=1 and run it again to see where; please report "
                "that."
            ).format(name=type(error).__name__, error=error),
            opening.FAILED,
        )
    return status


def _discard_output() -> None:
    """Whatever is still buffered would fail again when Python flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _closed(stream: object) -> bool:
    """Whether the program was started without this stream: `>&-`."""
    return stream is None


def _run(arguments: Sequence[str]) -> int:
    arguments = opening.choose_language(arguments, os.environ)
    request = opening.parse(arguments, os.environ)
    if request is not None:
        return opening.open_screen(request)
    from autograd_tutor import cli

    return cli.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
