"""The explorer: one HTML file in which backprop is played."""
