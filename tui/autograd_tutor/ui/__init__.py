"""The Textual application.

Textual reads its settings when it is imported, so they are made here: no animation and no smooth
scrolling, since both flood a slow line; a short wait before a repaint, since a step is seen once
and not sixty times a second; and nothing that would load code or write files on its own.
"""

import os

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ["TEXTUAL_SMOOTH_SCROLL"] = "0"
os.environ.setdefault("TEXTUAL_FPS", "240")
for _name in ("TEXTUAL_DRIVER", "TEXTUAL_LOG", "TEXTUAL_SCREENSHOT", "TEXTUAL_PRESS"):
    os.environ.pop(_name, None)
