"""Functions that take a function and give another: its derivatives.

`evaluation` runs a function on Tensors; `reverse` has grad, vjp and jvp, `forward` carries
tangents, `matrices` has Jacobians and Hessians. It imports the engine, the Tensor, `rules` and
`kit`. Begin with `evaluation`.
"""
