"""Modes, optimizers and training flags as the receiver knows them, and how they differ now."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.optimizers import HeldTensors, held_by
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.recording.evidence import Evidence, Modes

_grad_enabled = torch.is_grad_enabled
_inference_enabled = torch.is_inference_mode_enabled
_autocast_enabled = torch._C._is_any_autocast_enabled
_AUTOCAST_DEVICES = ("cpu", "cuda", "mps", "xpu", "hpu", "mtia", "maia", "privateuseone")
_PLAIN = {(grad, inference): Modes(grad, inference)
          for grad in (True, False) for inference in (True, False)}  # fmt: skip


class Conditions(NamedTuple):
    """What holds at a moment, whatever the values are."""

    modes: Modes
    training: dict[str, bool]
    held: dict[str, HeldTensors]
    """Of each optimizer with a name."""
    aliases: dict[str, str]


class RecordedConditions:
    """The conditions that were sent. Holds no tensor alive."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._sent = Conditions(Modes(), {}, {}, {})

    def now(self, scope: Scope) -> Conditions:
        """Those of this moment; what has not changed is what was sent."""
        held = self._held(scope.optimizers)
        return Conditions(modes_now(), scope.training, held, scope.aliases)

    def difference(self, now: Conditions) -> Evidence | None:
        """What has changed; None: nothing."""
        sent = self._sent
        if now == sent:
            return None
        named = now.training.keys() | now.held.keys() | now.aliases.keys()
        gone = [name for name in (*sent.training, *sent.held, *sent.aliases) if name not in named]
        changed = {
            name: each.record
            for name, each in now.held.items()
            if (known := sent.held.get(name)) is None or known.record != each.record
        }
        training = {
            name: trains
            for name, trains in now.training.items()
            if sent.training.get(name) is not trains
        }
        modes = None if now.modes == sent.modes else now.modes
        aliases = {
            name: other for name, other in now.aliases.items() if sent.aliases.get(name) != other
        }
        return Evidence(modes, changed, training, tuple(gone), aliases=aliases)

    def commit(self, now: Conditions) -> None:
        """The difference was sent."""
        self._sent = now

    def _held(self, optimizers: dict[str, Any]) -> dict[str, HeldTensors]:
        found: dict[str, HeldTensors] = {}
        for name, optimizer in optimizers.items():
            values = held_by(optimizer)
            known = self._sent.held.get(name)
            if known is None or not known.is_still(optimizer, values):
                known = HeldTensors(optimizer, values, self._identities)
            found[name] = known
        return found


def modes_now() -> Modes:
    """The modes of this thread."""
    if not _autocast_enabled():
        return _PLAIN[_grad_enabled(), _inference_enabled()]
    return Modes(_grad_enabled(), _inference_enabled(), tuple(_autocast_devices()))


def _autocast_devices() -> list[str]:
    found = []
    for device in _AUTOCAST_DEVICES:
        try:
            if torch.is_autocast_enabled(device):
                found.append(f"{device} {torch.get_autocast_dtype(device)}")
        except (RuntimeError, TypeError):  # a device that this torch does not know
            continue
    return found
