"""What is recorded of a step, and how long the kernel waits."""

from __future__ import annotations

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
MOST_KEPT = 20_000
"""Tensors about which one snapshot says that nodes keep them, at about 25 bytes each."""
MOST_OPTIMIZERS = 20
"""Optimizers whose tensors are recorded: people have two or three."""
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
REASON_CHARACTERS = 500
"""Characters of the reason why something does not hold or fails; torch's longest take 400."""

GRACE_SECONDS = 1.0
"""Seconds between the interruption of a run and its end by force."""
EXIT_SECONDS = 0.25
"""Seconds that a run has to end after it has closed its connection."""
SHUTDOWN_SECONDS = 0.5
"""Seconds that the kernel waits for its runs to be gone when it ends."""
IMPORT_SECONDS = 60.0
"""Seconds of a slow import of torch's own that do not count as time of the step."""
WARM_IDLE_SECONDS = 1.0
"""Seconds without anything to do after which the zygote forks the process that imports in advance
what is slow to import."""
WARM_SPARE_SECONDS = 0.2
"""Seconds after the start of a run before it makes the next one ready, in 20 ms of a processor:
first values come before. A run that is asked for earlier waits for it."""
WARM_ANSWER_SECONDS = 0.5
"""Seconds that a run waits for such a spare, and the zygote for its answer. That takes some
milliseconds, unless a snippet has stopped them: then the zygote forks the run."""
WARM_TRIES = 3
"""How often warm process or spare may end before there are none any more: it may fail to import,
or snippets may kill it."""
WARM_PROCESSOR_SECONDS = 120
"""Seconds of the processor that the imports may take: they need about two."""
WARM_MEMORY = 2048
"""MiB that a machine, or a container, must have for it: it takes a good hundred."""
WARM_AVAILABLE_MEMORY = 1024
"""MiB of them that must be available when it begins."""
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

QUESTION_SECONDS = 2.0
"""Seconds that the answers to a step's questions may take together, or a quarter of the step's own
time where that is shorter; each may take half of it. Most take some microseconds."""
JUDGE_SECONDS = 5.0
"""Seconds that judging an exercise may take, or half of its step's own time where that is shorter:
its checks may train a small model."""
RING_AGAIN_SECONDS = 0.1
"""Seconds after which an expression that has caught its interruption is interrupted again."""
MOST_QUESTIONS = 1_000
"""Questions about one step that are answered; people ask three."""
ANSWER_CHARACTERS = 2_000
"""Characters of one text of an answer, and of what is said of an exercise."""
ANSWER_ITEMS = 100
"""Texts of one answer."""
ANSWERS_CHARACTERS = 200_000
"""Characters of all answers of a step: at four bytes each a tenth of RECORD_BYTES."""

RAW_ELEMENTS = 1000
"""Tensors of up to this many elements carry their numbers, larger ones a summary."""
