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
ROUNDING_OF_SLOPE = 1e-9
"""Of finite differences, in units of the value where that is larger than 1: rounding in float64
(2e-16), divided by STEP_SIZE, with some room."""
ROUNDINGS = 1_000
"""How many times the spacing of its dtype a gradient may differ and still be called rounded as
usual: sums of thousands of terms."""
FUNCTION_SECONDS = 10.0
"""Of one Function."""
SPARE_SECONDS = 2.0
"""What a fork may take besides four times as long as the first run took."""
