"""Every limit of the program in one place: how much is recorded, sent, read and shown."""

from __future__ import annotations

# What is recorded of a step (kernel)

# What goes over the wire, and into a file (recording, client)

# What is read of a lesson (course)

# What is worked out (analysis, formulas)

MOST_ADDED = 50_000
"""Numbers that are added to see whether a gradient is their sum: more take longer than a key may.
"""

MOST_BLOCK_ROWS = 128
"""Rows of a block that is looked for as a repeat: the search takes time for each size."""

LEAST_REPEATS = 3
"""Times that a block stands in a row before it can be folded: two are easily read in full."""

LEAST_FOLDED_ROWS = 12
"""Rows that folding a repeat hides at least: of fewer, the fold would hide more than it helps."""

# What is shown (render, ui)

MOST_PARTS = 8
"""Gradients that arrive at a node and are listed: a leaf may be used 100,000 times."""

MOST_LISTED = 6
"""Names in a sentence: further ones are counted. A single one more is named, as short as a count.
"""

MOST_GRAD_LINES = 3
"""Lines of each `.grad` inside a pass, where the node needs the room; outside they are all shown.
"""

MOST_SENTENCE_NUMBERS = 100
"""Characters of a tensor's elements in a sentence."""

MOST_COMPLEX_CHARACTERS = 200
"""Characters of the few complex numbers that are written out: MOST_ELEMENTS have room in them."""

MOST_OUTPUT_ROWS = 500
"""Last lines of what a step printed that the code pane shows."""

MOST_LANE_CELLS = 400
"""Cells that the lanes of a graph take in a row: nobody can follow more of them."""

MOST_TREE_LEVELS = 8
"""Levels that a tree is indented by: deeper rows say how deep they are."""

MOST_BLOCK_NAMES = 3
"""Operations that a folded repeat names."""
