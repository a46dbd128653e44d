"""Compiling: from a function to straight-line NumPy code that computes what it computes."""
