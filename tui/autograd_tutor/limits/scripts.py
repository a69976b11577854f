"""What a script may be given on the command line, over what lessons may use."""

from __future__ import annotations

MOST_SECONDS = 86_400.0
"""Seconds of a step: a day."""
MOST_MOMENTS = 50_000
"""Moments of a step. Nodes, edges and bytes grow with them; all of a recording together keeps to
RECORDING_BYTES and RECORDING_PARTS."""
MOST_MEMORY = 1_048_576
"""MiB of a run, which are a TiB: no machine is asked whether it has them."""
MOST_THREADS = 1_024
"""Threads of torch."""
LARGEST_SEED = 2**63 - 1
"""What torch takes as a seed everywhere."""
MOST_COUNTED = 10**12
"""Lines, turns and passes that one counts."""
MOST_ARGUMENTS = 1_000
"""Arguments of a script's own: a shell may give it more, which are refused."""
ARGUMENT_CHARACTERS = 4_000
"""Characters of one of them."""
DEVICE_CHARACTERS = 40
"""Characters of the name of a device."""
MODULE_CHARACTERS = 400
"""Characters of the name of a module, with its packages."""
MOST_FOLLOWED_NAMES = 16
"""Modules and packages that are asked to be followed."""
FOLLOWED_CHARACTERS = 256 * 2**10
"""Bytes of a file that is followed, or characters of its code: as many as a script may have."""
