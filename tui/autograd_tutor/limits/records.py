"""What goes over the wire and into a file, and what the client takes of it."""

from __future__ import annotations

from autograd_tutor.limits.kernel import GRACE_SECONDS, IMPORT_SECONDS, STEP_SENT_BYTES

MAX_FRAME = 64 * 2**20
"""Bytes of one message: no snapshot that the recorder takes comes near."""

RECORD_BYTES = 8 * 2**20
"""Bytes of one record. To find where its parts begin takes 2 ns for each value in it, and holds up
all threads: a forged one of single bytes takes 16 ms."""

SNAPSHOT_NAMES = 10_000
"""Tensors, other values, or names that are gone, of one snapshot: of the recorder's there are about
2,000, 4,000 and 6,000."""

MOST_MOMENTS_OF_LESSON = 10_000
"""Snapshots of a step; scripts may be given more."""

RECORD_NODES = 100_000
"""Nodes in one snapshot: as many as a step of a lesson may add."""

RECORD_SAVED = 1_000
"""Saved values of one node: the recorder has at most twice MOST_SAVED_VALUES."""

LINE_WARNINGS = 100
"""Different warnings of one line that are recorded."""

LINE_CALLS = 20
"""Optimizers and modules whose `step` or `zero_grad` one line has called that are recorded."""

MOST_AUTOCAST = 16
"""Kinds of devices whose autocast is on."""

RECORD_PIECE = 2**16
"""Bytes of a record that are decoded in one go, within 3 ms, texts and elements apart."""

RECORD_DEPTH = 32
"""Levels of records that are decoded one by one: of MAX_GRADS gradients each is one."""

LESSON_ITEMS = 10_000
"""Steps of a lesson, and names or expressions of a step, in a recording."""

PLOTTED_POINTS = 10_000
"""Points of a function in a recording; the recorder makes PLOT_POINTS and MOST_TANGENTS."""

SHAPE_ITEMS = 1_000
"""Dimensions of a tensor."""

MOST_WRAPPERS = 16
"""Transforms of `torch.func` inside of each other whose tensors are read; people nest 2 or 3."""

HISTOGRAM_BINS = 1_000
"""Bins of a histogram; the recorder makes 16."""

MAX_GRADS = 16
"""A gradient has a gradient, and so on: how often, at most. The recorder sends fewer; readers may
recurse over what is left."""

NESTED_LISTS = 10_000
"""An empty tensor may still have a billion rows: no nested list of more lists than this."""

ANSWER_SECONDS = 10.0
"""Seconds after which a kernel that does not answer is ended, or one that does not end a run. It
does nothing that takes a tenth of that, but the machine may be busy."""

LATE_SECONDS = GRACE_SECONDS + IMPORT_SECONDS + ANSWER_SECONDS
"""Seconds over its time after which the client ends a step that the kernel should have ended."""

STEP_WIRE_BYTES = STEP_SENT_BYTES + 3 * RECORD_BYTES
"""Bytes that a run may send for one step: when the recorder has reached its own bound, at most a
line, the error that it raised, and the step's end follow."""

SPARE_RECORDS = 16
"""Records of a step beyond its snapshots: its result, and those that the recorder owes anyway."""

SNAPSHOT_PARTS = 16_500
"""Names in one snapshot that arrives, which the application takes in at one go: the recorder has
MOST_TENSORS, and thrice MOST_VALUES with modules and whether these train, once as they are and once
as they go."""

SWITCH_SECONDS = 0.001
"""Seconds after which a thread of the interface that decodes lets another one have its turn: a key
takes several turns, and Python's own 5 ms would add up."""

INTERFACE_BYTES = 1024 * 2**20
"""Bytes of memory of the interface, about 60 MiB without recordings, beyond which it takes in no
more of a run: what is decoded can take twenty times what was sent."""

SPARE_BYTES = 64 * 2**20
"""Bytes of memory that each run may take in any case: what earlier ones took may come back late."""

INTERFACE_DATA = 4 * 2**30
"""Bytes of data that the system gives to the interface at all, the stacks of its threads among
them: the last resort, at which it ends with a word."""

BATCH_WEIGHT = 4_000
"""Entries that the application takes in at once, at 1 to 2 µs each: keys wait so long at most."""

MOST_WAITING = 400_000
"""Entries that wait for the application, about half a second of its work; from so many on, the run
that sends them waits."""

CLOSE_SECONDS = 1.0
"""How long a kernel may take to end by itself."""

KERNEL_STDERR = 8 * 1024
"""Bytes of what a kernel wrote last to its standard error, for the reason why it was lost."""

KERNEL_STDERR_LINE = 200
"""Characters of the last line of that, in a sentence."""

RECORDING_BYTES = 512 * 2**20
"""Bytes of a recording's frames before they are compressed: a small file can stand for a large
one. The recorder stops a step at half of that."""

RECORDING_PARTS = 4_000_000
"""Tensors, nodes, names and the like in a recording: each takes a hundred bytes or more of memory,
and may take two in the file."""

RECORDED_DIMENSIONS = 64
"""Dimensions of a tensor with recorded elements, as numpy has it."""

RECORDED_EDGES = 4_000
"""Elements in the edges of a large tensor; the recorder has no more printed."""

RECORDED_NAME = 20_000
"""Characters of a name: the recorder cuts each part of `a.b["c"]` at 120."""

FILE_NAME = 4_000
"""Characters of the name of a lesson's file: 255 bytes are usual, which may all be escaped."""

FOLLOWED_NAME = 255
"""Characters of the name of a file that is followed, without its folders: no system has more."""

RECORDED_TEXT = 4 * 2**20
"""Characters of any other text: an output, a traceback, a tensor as it is printed."""

RECORDED_ELEMENTS = 16 * RECORDED_EDGES
"""Bytes of the elements of a tensor: of complex numbers each has 16."""

FLAW_CHARACTERS = 160
"""Characters of what is wrong with a file: a decoder quotes what it cannot read."""

RECORDED_LESSON = 2**20
"""Characters of all texts of the lesson in a recording, with the code that was run instead."""

MOST_FOLLOWED = 32
"""Files of other modules that a step steps into: what is shown is read by people."""

RECORDED_DEPTH = 1_000_000
"""Calls inside of each other."""
