"""The Textual application.

Textual reads its settings when it is imported, so they are made here: no animation and no smooth
scrolling, since both flood a slow line; hardly a wait before a repaint, which is one a key here and
not one of sixty a second; and nothing that would load code or write files on its own.
"""

import os

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
os.environ.setdefault("TEXTUAL_FPS", "1000")
for _name in ("TEXTUAL_DRIVER", "TEXTUAL_LOG", "TEXTUAL_SCREENSHOT", "TEXTUAL_PRESS"):
    os.environ.pop(_name, None)
