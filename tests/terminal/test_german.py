"""A person whose locale is German opens the first lesson."""

from __future__ import annotations

import pytest

from terminal.conftest import Start

GERMAN = {"LC_ALL": "de_DE.UTF-8"}
PANES = ("Erklärung", "Code", "Tensoren", "Graph", "Gradienten")


def test_panes_keys_and_sentences_are_german(start: Start) -> None:
    terminal = start("parameters", **GERMAN)
    terminal.wait_for(lambda it: all(pane in it.text for pane in PANES))
    terminal.wait_for("Der Schritt beginnt: Noch ist keine seiner Zeilen gelaufen.")
    terminal.wait_for(lambda it: "weiter" in it.lines[-1] and "Hilfe" in it.lines[-1])
    assert "Schritt 1/" in terminal.lines[0]
    terminal.press("right", "right")
    terminal.wait_for("erzeugt `w` der Form (2, 2).")
    terminal.press("?")
    terminal.wait_for("Nächste Zeile, über Aufrufe hinweg; in backward() nächster Knoten")


@pytest.mark.parametrize("locale", ["C.UTF-8", "en_GB.UTF-8", "xx_XX.UTF-8"])
def test_what_is_not_translated_is_english(start: Start, locale: str) -> None:
    terminal = start("parameters", LC_ALL=locale)
    terminal.wait_for("The step begins: none of its lines has run yet.")
    assert "Explanation" in terminal.text
