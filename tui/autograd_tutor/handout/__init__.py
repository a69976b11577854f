"""A lesson on paper: what it says, what its run shows, and room for answers."""
