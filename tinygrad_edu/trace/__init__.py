"""Which NumPy calls a function, a graph or a rule comes down to.

Stand-ins for arrays (`traced`) remember the calls they came from; `capture` runs a function on
them, `of_rules` a rule of the table; `program` is the straight line of calls that comes out, which
the `passes` make shorter. `facts` says what a trace must know of NumPy's functions. It imports the
engine, the Tensor and `kit`. Begin with `traced`.
"""
