"""Every limit of the program in one place: how much is recorded, sent, read and shown.

A limit decides what a person gets to see, or how long it takes. Sizes of buffers, caches and
layouts stay where they are used.
"""

from __future__ import annotations

# What is recorded of a step (kernel)

STEP_BYTES = 256 * 2**20
"""About how many bytes of the receiver's memory a step's recording may take."""
STEP_SENT_BYTES = 40 * 2**20
"""Bytes that a step's recording may send before it stops: 4 KiB for each of 10,000 moments. The
200 epochs of the benchmark send 1.7 MB."""
SNAPSHOT_BYTES = 4 * 2**20
"""Bytes of elements and texts that one snapshot may carry; further tensors come without theirs. It
is half of RECORD_BYTES: names, nodes and statistics have the other half."""
MOST_INPUTS = 10_000
"""Inputs of one node, or of one pass, that are recorded; further ones end the recording of a step,
as do more than MOST_EDGES."""
MOST_EDGES = 300_000
"""Edges that a step may add: three for each node, where most nodes have one or two."""
MOST_PASSES = 10_000
"""Passes that one line may make while the step is recorded."""
MOST_TENSORS = 2_000
"""Tensors that have a name: further ones are not recorded."""
MOST_VALUES = 2_000
"""Variables that are no tensors: further ones are not recorded."""
MOST_ITEMS = 5_000
"""Items of all lists, dicts and objects together that are looked at after a line."""
MOST_ITEMS_OF_ONE = 100
"""Items of one list, dict or object that are looked at."""
CONTAINER_DEPTH = 4
"""Levels of lists, dicts and objects inside of each other that are looked into."""
MODULE_DEPTH = 16
"""Levels of modules inside of each other that are looked into."""
MOST_FRAMES = 16
"""Running functions whose locals are recorded, the innermost first."""
GRAD_DEPTH = 3
"""How far the gradients of gradients are followed, which may form a cycle."""
MOST_ORDERED_DICT_ITEMS = 1_000
"""Items of an OrderedDict up to which its own order is looked for, at a cost for each of them."""
MOST_SAVED_VALUES = 16
"""Saved values of one node: a `cat` or an RNN may keep hundreds."""
MOST_TRANSIENT_TENSORS = 512
"""Tensors without a name whose record is remembered while a pass runs."""
MOST_STATISTICS = 1_000
"""Large tensors whose statistics are remembered, at about a kilobyte each."""
MOST_NUMBERED = 200
"""Tensors and storages with a number; from so many on, those that are gone are forgotten. A loop
makes about ten a pass: so its memory settles within the first passes."""
MOST_SEARCHED = 1_000
"""Nodes that are looked through for a leaf which a name stood for in an earlier step."""
MOST_UNNAMED = 100
"""Leaves without a name that are recorded."""

EXACT_ELEMENTS = 2**22
"""Elements that the statistics of one snapshot are made of, at about 3 ns each, which is taken from
the snippet's time. Beyond, a tensor is sampled."""
SAMPLED_ELEMENTS = 2**18
"""Elements that a sample of one tensor has."""
MOST_COPIED_ELEMENTS = 2**22
"""Elements of a tensor on a device, up to which it is copied for its statistics."""
COMPARED_BYTES = 8 * 2**20
"""Bytes of a tensor up to which all of them are compared with a copy; beyond, some of them."""
COPIED_BYTES = 64 * 2**20
"""Bytes that the copies of all tensors may take."""
SAMPLED_BYTES = 4096
"""Bytes that are compared of a tensor larger than that, spread over all of it."""

PICTURE_SIDE = 64
"""Rows and columns of cells of the picture of a large tensor: what a terminal has room for."""
PICTURE_ELEMENTS = 2**20
"""Elements that the pictures of one step are made of before its last moment, at 3 ns each; and four
times as many at that moment. A larger tensor is sampled; what is over the limit has no picture."""
PICTURE_SAMPLE = 2**18
"""Elements that the picture of a very large tensor is made of."""
PICTURE_BYTES = 2**16
"""Bytes that the pictures of one step take before its last moment, at most 8 KiB and 0.4 ms each;
and four times as many at that moment."""
LOOK_SIDE = 128
"""Rows and columns of cells of a picture that is asked for when a step has ended."""
LOOK_SECONDS = 2.0
"""Seconds that a run may take for one: it needs some milliseconds."""
MOST_LOOKS = 1_000
"""Pictures of one run that are asked for, at the most: a key that is held asks for 30 a second."""

CHAIN_STACK_BYTES = 512 * 2**20
"""Bytes of stack for freeing graphs. Since torch 2.13 a node keeps the Python object through which
it was once looked at, and a chain of such nodes is freed by recursion, at about 300 bytes a node:
8 MiB are enough for a chain of 30,000."""
MOST_CHAIN_NODES = 20_000
"""Nodes that a run may add where the stack cannot grow: one chain may go through all steps."""
SPARE_FRAMES = 400
"""Python frames for the recorder when the snippet has used up all that it may have."""

NAME_CHARACTERS = 120
"""Characters of a part of a name: a variable, a class, a key."""
VALUE_CHARACTERS = 200
"""Characters of the text of a value that is no tensor."""
VALUE_DEPTH = 3
"""Levels of nested values that such a text shows."""
MOST_SET_ITEMS = 20
"""Items of a set that such a text shows."""
INTEGER_BITS = 600
"""Bits of an integer up to which it is written out."""
MOST_ARRAY_ELEMENTS = 1_000
"""Elements of a NumPy array up to which it is written out."""
SETTING_CHARACTERS = 120
"""Characters of a saved value that is no tensor."""
TENSOR_CHARACTERS = 8_000
"""Characters of the text of a tensor."""
MOST_PRINTED_ELEMENTS = 4_000
"""Elements of a tensor that are printed in full, whatever the print options say."""
MESSAGE_CHARACTERS = 2_000
"""Characters of the message of an exception."""
TRACEBACK_CHARACTERS = 16_000
"""Characters of a traceback."""
FAULT_CHARACTERS = 300
"""Characters of the line about a fault of the recorder."""
REASON_CHARACTERS = 300
"""Characters of the reason why an expectation does not hold."""

GRACE_SECONDS = 1.0
"""Seconds between the interruption of a run and its end by force."""
EXIT_SECONDS = 0.25
"""Seconds that a run has to end after it has closed its connection."""
SHUTDOWN_SECONDS = 0.5
"""Seconds that the kernel waits for its runs to be gone when it ends."""
IMPORT_SECONDS = 60.0
"""Seconds of a slow import of torch's own that do not count as time of the step."""
FAREWELL_SECONDS = 10.0
"""Seconds that a run without a connection waits to be ended by the kernel."""
USAGE_SECONDS = 0.5
"""Seconds between looks at what all processes of a run use, while it executes a step: a third of a
millisecond of the zygote's each."""
USAGE_SECONDS_IDLE = 2.0
"""Seconds between these looks while nothing is asked of it."""
KILL_AGAIN_SECONDS = 0.25
"""Seconds after which a run that was killed and is still there is killed again."""
STRAY_SECONDS = 0.5
"""Seconds for which processes that a run left behind are ended: they may start others meanwhile,
and one that cannot end, in a read from a dead disk, is not waited for."""
LAST_SECONDS = 10.0
"""The same, when the kernel itself ends: nobody waits for that."""
REMOVE_SECONDS = 0.1
"""Seconds that removing what a run in a sandbox has written may take: what is left goes when the
kernel ends."""
MOST_WRITTEN_FILES = 10_000
"""Files that a run in a sandbox may have written. They count as its memory, which they are where
`/tmp` is; to look at so many takes the zygote some hundredths of a second."""
MOST_FILES_BESIDE = 1_000
"""Files beside a lesson that lies in a home folder, which its sandbox lets it read: each takes some
microseconds."""
MOST_DESCRIPTORS = 64
"""File descriptors taken from the control socket at once."""

PLOT_POINTS = 201
"""Points of a lesson's function from end to end of its picture: round numbers stay round, and no
terminal has more columns of dots that one could tell apart. About 60 µs each."""
MOST_TANGENTS = 1_000
"""Numbers that a function has its tangent at in one step."""
PLOT_SECONDS = 1.0
"""Seconds of the processor that a lesson's function may take for all its points; those of its step
bound what it takes in any case."""

RAW_ELEMENTS = 1000
"""Tensors of up to this many elements carry their numbers, larger ones a summary."""

# What goes over the wire, and into a file (recording, client)

MAX_FRAME = 64 * 2**20
"""Bytes of one message: no snapshot that the recorder takes comes near."""

RECORD_BYTES = 8 * 2**20
"""Bytes of one record. To find where its parts begin takes 2 ns for each value in it, and holds up
all threads: a forged one of single bytes takes 16 ms."""

SNAPSHOT_NAMES = 10_000
"""Tensors, other values, or names that are gone, of one snapshot: of the recorder's there are about
2,000, 4,000 and 6,000."""

RECORD_NODES = 100_000
"""Nodes in one snapshot: as many as a step may add."""

RECORD_SAVED = 1_000
"""Saved values of one node: the recorder has at most twice MOST_SAVED_VALUES."""

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

SNAPSHOT_PARTS = 12_500
"""Names in one snapshot that arrives, which the application takes in at one go: the recorder has
MOST_TENSORS, and twice MOST_VALUES with modules, once as they are and once as they go."""

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

RECORDED_TEXT = 4 * 2**20
"""Characters of any other text: an output, a traceback, a tensor as it is printed."""

RECORDED_ELEMENTS = 16 * RECORDED_EDGES
"""Bytes of the elements of a tensor: of complex numbers each has 16."""

FLAW_CHARACTERS = 160
"""Characters of what is wrong with a file: a decoder quotes what it cannot read."""

RECORDED_LESSON = 2**20
"""Characters of all texts of the lesson in a recording, with the code that was run instead."""

RECORDED_DEPTH = 1_000_000
"""Calls inside of each other."""

# What is read of a lesson (course)

LARGEST_LESSON = 256 * 2**10
"""Bytes of the largest lesson or script that is read; a real one has a twentieth of it."""

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
