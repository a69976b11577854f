"""Every limit of the program in one place: how much is recorded, sent, read and shown."""

from __future__ import annotations

# What is recorded of a step (kernel)

RAW_ELEMENTS = 1000
"""Tensors of up to this many elements carry their numbers, larger ones a summary."""

# What goes over the wire, and into a file (recording, client)

MAX_FRAME = 64 * 2**20
"""Bytes of one message: no snapshot that the recorder takes comes near."""

SNAPSHOT_NAMES = 100_000
"""Tensors, other values, or names that are gone, of one snapshot: the recorder sends 2,000."""

RECORD_ITEMS = 1_000_000
"""Items of any other list in a record: nodes, their edges, gradients, passes."""

LESSON_ITEMS = 10_000
"""Steps of a lesson, and names or expressions of a step, in a recording."""

SHAPE_ITEMS = 1_000
"""Dimensions of a tensor."""

HISTOGRAM_BINS = 1_000
"""Bins of a histogram; the recorder makes 16."""

MAX_GRADS = 16
"""A gradient has a gradient, and so on: how often, at most. The recorder sends fewer; readers may
recurse over what is left."""

NESTED_LISTS = 10_000
"""An empty tensor may still have a billion rows: no nested list of more lists than this."""

CLOSE_SECONDS = 1.0
"""How long a kernel may take to end by itself."""

KERNEL_STDERR = 8 * 1024
"""Bytes of what a kernel wrote last to its standard error, for the reason why it was lost."""

RECORDING_BYTES = 512 * 2**20
"""Bytes of a recording's frames before they are compressed: a small file can stand for a large
one. The recorder stops a step at half of that."""

RECORDING_FRAME = 32 * 2**20
"""Bytes of one record in a file: what is read from one takes up to twenty times that in memory,
and the recorder sends no more than 8 MiB of elements at once."""

RECORDING_PARTS = 4_000_000
"""Tensors, nodes, names and the like in a recording: each takes a hundred bytes or more of memory,
and may take two in the file."""

RECORDED_DIMENSIONS = 64
"""Dimensions of a tensor with recorded elements, as numpy has it."""

RECORDED_EDGES = 4_000
"""Elements in the edges of a large tensor; the recorder has no more printed."""

RECORDED_NAME = 20_000
"""Characters of a name: the recorder cuts each part of `a.b["c"]` at 120."""

RECORDED_TEXT = 4 * 2**20
"""Characters of any other text: an output, a traceback, a tensor as it is printed."""

FLAW_CHARACTERS = 160
"""Characters of what is wrong with a file: a decoder quotes what it cannot read."""

RECORDED_DEPTH = 1_000_000
"""Calls inside of each other."""

# What is read of a lesson (course)

# What is worked out (analysis, formulas)

# What is shown (render, ui)
