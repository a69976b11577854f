"""Every limit of the program in one place: how much is recorded, sent, read and shown."""

from __future__ import annotations

# What is recorded of a step (kernel)

# What goes over the wire, and into a file (recording, client)

# What is read of a lesson (course)

LARGEST_LESSON = 2**20
"""Bytes of the largest file that is read as a lesson; a real one has a hundredth of it."""

DEEPEST_YAML = 16
"""Levels of nesting that are read of a lesson's file, which needs five: more would be an attack."""

LARGEST_SEED = 2**32 - 1
"""The largest seed, which is what numpy.random.seed takes at most."""

MOST_PROBLEMS_SHOWN = 50
"""Problems of one file that are reported one by one; of further ones only their number is."""

MOST_PROBLEMS = 2000
"""Problems of one file that are stored until they are sorted; further ones are only counted."""

MOST_QUOTED_CHARACTERS = 40
"""Characters of a lesson's text that a message quotes, so that it stays one line."""

MOST_MATCHED_CHARACTERS = 100
"""Characters of a misspelt name that are compared with known ones, whose cost is quadratic."""

MOST_MESSAGE_CHARACTERS = 200
"""Characters of an error's message that `check` reports, so that a problem stays one line."""

MOST_SUMMARIES = 1024
"""Lessons whose summaries are remembered, so that a list parses only files that changed."""

MOST_PROGRESS_SECONDS = 0.5
"""Seconds to wait for another program that holds the progress file; afterwards no change waits."""

# What is worked out (analysis, formulas)

# What is shown (render, ui)

REPAINT_SECONDS = 0.1
"""Seconds between two repaints while a long step is being recorded: a slow line keeps up."""
