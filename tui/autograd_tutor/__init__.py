"""See what PyTorch's autograd does, one line and one node at a time."""

__version__ = "0.1.0"
