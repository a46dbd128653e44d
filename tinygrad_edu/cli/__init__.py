"""The command line, `tinygrad-edu`."""
