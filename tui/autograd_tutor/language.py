"""Which languages the learner reads, and which one a translation's file is in.

Lessons are written in English. Nothing here opens a file, and no file is looked for where English
is what is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_CODES = 8
"""Languages that are looked for, one after the other."""

_SUFFIX = ".yaml"
_ENGLISH = ("en", "C", "POSIX")
_chosen: tuple[str, ...] = ()


def use(codes: tuple[str, ...]) -> None:
    """Show everything in the first of these languages that it is there in; else in English."""
    global _chosen
    _chosen = codes


def chosen() -> tuple[str, ...]:
    """The languages to look for, the best first: `de_AT`, `de`. None: English."""
    return _chosen


def of_environment(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The languages of the locale, as GNU's programs find them.

    `LANGUAGE` is a list, and counts only where there is a locale.
    """
    named = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next((value for value in named if value), "C")
    if locale in _ENGLISH:
        return ()
    return codes_of(environment.get("LANGUAGE") or locale)


def codes_of(names: str) -> tuple[str, ...]:
    """The codes to look for: `de_AT.UTF-8` gives `de_AT`, `de`; `fr:de` gives both, in order.

    What comes after English is not looked for; what is no name of a language is left out.
    """
    found: list[str] = []
    for name in names.split(":"):
        code = code_of(name)
        if code.partition("_")[0] in _ENGLISH:
            break
        found += [code, code.partition("_")[0]] if code else []
    return tuple(dict.fromkeys(found))[:MOST_CODES]


def code_of(name: str) -> str:
    """The code in the name of a locale: `de_AT.UTF-8@euro` gives `de_AT`, and so does `de-at`.

    `` where it is none.
    """
    bare = name.partition(".")[0].partition("@")[0]
    if bare in _ENGLISH:
        return bare
    language, *rest = bare.replace("-", "_").split("_")
    if not _is_word(language, 2, 3) or len(rest) > 1:
        return ""
    if not rest:
        return language.lower()
    region = rest[0].upper() if len(rest[0]) == 2 else rest[0].title()
    return f"{language.lower()}_{region}" if _is_word(region, 2, 4) else ""


def code_in(name: str) -> str:
    """The code of a language in a file's name: `01-parameters.de.yaml` gives `de`; `` for none.

    It is that of a translation if there is an original beside it.
    """
    stem, _, code = name.removesuffix(_SUFFIX).rpartition(".")
    known = stem and name.endswith(_SUFFIX) and code_of(code) == code and code not in _ENGLISH
    return code if known else ""


def original_name(name: str) -> str:
    """The name without its code: that of the lesson that a translation belongs to."""
    code = code_in(name)
    return f"{name.removesuffix(f'.{code}{_SUFFIX}')}{_SUFFIX}" if code else name


def translated_name(name: str, code: str) -> str:
    """The name of the translation of a lesson's file: `01-parameters.yaml`, `de`."""
    return f"{name.removesuffix(_SUFFIX)}.{code}{_SUFFIX}"


def _is_word(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isalpha() and least <= len(text) <= most
