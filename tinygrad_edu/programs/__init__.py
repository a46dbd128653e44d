"""Programs: the straight-line NumPy code that a function comes down to, with no graph in it."""
