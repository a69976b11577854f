"""Snippets that send well-formed records without end, as if the recorder did."""

from __future__ import annotations

_FORGE = """\
import gc
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording import wire
from autograd_tutor.recording.model import Error, Node, Snapshot, StepResult
from autograd_tutor.recording.wire import encode
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
def moment(step=0, text="", tensors={}, values={}, gone=(), nodes=()):
    return encode(wire.SnapshotRecord(
        Snapshot(step, 1, "line", 1, 0, 0, "", text, tensors, values, gone, nodes, None)))
def result(step):
    return encode(wire.ResultRecord(StepResult(step, True, 1, 0, None, (), None, 0.0)))
def send(frame):
    while True: server._data.send_bytes(frame)
"""

_KINDS = {
    "small moments": "send(moment())",
    "long outputs": "send(moment(text='x' * 2**20))",
    "huge moments": "send(moment(text='x' * 2**24))",
    "moments with many values": "send(moment(values={str(n): '' for n in range(2000)}))",
    "moments with too many values": "send(moment(values={str(n): '' for n in range(100_000)}))",
    "names that are gone": "send(moment(gone=('x',) * 100_000))",
    "edges of nodes": "send(moment(nodes=(Node(1, 'A', ((1, 0),) * 10_000, None, 1, 0, False, "
    "None),)))",
    "a node with too many edges": "send(moment(nodes=(Node(1, 'A', ((1, 0),) * 300_000, None, 1, "
    "0, False, None),)))",
    "a text that is too long": "send(moment(values={'x': 'x' * (2**22 + 1)}))",
    "results again and again": "send(result(0))",
    "results of other steps": "send(result(7))",
    "moments of other steps": "send(moment(step=7))",
    "setups that failed": "send(encode(wire.SetupFailed(Error('E', '', 0, ''))))",
    "a frame that never ends": "send(wire.MAGIC + (2**25).to_bytes(4, 'big') + b'x' * 2**24)",
    "a frame that is too long": "send(wire.MAGIC + (2**31).to_bytes(4, 'big'))",
    "frames of nothing": "send(wire.MAGIC + (0).to_bytes(4, 'big'))",
}

FLOODS = {kind: _FORGE + code for kind, code in _KINDS.items()}
"""By what they send."""
