"""What is not about derivatives: structures, text, files, blocks of code. Imports nothing of ours.

Begin with `pytree`, which takes arguments apart, and `nested`, on which it stands.
"""
