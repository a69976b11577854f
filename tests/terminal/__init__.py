"""End to end: programs on a real pseudo-terminal, watched through a terminal emulator."""
