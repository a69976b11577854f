"""Correct scripts, in each style that people write: nothing is found in them but a note or two."""

from __future__ import annotations

from pathlib import Path

import pytest
from diagnosed import BEGIN
from recorded import Record

from autograd_tutor.analysis.diagnosis.diagnose import diagnose

SCRIPTS = sorted(Path(__file__).with_name("right").glob("*.py"))
MOST_NOTES = 2


@pytest.mark.filterwarnings("default")  # as in the run of a script
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_nothing_is_found_in_a_correct_script(record: Record, path: Path) -> None:
    recorded = record(BEGIN + path.read_text())
    assert recorded.result.ok
    assert not recorded.result.truncated
    found = diagnose(recorded.recording)
    assert [each for each in found if each.certainty != "note"] == []
    assert len(found) <= MOST_NOTES
