"""Snapshots as rows of styled text, the same for the panes and the plain output."""
