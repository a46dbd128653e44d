"""Gradients that are wrong on purpose: what a gradient checker is for.

Every file here is one kind of bug as it comes about in real code. It has the function, `forward`;
its backward pass as somebody wrote it, `wrong`, and as it should be, `right`, both called as
``vjp(g, *args)``; a Hypothesis strategy for the arguments, `ARGUMENTS`; the error that the checker
should raise, `ERROR`; and a pattern for what it should say of the cause, `DIAGNOSIS`, or None where
nothing but the numbers can be said.
"""
