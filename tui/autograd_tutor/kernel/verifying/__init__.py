"""Checks gradients by running a step again, in forks of its run."""
