"""Kernels: many calls of a program as one function of loops, which Numba makes machine code of."""
