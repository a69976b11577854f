"""A run that sends records without end is ended, and the reader's memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from floods import FLOODS
from process_session import Session

from autograd_tutor.client import step_bounds
from autograd_tutor.client.step_bounds import resident_bytes

MOST_GROWTH = 400 * 2**20
"""Bytes: several times the bounds of these tests, and a tenth of what the floods send."""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


@pytest.fixture(autouse=True)
def _small_bounds(monkeypatch: pytest.MonkeyPatch, session: Session) -> None:
    """They are soon reached. What earlier tests have received does not count."""
    session.events.clear()
    monkeypatch.setattr(step_bounds, "STEP_WIRE_BYTES", 40 * 2**20)
    monkeypatch.setattr(step_bounds, "INTERFACE_BYTES", 0)
    monkeypatch.setattr(step_bounds, "SPARE_BYTES", 100 * 2**20)


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_is_ended(session: Session, kind: str) -> None:
    before = resident_bytes()
    outcome = session.execute(FLOODS[kind], keep=True)
    assert session.ended(outcome.run).cause in ("flood", "protocol")
    assert resident_bytes() - before < MOST_GROWTH
    session.assert_works()
