"""What a check of gradients may take."""

from __future__ import annotations

CHECK_SECONDS = 60.0
"""Seconds that all of a check may take, if nothing else is asked for."""
MOST_CHECK_SECONDS = 3_600.0
"""Seconds that may be asked for."""
CHECKED_LEAVES = 16
"""Leaves whose gradient is looked at: a screen of them. Those with the largest gradients."""
CHECKED_ENTRIES = 16
"""Entries of all leaves together that are compared with finite differences: for each the part of
the step before the pass runs twice more."""
ENTRIES_OF_ONE = 3
"""Of one leaf, or one input of a Function."""
CHECKED_FUNCTIONS = 8
"""Functions of a script that are checked, each once."""
CHECKED_NAMES = 16
"""Operations, and lines with a pass, that a check names."""
STEP_SIZE = 1e-6
"""Of finite differences, in units of the entry where that is larger than 1. As `eps` of
torch.autograd.gradcheck."""
RELATIVE_TOLERANCE = 1e-3
ABSOLUTE_TOLERANCE = 1e-5
"""`rtol` and `atol` of torch.autograd.gradcheck. For the gradient of a leaf, which may be small all
over, the latter is in units of its largest entry."""
LARGER_STEP = 100
"""How many times larger another step is, where rounding hides what STEP_SIZE changes."""
ROUNDING_OF_VALUE = 1e-15
"""By how much a value may be off in float64, in its own units: some roundings of 2e-16."""
CLOSING = 0.75
"""Slopes on both sides come closer where half the step leaves less of what is between them: half of
it at a smooth place, all of it at a kink."""
NOISE = 1e-2
"""Where rounding makes out more of a slope, nothing can be said of it."""
NEGLIGIBLE = 1e-8
"""In units of the largest gradient of all: where rounding is less, a slope of 0 is 0."""
STEADY = 4
"""How many times more than slopes by several steps from each other a gradient has to be off."""
ROUNDINGS = 1_000
"""How many times the spacing of its dtype a gradient may differ and still be called rounded as
usual: sums of thousands of terms."""
FUNCTION_SECONDS = 10.0
"""Of one Function."""
SPARE_SECONDS = 2.0
"""What a fork may take besides four times as long as the first run took."""
