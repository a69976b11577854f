"""The process that imports torch and runs snippets. Imports nothing of the interface."""
