"""Dead code: what no output and no check is computed from."""

from __future__ import annotations

from tinygrad_edu.trace.program import Program, refs_in

__all__ = ["dead_code"]


def dead_code(program: Program) -> tuple[Program, list[str]]:
    """Leave out the calls that nothing is computed from. Exact."""
    needed = {*refs_in(program.outputs), *program.checks}
    kept, notes = [], []
    for call in reversed(program.calls):
        if call.function is None or call.number in needed:
            kept.append(call)
            needed.update(call.refs)
        else:
            notes.append(f"{call}  is not used")
    return program.with_calls(kept[::-1]), notes[::-1]
