"""The Textual application.

Textual reads its settings when it is imported, so they are made here: no animation and no smooth
scrolling, since both flood a slow line; hardly a wait before a repaint, which is one a key here and
not one of sixty a second; and nothing that would load code or write files on its own.
"""

import os

for _name in (
    "TEXTUAL", "TEXTUAL_DEBUG", "TEXTUAL_DEVTOOLS_HOST", "TEXTUAL_DEVTOOLS_PORT",
    "TEXTUAL_DIM_FACTOR", "TEXTUAL_DRIVER", "TEXTUAL_FILTERS", "TEXTUAL_LOG", "TEXTUAL_PRESS",
    "TEXTUAL_SCREENSHOT", "TEXTUAL_SCREENSHOT_FILENAME", "TEXTUAL_SCREENSHOT_LOCATION",
    "TEXTUAL_SHOW_RETURN", "TEXTUAL_SLOW_THRESHOLD", "TEXTUAL_THEME",
    "COLUMNS", "LINES",  # of a shell, maybe of another size: the terminal itself is asked
):  # fmt: skip
    os.environ.pop(_name, None)
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
os.environ.setdefault("TEXTUAL_FPS", "1000")
