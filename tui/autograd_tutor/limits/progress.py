"""What is kept of a learner's work: enough for anybody who works, and a bound for forged files."""

from __future__ import annotations

MOST_CODE = 64 * 2**10
"""Characters of an exercise's code that are kept; longer code is not kept, rather than cut."""

MOST_GUESSES, MOST_TRIES = 100, 1000
"""Answers to one question, and runs of one exercise, that are counted: the first ones."""

MOST_MISTAKE_CHARACTERS = 100
"""Characters of a known mistake's id that are kept."""

MOST_COUNTED = 2**31
"""The largest number that is read: of a question in its step, of hints, of tries."""

LATEST = 253_402_300_799_000
"""Milliseconds since 1970 at the latest time that is read: the end of 9999, as Python's dates."""

LARGEST_EXPORT = 32 * 2**20
"""Bytes of an exported file that are read; a course with all its code has a hundredth of it."""

MOST_KEY_CHARACTERS = 5000
"""Characters of the id of a step or lesson in a file that is imported; a path has 4,096."""
