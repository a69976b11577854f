"""What a recording means, as typed facts without words. Pure: no torch, no rich, no textual."""
