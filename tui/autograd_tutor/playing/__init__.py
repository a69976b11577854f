"""A lesson being played, without Textual: its run, the walk through it, why a key does nothing."""
