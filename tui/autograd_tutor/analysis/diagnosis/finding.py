"""What a rule has found: which mistake, what proves it, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from autograd_tutor.recording.followed import Place

Certainty = Literal["finding", "suspicion", "note"]
"""`finding`: the recording proves it; `suspicion`: it fits, and may be meant or something else;
`note`: the pattern of a mistake, where it is most likely meant."""

Fact = str | int | float | Place


class Proof(NamedTuple):
    """A moment that proves a finding, to be jumped to."""

    step: int
    at: int
    """The snapshot in the step's trace."""
    line: int
    """The line of the step's code (from 1), of a moment in a pass the line that asked for it."""


class Mend(NamedTuple):
    """Lines of the script to be put in the place of others."""

    step: int
    first: int
    """The first line that goes (from 1)."""
    last: int
    """The last one; less than `first` where the code is put before `first` and nothing goes."""
    code: str


class Finding(NamedTuple):
    """One finding."""

    key: str
    """That of the catalogue: `zero-grad`."""
    proofs: tuple[Proof, ...]
    """In the order of the story; the last is where the mistake shows."""
    facts: Mapping[str, Fact] = {}
    """What the words speak of: names, numbers, lines as the file counts."""
    form: str = ""
    """Which form of the mistake it is, where the words differ."""
    certainty: Certainty = "finding"
    about: tuple[str, ...] = ()
    """The names of the tensors that it is about."""
    nodes: tuple[int, ...] = ()
    """And of nodes."""
    mark: Proof | None = None
    """The line to be marked: where the mistake is made. None: that of the last proof."""
    mend: Mend | None = None

    @property
    def spelled(self) -> str:
        """The key, with the form where there are several: `cut/detach`."""
        return f"{self.key}/{self.form}" if self.form else self.key

    @property
    def place(self) -> Proof:
        """The moment at whose line the mistake is made."""
        return self.proofs[-1] if self.mark is None else self.mark


Explained = tuple[str, dict[str, Fact], tuple[str, ...], Mend | None]
"""Of an error whose message says nearly all: form, facts, names and mend."""


def quoted(name: str) -> str:
    """A tensor as a sentence speaks of it, where it may have no name."""
    return f"`{name}`" if name else "the loss"


def of_step(findings: Iterable[Finding], step: int) -> list[Finding]:
    """Those that a moment of a step proves."""
    return [each for each in findings if any(proof.step == step for proof in each.proofs)]


def about(findings: Iterable[Finding], name: str) -> list[Finding]:
    """Those about a tensor, by its name or that of its `.grad`."""
    names = {name, name.removesuffix(".grad")}
    return [each for each in findings if not names.isdisjoint(each.about)]
