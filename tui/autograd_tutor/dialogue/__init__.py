"""A lesson as a dialogue of lines: for screen readers, dumb terminals and slow lines.

Nothing moves the cursor or is drawn again, nothing is coloured, and every sign is a word. What a
lesson is and does comes from `playing`, the words from `render`; here are the commands.
"""
