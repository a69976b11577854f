"""Every limit of the program in one place: how much is recorded, sent, read and shown."""

from __future__ import annotations

# What is recorded of a step (kernel)

# What goes over the wire, and into a file (recording, client)

# What is read of a lesson (course)

# What is worked out (analysis, formulas)

MOST_ELEMENTS = 6
"""Elements of a tensor that is written out: a formula with more numbers could not be read."""

MOST_CHECKED = 1_000
"""Elements of a saved tensor that a condition (`result == 0`) is asked of: some milliseconds."""

LONGEST_SETTING = 120
"""Characters of a saved number or tuple: deeper nesting and more digits are nothing torch keeps."""

# What is shown (render, ui)
