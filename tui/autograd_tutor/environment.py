"""Variables that make a Python do something else than it is asked to: not with this program.

`PYTHONPATH` brings a `sitecustomize` along that runs before the program, `PYTHONINSPECT` a prompt
after it, `PYTHONWARNINGS` makes errors of warnings. They are set aside under other names, for the
snippets: a run has the variables that the learner has.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_ASIDE = "AUTOGRAD_TUTOR_ASIDE_"
"""Before the name of a variable that is set aside."""

_HARMLESS = frozenset(
    "PYTHON" + name
    for name in (
        "HOME", "PLATLIBDIR", "EXECUTABLE", "USERBASE", "NOUSERSITE", "SAFEPATH", "PYCACHEPREFIX",
        "DONTWRITEBYTECODE", "UNBUFFERED", "IOENCODING", "COERCECLOCALE", "FAULTHANDLER",
        "HASHSEED", "STARTUP", "BREAKPOINT", "INTMAXSTRDIGITS", "NODEBUGRANGES",
    )
)  # fmt: skip
"""Where Python and its packages are, and what changes nothing in a program that is in order."""


def cleaned(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, those of Python set aside that are not harmless."""
    return {(_ASIDE if _unfit(name) else "") + name: text for name, text in variables.items()}


def begin_clean() -> None:
    """Begin this program anew without what it should not have inherited, if there is any.

    Modules that are in the learner's PYTHONPATH alone, torch maybe, are still found.
    """
    if any(map(_unfit, os.environ)) and sys.executable:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        command = (*boot("autograd_tutor.__main__"), *sys.argv[1:])
        os.execve(command[0], command, cleaned(os.environ))
    _find_last(os.environ.get(f"{_ASIDE}PYTHONPATH", ""))


def boot(module: str) -> tuple[str, ...]:
    """The command that calls `main` of a module of this very package, wherever it was found.

    Not with Python's -I: that would ignore PYTHONHASHSEED, too, and packages of the user.
    """
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import autograd_tutor; del sys.path[0]; "
        f"from {module} import main; sys.exit(main())"
    )
    return (
        sys.executable,
        "-P",
        "-c",
        code,
        os.path.dirname(os.path.dirname(os.path.realpath(__file__))),
    )


def give_back() -> None:
    """Have the learner's own variables again, in a Python that has begun without them."""
    for name in [name for name in os.environ if name.startswith(_ASIDE)]:
        os.environ[name.removeprefix(_ASIDE)] = os.environ.pop(name)
    _find_last(os.environ.get("PYTHONPATH", ""))


def aside(name: str) -> str:
    """What a variable of the learner's is called meanwhile."""
    return _ASIDE + name


def find_first(path: str) -> None:
    """Have modules found in the folders of a PYTHONPATH before all others, as in plain Python."""
    mine = folders_of(path)
    sys.path[:] = mine + [folder for folder in sys.path if folder not in mine]


def _find_last(path: str) -> None:
    sys.path += [folder for folder in folders_of(path) if folder not in sys.path]


def folders_of(path: str) -> list[str]:
    """Of a PYTHONPATH, where an empty one stands for the folder one is in."""
    names = path.split(os.pathsep) if path else []
    return list(dict.fromkeys(map(os.path.abspath, names)))


def _unfit(name: str) -> bool:
    return name.startswith("PYTHON") and name not in _HARMLESS
