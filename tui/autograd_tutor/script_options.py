"""The options that say how a script is run, from words on the command line to values."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from autograd_tutor.course.asked import Asked, find_module
from autograd_tutor.limits.scripts import (
    ARGUMENT_CHARACTERS,
    DEVICE_CHARACTERS,
    LARGEST_SEED,
    MODULE_CHARACTERS,
    MOST_ARGUMENTS,
    MOST_COUNTED,
    MOST_FOLLOWED_NAMES,
    MOST_MEMORY,
    MOST_MOMENTS,
    MOST_SECONDS,
    MOST_THREADS,
)
from autograd_tutor.messages import _
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.window import Window, WindowKind
from autograd_tutor.wrong_use import WrongUse

_NEVER_FOLLOWED = ("torch", "autograd_tutor", "__main__")


def asked(
    given: Mapping[str, str], arguments: Sequence[str], target: str | None
) -> tuple[str, Asked]:
    """The target, and what is asked of it.

    `given`: options as they were typed, with their texts; `arguments`: those of the script.
    Raises WrongUse, and CourseError where there is no such module.
    """
    module = given.get("--module", "")
    if module and target is not None:
        raise WrongUse(
            _("--module {module} is what runs, so {target} cannot be: leave one out").format(
                module=module, target=target
            )
        )
    if "--module" not in given and target is None:
        option = next(iter(given), "--")
        raise WrongUse(_("{option} needs a script: name its file").format(option=option))
    if len(arguments) > MOST_ARGUMENTS or max(map(len, arguments), default=0) > ARGUMENT_CHARACTERS:
        raise WrongUse(
            _("a script gets at most {most:,} arguments of {characters:,} characters").format(
                most=MOST_ARGUMENTS, characters=ARGUMENT_CHARACTERS
            )
        )
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise WrongUse(
                _("a script gets arguments in UTF-8 only, not {argument!a}").format(
                    argument=argument
                )
            ) from None
    if "--module" in given:
        path, module = find_module(module)
        target = os.fspath(path)
    assert target is not None
    seconds = _number(given, "--seconds", MOST_SECONDS, _("seconds"))
    return target, Asked(
        option=next(iter(given), "--" if arguments else ""),
        invocation=Invocation(
            tuple(arguments),
            module,
            _count(given, "--threads", 1, MOST_THREADS) or 1,
            _device(given),
            _window(given),
            _follow(given),
        ),
        seconds=seconds,
        moments=_count(given, "--moments", 1, MOST_MOMENTS),
        memory=_count(given, "--memory", 1, MOST_MEMORY, _("MiB")),
        seed=_count(given, "--seed", 0, LARGEST_SEED),
    )


def _follow(given: Mapping[str, str]) -> tuple[str, ...]:
    """The modules and packages whose functions are stepped into. Raises WrongUse."""
    text = given.get("--follow")
    names = tuple(dict.fromkeys(text.split(","))) if text is not None else ()
    for name in names:
        plain = all(map(str.isidentifier, name.split("."))) and not name.endswith(".py")
        if not plain or len(name) > MODULE_CHARACTERS:
            text = _("--follow needs the name of a module or package, as pkg.net, not {name!a}")
            raise WrongUse(text.format(name=name))
        if name.partition(".")[0] in _NEVER_FOLLOWED:
            text = _("--follow is for modules of your own: {name} cannot be stepped into")
            raise WrongUse(text.format(name=name))
    if len(names) > MOST_FOLLOWED_NAMES:
        raise WrongUse(_("--follow takes at most {most} names").format(most=MOST_FOLLOWED_NAMES))
    return names


def _window(given: Mapping[str, str]) -> Window:
    """Which part is recorded. Raises WrongUse."""
    kind, first = _place(given, "--from")
    last_kind, last = _place(given, "--to")
    if kind and last_kind and kind != last_kind:
        raise WrongUse(
            _("--from {first} and --to {last} have to be of one kind").format(
                first=given["--from"], last=given["--to"]
            )
        )
    if last and last < first:
        raise WrongUse(_("--to comes before --from: {last}").format(last=given["--to"]))
    every = _count(given, "--every", 1, MOST_COUNTED) or 1
    return Window(kind or last_kind, first or (1 if last else 0), last, every)


def _place(given: Mapping[str, str], option: str) -> tuple[WindowKind, int]:
    """What is counted, and how far: `12` is a line, `turn:300` a turn, `pass:5` a pass."""
    text = given.get(option)
    if text is None:
        return "", 0
    name, colon, number = text.rpartition(":")
    kinds: dict[str, WindowKind] = {"turn": "turn", "pass": "pass", "line": "line"}
    kind = kinds.get(name) if colon else "line"
    digits = number.isascii() and number.isdigit() and len(number) <= len(str(MOST_COUNTED))
    if kind and digits and 0 < int(number) <= MOST_COUNTED:
        return kind, int(number)
    raise WrongUse(
        _("{option} needs a place, as 12 (a line), turn:300 or pass:5, not {text!a}").format(
            option=option, text=text
        )
    )


def _number(given: Mapping[str, str], option: str, most: float, unit: str) -> float | None:
    text = given.get(option)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if 0 < number <= most:
        return number
    raise WrongUse(
        _("{option} needs a number of {unit} over 0 and up to {most:,.0f}, not {text!a}").format(
            option=option, unit=unit, most=most, text=text
        )
    )


def _count(
    given: Mapping[str, str], option: str, least: int, most: int, unit: str = ""
) -> int | None:
    text = given.get(option)
    if text is None:
        return None
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if digits and least <= int(text) <= most:
        return int(text)
    raise WrongUse(
        _("{option} needs a whole number from {least} to {most:,}{unit}, not {text!a}").format(
            option=option, least=least, most=most, unit=f" {unit}" if unit else "", text=text
        )
    )


def _device(given: Mapping[str, str]) -> str:
    name = given.get("--device")
    if name is None:
        return ""
    kind, colon, number = name.partition(":")
    numbered = not colon or (number.isascii() and number.isdigit())
    if kind.isascii() and kind.isidentifier() and numbered and len(name) <= DEVICE_CHARACTERS:
        return name
    raise WrongUse(
        _("--device needs the name of a device, as cpu, cuda or cuda:1, not {name!a}").format(
            name=name
        )
    )
