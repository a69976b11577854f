"""How much of a run is printed on paper."""

from __future__ import annotations

MOST_PRINTED_LINES = 40
"""Lines of output, or of an error: a page has about 50."""

MOST_TABLE_ROWS = 16
"""Names, or leaves, in a table."""

MOST_CELL_WIDTH, MOST_CELL_LINES = 34, 8
"""Characters of a line of numbers in a cell, and lines: two such columns fit across a page."""

MOST_GRAPH_ROWS = 60
"""Rows of a graph: more do not fit on a page."""

MOST_UNFOLDED = 40
"""Nodes of a graph whose repeats are not folded."""

MOST_GRAPH_CELLS = 64
"""Cells of such a row, as wide as a page is at the size in which one reads it."""
