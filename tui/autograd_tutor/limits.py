"""Every limit of the program in one place: how much is recorded, sent, read and shown."""

from __future__ import annotations

# What is recorded of a step (kernel)

# What goes over the wire, and into a file (recording, client)

# What is read of a lesson (course)

# What is worked out (analysis, formulas)

# What is shown (render, ui)
