"""The benchmarks that no other test runs."""

from __future__ import annotations

from bench import recording
from bench.measured import table


def test_the_size_of_a_recording_in_a_file() -> None:
    figure = recording.in_file()
    assert figure.ours is not None
    assert 100 < figure.ours < 1000
    assert recording.IN_FILE in table([figure])
