"""What is read of a lesson, and of the learner's progress."""

from __future__ import annotations

LARGEST_LESSON = 256 * 2**10
"""Bytes of the largest lesson or script that is read; a real one has a twentieth of it."""

LARGEST_SUBMISSION = 64 * 2**10
"""Bytes of the largest file that is graded; exercises take some hundred."""

MOST_OUTPUT_CHARACTERS = 500
"""Characters of what a graded file has printed that are reported."""

READ_SECONDS = 5.0
"""Seconds that reading a lesson may take: Python itself takes 90 for one f-string of 786 KB. Files
of the largest size with ordinary code take half a second."""

LEFT_OFF_SECONDS = 2.0
"""Seconds that the lesson which was open last may take, before the list opens in its place."""

LIST_SECONDS = 20.0
"""Seconds that a list takes at most to read the files that it does not know yet."""

READ_MEMORY = 512 * 2**20
"""Bytes of memory that reading a lesson may take; the interpreter's own are among them."""

READER_MEMORY = 128 * 2**20
"""Bytes of memory up to which the process that reads is kept for the next file."""

READER_START_SECONDS = 30.0
"""Seconds that this process has to start, on a machine that is busy with other things."""

SUMMARIES_BYTES = 8 * 2**20
"""Bytes of the file in which summaries are kept: more take longer to read than a key may."""

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

MOST_PROBLEM_CHARACTERS = 500
"""Characters of what is wrong with a lesson, and of how to mend it: a file can quote megabytes."""

MOST_MATCHED_CHARACTERS = 100
"""Characters of a misspelt name that are compared with known ones, whose cost is quadratic."""

MOST_MESSAGE_CHARACTERS = 300
"""Characters of an error's message that `check` reports, so that a problem stays one line: what
torch says of a tensor changed in place comes to its point after 240."""

MOST_PROGRESS_SECONDS, PROGRESS_CLOSE_SECONDS, PROGRESS_RETRY_SECONDS = 0.5, 2.0, 5.0
"""Seconds to wait for another program that holds the progress file; at the end, for its disk; and
until a write that failed is tried again, one that hangs is reported."""

MOST_HITS = 200
"""Lessons and steps that a search lists: nobody reads more, and every key makes the list anew."""

PHRASE_BEFORE, PHRASE_CHARACTERS = 16, 160
"""Characters of a step's text before the word that was found, and in all."""

COMPARED_NODES = 400
"""Nodes of a graph up to which two are compared node by node: that takes their product."""

KEY_SECONDS = 2.0
"""Seconds that a key waits for what the one before it does: a screen that opens, say."""

PLACE_SECONDS = 2.0
"""Seconds after a move until the learner's place is written: so much is lost with a kill."""

WORDS_PER_MINUTE, LINE_SECONDS, QUESTION_SECONDS = 200, 4, 20
"""How fast a lesson is estimated to be read, a line of code walked, a question thought about."""

EXERCISE_SECONDS, SOLUTION_LINE_SECONDS = 120, 30
"""How long an exercise is estimated to take, and each line of its solution."""
