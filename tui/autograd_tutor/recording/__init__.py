"""Snapshots, their wire form and the timeline. Imports neither torch nor textual nor rich."""
