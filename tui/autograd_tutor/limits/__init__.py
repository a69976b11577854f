"""Every limit of the program: how much is recorded, sent, read and shown.

A limit decides what a person gets to see, or how long it takes. Sizes of buffers, caches and
layouts stay where they are used.
"""
