"""What the calls of a line have done: which tensors an optimizer's step has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from autograd_tutor.kernel.change import Change
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.readings import MemoryReading, Reading
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.watched_calls import Calls, version_of
from autograd_tutor.recording.evidence import Cleared, Evidence, Stepped


def with_calls(
    called: Calls,
    scope: Scope,
    change: Change,
    before: Mapping[str, Reading],
    identities: Identities,
) -> Evidence | None:
    """The evidence of a change, with what its line has called; `before`: what was sent before."""
    stepped: list[Stepped] = []
    cleared: list[Cleared] = []
    edited = set(_edited(change, before))
    for call in called.running:
        call.edited.update(edited)
    if not called.ended:
        return change.evidence
    for call in called.ended:
        name = scope.owner_name(call.owner)
        held: list[int] = []
        changed: list[int] = []
        for reference, version in call.held:
            tensor = reference()
            if tensor is None:
                continue
            number = identities.number_of(tensor)
            held.append(number)
            if number in edited or number in call.edited or version_of(tensor) != version:
                changed.append(number)
        if call.steps:
            stepped.append(Stepped(name, tuple(held), tuple(changed), call.calls))
        else:
            cleared.append(Cleared(name, tuple(held), call.calls))
    return replace(change.evidence or Evidence(), stepped=tuple(stepped), cleared=tuple(cleared))


def _edited(change: Change, before: Mapping[str, Reading]) -> Iterator[int]:
    """Tensors whose elements have changed, whether or not torch has counted that: `p.data` is not.

    By their identity. Of a tensor that can be read through a record only, versions have to do.
    """
    for name in change.tensors:
        reading, earlier = change.readings.get(name), before.get(name)
        if not (isinstance(reading, MemoryReading) and isinstance(earlier, MemoryReading)):
            continue
        same = reading.identity is not None and reading.identity == earlier.identity
        if same and reading.content != earlier.content:
            yield reading.identity  # type: ignore[misc]
