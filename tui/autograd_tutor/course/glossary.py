"""The glossary: what the words of PyTorch and of the lessons mean.

`glossary.yaml` has the entries in English, `glossary.de.yaml` beside it those that there are in
German, and so on. An entry that a language lacks is there in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from autograd_tutor import language
from autograd_tutor.course.problem import nearest

_WORD = re.compile(r"[^\W\d_][\w.]*|\.[^\W\d_]\w*")
"""A name in code, with what it is an attribute of."""
_CODE = re.compile(r"`([^`]+)`")


class Entry(NamedTuple):
    """One term and what it means."""

    term: str
    """As PyTorch or the lessons write it, whatever the language."""
    short: str
    """One sentence. This and `more` are Markdown."""
    more: str
    also: tuple[str, ...] = ()
    """Other spellings."""
    code: bool = False
    """Whether it is an ordinary word, which is this term only where it stands as code."""
    example: str = ""
    """Lines of code; behind `# ` stands what Python prints for the expression."""
    see: tuple[str, ...] = ()
    """Other terms."""
    lesson: str = ""
    """The id of the lesson that explains it."""
    name: str = ""
    """The term in the language of the entry; `` where that is the term itself."""

    @property
    def title(self) -> str:
        """What it is called where it is shown."""
        if not self.name or self.name.casefold() == self.term.casefold():
            return self.name or self.term
        return f"{self.name} ({self.term})"

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that finds it."""
        return (self.term, *filter(None, (self.name,)), *self.also)


class Glossary:
    """The entries of one language, in the order of the file."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Sequence[Entry] = tuple(entries)
        self._found: dict[str, Entry] = {}
        for each in self.entries:
            for spelling in each.spellings:
                self._found.setdefault(folded(spelling), each)

    def find(self, text: str) -> Entry | None:
        """The entry of a term in any spelling, also of `x.grad` or `torch.no_grad()`."""
        whole = folded(text)
        last = whole.rpartition(".")[2]
        tries = (whole, f".{last}" if "." in whole else whole, last)
        return next((found for each in tries if (found := self._exact(each)) is not None), None)

    def _exact(self, text: str) -> Entry | None:
        return self._found.get(text) or self._found.get(text.removesuffix("s"))

    def nearest(self, text: str, others: Iterable[str] = ()) -> str | None:
        """The spelling, or the one of `others`, that was most likely meant."""
        names = [spelling for each in self.entries for spelling in each.spellings]
        return nearest(text, (*names, *others))

    def mentioned(self, markdown: str) -> list[Entry]:
        """The entries whose terms a text has, in the order of their first appearance."""
        places = {entry.term: (at, entry) for at, entry in reversed([*self._mentions(markdown)])}
        return [entry for _, entry in sorted(places.values(), key=lambda each: each[0])]

    def _mentions(self, markdown: str) -> Iterator[tuple[int, Entry]]:
        """Where a term stands: by place within prose, and within code."""
        found: list[tuple[int, Entry]] = []
        for code in _CODE.finditer(markdown):
            whole = self._exact(folded(code[1]))
            found += [(code.start(), whole)] if whole is not None else []
            for word in _WORD.finditer(code[1]):
                entry = self.find(word[0])
                found += [(code.start() + word.start(), entry)] if entry is not None else []
        prose = _CODE.sub(lambda code: " " * len(code[0]), markdown)
        for word in self._in_prose.finditer(re.sub(r"[\s-]", " ", prose.casefold())):
            entry = self._exact(word[0])
            found += [(word.start(), entry)] if entry is not None else []
        yield from sorted(found, key=lambda each: each[0])

    @cached_property
    def _in_prose(self) -> re.Pattern[str]:
        terms = [each for each in self.entries if not each.code]
        words = {folded(spelling) for each in terms for spelling in each.spellings}
        longest = sorted((each for each in words if each[0].isalpha()), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})s?(?!\w)")

    def matching(self, query: str) -> list[Entry]:
        """The entries with all words of a query; the nearer it is to a term's name, the earlier."""
        words = query.casefold().split()
        ranked: tuple[list[Entry], ...] = ([], [], [], [])
        for each in self.entries:
            names = [spelling.casefold() for spelling in each.spellings]
            if any(name.startswith(query.casefold()) for name in names[: 1 + bool(each.name)]):
                ranked[0].append(each)
            elif any(name.startswith(query.casefold()) for name in names):
                ranked[1].append(each)
            elif all(any(word in name for name in names) for word in words):
                ranked[2].append(each)
            elif all(word in f"{each.short} {' '.join(names)}".casefold() for word in words):
                ranked[3].append(each)
        return [each for rank in ranked for each in rank]


def folded(term: str) -> str:
    """A spelling without what does not matter: case, hyphens and blanks, arguments, namespaces.

    An underscore at the end stays: it makes another method of a name.
    """
    text = term.strip().strip("`").strip().casefold().rpartition("::")[2]
    text = text.partition("(")[0].partition("=")[0].strip()
    words = " ".join(re.split(r"[\s_-]+", text)).strip()
    return f"{words}_" if words and text.endswith("_") else words or text


def glossary(code: str | None = None) -> Glossary:
    """The glossary in a language, such as `de`; None: in the one that the program speaks."""
    codes = language.chosen() if code is None else (code,)
    return _glossary(next((each for each in codes if _file_of(each).is_file()), None))


@lru_cache(maxsize=4)
def _glossary(code: str | None) -> Glossary:
    english = {raw["term"]: raw for raw in _read(_file_of(None))}
    if code is not None:
        translated = {raw["term"]: raw for raw in _read(_file_of(code))}
        # Spellings of both languages find it: code is the same in all of them.
        english = {
            term: {**raw, **(own := translated.get(term, {})), "also": _also(raw) + _also(own)}
            for term, raw in english.items()
        }
    return Glossary(map(_entry, english.values()))


def _file_of(code: str | None) -> Path:
    return Path(__file__).with_name("glossary.yaml" if code is None else f"glossary.{code}.yaml")


def _read(path: Path) -> list[dict[str, Any]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return read


def _also(raw: Mapping[str, Any]) -> list[str]:
    return list(raw.get("also", ()))


def _entry(raw: Mapping[str, Any]) -> Entry:
    lists = {name: tuple(raw.get(name, ())) for name in ("also", "see")}
    return Entry(**{**raw, **lists})
