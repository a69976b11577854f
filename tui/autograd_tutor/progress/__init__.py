"""What the learner has done: bookmarks, finished steps, questions, exercises, reviews.

All of it lies in one small SQLite file, which `learner` reads and writes on a thread of its own: no
key waits for a disk. Whatever is wrong with the file, the program goes on with what is in memory,
tries again, and says so once.
"""

from autograd_tutor.progress.file import FILE_NAME, STATE_VARIABLE, state_folder
from autograd_tutor.progress.known import Bookmark, Seen
from autograd_tutor.progress.progress import Progress

__all__ = ["FILE_NAME", "STATE_VARIABLE", "Bookmark", "Progress", "Seen", "state_folder"]
