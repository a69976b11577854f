"""How the program ends, what is worked out, and what is shown."""

from __future__ import annotations

# How the program ends (ui)

TERMINAL_SECONDS = 0.5
"""Seconds that a terminal has to take what is written to it, when a signal ends or stops the
program; afterwards it is given back without waiting for it."""

KEEPER_SECONDS = 5.0
"""Seconds that a terminal has to take what gives it back after the program was killed."""

LEAVE_SECONDS = 1.5
"""Seconds that the program has to end in good order after a signal: people kill what takes longer.
"""

# What is worked out (analysis, formulas)

MOST_ADDED = 50_000
"""Numbers that are added to see whether a gradient is their sum: more take longer than a key may.
"""

MOST_CURVE_ELEMENTS = 200_000
"""Elements that the norms of one curve are made of, about 10 ms: of more, each so-many-th moment is
looked at, and that is said."""

MOST_CALCULATED = 4_096
"""Elements of a tensor that the condition of a jump calculates."""

MOST_BITS = 1_024
"""Bits of an integer that it calculates: `9**9**9` has 1.2 billion."""

LONGEST_QUERY = 400
"""Characters of what one types to jump somewhere."""

DEEPEST_QUERY = 40
"""Levels of brackets and operators in it."""

QUERY_SECONDS = 1.0
"""Seconds for which moments are looked through."""

MOST_PARSED = 64 * 2**10
"""Characters of a step's code in which loops and statements are looked for: Python can take half a
second to parse as many."""

MOST_COMPARED = 2**18
"""Pairs of lines, of a snippet and of what the learner has made of it, that are compared to find
which is which: at worst a tenth of a second, where all are alike."""

MOST_GUESS_CHARACTERS = 200
"""Characters of an answer to a lesson's question: nobody types as many."""

MOST_EXAMPLES = 100
"""Examples of a batch for each of which formulas are evaluated: about a millisecond each."""

MOST_BLOCK_ROWS = 128
"""Rows of a block that is looked for as a repeat: the search takes time for each size."""

MOST_EARLIER = 200
"""Records of a name that are looked through for the leaf that it stood for before."""

LEAST_FOLLOWED = 3
"""Numbers of a scalar from which on it is shown how they went on: less are no course."""

MOST_FOLLOWED = 500
"""Numbers of a scalar that are shown, the newest: more take longer to draw than a key may take."""

MOST_OPEN = 6
"""Watched tensors that are open at once in a list: more would push each other out of view."""

MOST_OPEN_LINES = 6
"""Lines of numbers below an open row; more stand in the tensor's own view."""

MOST_MOMENTS_LISTED = 200
"""Moments that a tensor's own view lists, the newest first."""

LEAST_REPEATS = 3
"""Times that a block stands in a row before it can be folded: two are easily read in full."""

LEAST_FOLDED_ROWS = 12
"""Rows that folding a repeat hides at least: of fewer, the fold would hide more than it helps."""

MOST_ELEMENTS = 6
"""Elements of a tensor that is written out: a formula with more numbers could not be read."""

MOST_CHECKED = 1_000
"""Elements of a saved tensor that a condition (`result == 0`) is asked of: some milliseconds."""

LONGEST_SETTING = 120
"""Characters of a saved number or tuple: deeper nesting and more digits are nothing torch keeps."""

# What is shown (render, ui)

DISK_SECONDS = 0.02
"""Seconds that a key waits for the disk at most; what comes later is shown later."""

DISK_THREADS = 16
"""Threads that wait for the disk at a time: keys may ask more of it while it hangs."""

OPENING_SECONDS = 2.0
"""The same before the first screen, which is better full than early."""

KEEP_SECONDS = 0.5
"""Seconds after a change of an exercise's code until it is kept: so much is lost with a kill."""

PREVIEW_SECONDS = 0.5
"""Seconds between two looks at a file that is previewed: soon after a save, and nearly no work."""

LAYOUT_SECONDS = 0.5
"""Seconds that panes wait for a change of their height at most, before they are painted."""

REPAINT_SECONDS = 0.1
"""Seconds between two repaints while a long step is being recorded: a slow line keeps up."""

ANSWER_SHOWN_SECONDS = 0.15
"""Seconds that a heat map waits for what the run answers before it shows what was recorded."""

MOST_PARTS = 8
"""Gradients that arrive at a node and are listed: a leaf may be used 100,000 times."""

MOST_LISTED = 6
"""Names in a sentence: further ones are counted. A single one more is named, which is as short."""

MOST_GRAD_LINES = 3
"""Lines of each `.grad` inside a pass, where the node needs the room; outside all are shown."""

MOST_SENTENCE_NUMBERS = 100
"""Characters of a tensor's elements in a sentence."""

MOST_WRITTEN_CHARACTERS = 200
"""Characters of the few numbers that are written out: MOST_ELEMENTS complex ones have room."""

LEAST_NAME_CELLS = 16
"""Cells that a node's name and operation have in a row of a graph, however narrow the pane is."""

MOST_OUTPUT_ROWS = 500
"""Last lines of what a step printed that the code pane shows."""

MOST_OUTPUT_CHARACTERS = 100_000
"""Last characters of the same: more than a step may print unless its lesson allows more."""

MOST_LANE_CELLS = 400
"""Cells that the lanes of a graph take in a row: nobody can follow more of them."""

MOST_TREE_LEVELS = 8
"""Levels that a tree is indented by: deeper rows say how deep they are."""

MOST_BLOCK_NAMES = 3
"""Operations that a folded repeat names."""

# The dialogue of lines (dialogue)

PLAIN_CELLS, LEAST_PLAIN_CELLS = 80, 20
"""Cells of a line where the terminal does not say, and where it says less than can be read."""

LONGEST_LINE = 50_000
"""Bytes of a line that is typed: 10,000 characters of an answer take no more."""

MOST_EDITED = 2**20
"""Bytes of code that an editor may leave: more is no snippet."""

QUIET_SECONDS = 0.3
"""Seconds that a run may take before it is said that it runs: most take less."""

MOST_GRAPHS = 200
"""Tensors whose graphs the command palette offers, the newest: a model may have thousands."""

MOST_LINES_BACK = 2_000
"""Lines that are looked through for where a value comes from: a diagnosis has to be there soon."""

MOST_ASKED_LINES = 300
"""Lines that are looked through for one that cut a path, when a tensor is asked about by a key."""

MOST_ASKED_PASSES = 8
"""The last passes that are looked at for the same: each searches a graph."""

MOST_WAYS = 8
"""Ways of a gradient that are listed: more fill a screen."""

MOST_COMPARED_WAYS = 5_000
"""Ways of a gradient whose norms are compared: a leaf may be used 100,000 times."""

MOST_COUNTED_WAYS = 1_001
"""Ways that are counted: in a chain of sums their number doubles with each."""
MOST_LAST_LINES = 4
"""Of what a script printed before it ended itself."""
MOST_NAMED_MODULES = 4
"""Of those that were not stepped into."""
MOST_CAUGHT = 3
"""Lines whose caught errors are explained: each has all rules look at the run again."""
