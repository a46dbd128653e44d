"""Training: `fit`, and how large gradients are on the way. It imports `optim`, `plot` and below."""
