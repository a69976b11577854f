"""What `check` proves of a lesson once it is read."""
