"""The names that a lesson watches come first."""

from __future__ import annotations

from autograd_tutor.analysis.watch import is_watched, sort_watched


def test_watched_names_and_what_they_hold_come_first() -> None:
    names = ["a", "net.b", "ws[0]", "ws[1]", "w", "net.a", "network"]
    assert sort_watched(names, ["ws", "net", "w", "none"]) == [
        "ws[0]",
        "ws[1]",
        "net.b",
        "net.a",
        "w",
        "a",
        "network",
    ]
    assert sort_watched(names, []) == names
    assert sort_watched(names, ["w", "w", "ws[1]"])[:2] == ["w", "ws[1]"]


def test_a_name_that_begins_alike_is_not_watched() -> None:
    assert is_watched("net.a", ["net"])
    assert not is_watched("network", ["net"])
