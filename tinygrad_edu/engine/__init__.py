"""The engine: values that remember the call they came from, and the chain rule over calls.

It imports NumPy and `kit`, and nothing else: no Tensor, no drawing, no tracer. Read `rule` (what a
row of the table knows), `node` (a value and its call), `record` (call a function, make the node)
and `backward` (order, sweep, accumulate), in this order; then `tensor.tensor`, which people hold.
"""
