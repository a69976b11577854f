"""The local derivative of every operation that is known, as text and as an expression. Pure."""
