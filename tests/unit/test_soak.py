"""The soak says what does not hold, makes it again alike, and ends in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

TESTS = Path(__file__).parents[1]

SCRIPT = """
import json, sys
from soak.trials import Measured, Part, carry_out

def trial(number, chance):
    if number == 3:
        raise ValueError("not so")
    return {"drawn, s": chance.random(), "done": 1}

if __name__ == "__main__":
    part = Part("some", 6, 1, trial, batch=2, most={"drawn, s": float(sys.argv[1])})
    outcome = carry_out(part, range(6), 7, float(sys.argv[2]), 2, lambda outcome: None)
    failures = sorted((each.number, each.why, each.again) for each in outcome.failures)
    print(json.dumps([outcome.done, sorted(outcome.measured["drawn, s"]), failures]))
"""
DRAWN = {number: Random(f"7:some:{number}").random() for number in range(6) if number != 3}


def soaked(
    folder: Path, most: float, minutes: float
) -> tuple[int, list[float], list[list[object]]]:
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(most), str(minutes)], check=True, text=True,
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    count, drawn, failures = json.loads(done.stdout)
    return count, drawn, failures


def test_a_trial_that_raises_is_named_and_the_others_are_made(tmp_path: Path) -> None:
    count, drawn, ((number, why, again),) = soaked(tmp_path, 1.0, 1.0)
    assert count == 6
    assert drawn == sorted(DRAWN.values())
    assert number == 3
    assert str(why).rstrip().endswith("ValueError: not so")
    assert again == 'make soak ARGS="--only some --seed 7 --item 3"'


def test_one_that_measures_too_much_has_failed(tmp_path: Path) -> None:
    most = sorted(DRAWN.values())[-2]
    _, _, failures = soaked(tmp_path, most, 1.0)
    largest = max(DRAWN, key=lambda number: DRAWN[number])
    assert [failure[0] for failure in failures] == sorted([3, largest])
    assert ["at most" in str(failure[1]) for failure in failures].count(True) == 1


def test_when_time_is_up_no_trial_begins(tmp_path: Path) -> None:
    assert soaked(tmp_path, 1.0, 0.0)[0] == 0


@pytest.fixture
def snippets(monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[str, str], ...]:
    monkeypatch.syspath_prepend(str(TESTS))
    from soak import hostile

    return hostile.snippets()


def test_its_snippets_are_programs_with_names_of_their_own(
    snippets: tuple[tuple[str, str], ...],
) -> None:
    assert len(dict(snippets)) == len(snippets) >= 100
    for name, code in snippets:
        compile(code, name, "exec")
