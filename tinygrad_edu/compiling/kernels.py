"""Write the call of a kernel: its operands as it takes them, and memory for its results."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_edu.jit.loops import Loops, loops_of
from tinygrad_edu.jit.machine import compiled
from tinygrad_edu.jit.products import factors, faster_product
from tinygrad_edu.trace.program import Call, Ref, refs_in

if TYPE_CHECKING:
    from tinygrad_edu.compiling.writing import Writer

__all__ = ["write_kernel", "write_product"]

_BEHAVED = 0x101  # of an array in the order of C, that is aligned: ndarray.flags.num


def write_kernel(writer: Writer, call: Call) -> None:
    """The lines that call the kernel; what is only needed within is in memory of the program."""
    loops = loops_of(call.function.program)  # type: ignore[union-attr]
    given = [_operand(writer, arg) for arg in call.args]
    arrays = [_memory(writer, each) for each in loops.arrays]
    numbers = [
        writer.buffers.take((len(each),), np.dtype(dtype)) for dtype, each in loops.numbers.items()
    ]
    name = f"kernel_{call.number}"
    start = perf_counter()
    writer.namespace[name] = compiled(loops)
    writer.seconds += perf_counter() - start
    writer.kernels.append(loops.source.replace("def kernel(", f"def {name}("))
    writer.lines.append(f"{name}({', '.join([*given, *arrays, *numbers])})")
    _numbers(writer, loops, numbers)
    outputs = set(refs_in(call.function.program.outputs))  # type: ignore[union-attr]
    for each, memory in zip(loops.arrays, arrays, strict=True):
        if each.number not in outputs:
            writer.buffers.release(memory)


def write_product(writer: Writer, call: Call) -> bool:
    """The line of a product of matrices, if loops do it faster than BLAS."""
    found = factors(call, writer.known)
    if found is None:
        return False
    one, transposed, other = found
    start = perf_counter()
    size = call.shape[0], writer.known[other].shape[0], call.shape[1]
    product = faster_product(size, transposed, call.dtype)
    writer.seconds += perf_counter() - start
    if product is None:
        return False
    name = f"{'product_transposed' if transposed else 'product'}_{call.dtype.name}"
    writer.namespace[name] = product
    words = [_shaped(writer, n) for n in (one, other)]
    plain = [writer.word(arg) for arg in call.args]
    out = _memory(writer, call)
    flags = " & ".join(f"{word}.flags.num" for word in words)
    writer.lines += [
        f"if {flags} & {_BEHAVED} == {_BEHAVED}: {name}({', '.join([*words, out])})",
        f"else: {writer.function(np.dot)}({', '.join([*plain, out])})",
    ]
    writer.warns = True
    return True


def _shaped(writer: Writer, number: int) -> str:
    """The name of an array, which surely has its shape: loops look for no end."""
    call, word = writer.known[number], writer.word(Ref(number))
    made_here = number in writer.in_kernels or number in writer.in_buffer
    if call.function is not None and not made_here:
        writer.lines.append(f"if {word}.shape != {call.shape!r}: return FAILED")
    return word


def _operand(writer: Writer, ref: Any) -> str:
    """An operand, copied where a kernel can't read it: one in another order, or not aligned."""
    if not isinstance(ref, Ref):
        return writer.constant(_behaved(ref) if ref.shape else ref[()])
    call, word = writer.known[ref.number], writer.word(ref)
    if call.weak or ref.number in writer.in_kernels or ref.number in writer.in_buffer:
        return word
    if call.shape == ():
        return f"{word}[()]"
    _shaped(writer, ref.number)
    behaved = writer.function(_behaved)
    name = f"c{ref.number}"
    writer.lines.append(
        f"{name} = {word} if {word}.flags.num & {_BEHAVED} == {_BEHAVED} else {behaved}({word})"
    )
    return name


def _behaved(array: Any) -> Any:
    return np.require(array, requirements=["C", "A"])


def _memory(writer: Writer, call: Call) -> str:
    """Where a kernel writes an array: its own memory, if it is given back."""
    n = call.number
    writer.in_kernels.add(n)
    if n in writer.outputs:
        shape, dtype = writer.word(call.shape), writer.constant(call.dtype)
        writer.lines.append(f"v{n} = {writer.function(np.empty)}({shape}, {dtype})")
        writer.names[n] = f"v{n}"
        return writer.names[n]
    writer.names[n] = writer.buffers.take(call.shape, call.dtype)
    if n in writer.known:
        writer.in_buffer[n] = writer.names[n]
    return writer.names[n]


def _numbers(writer: Writer, loops: Loops, memory: list[str]) -> None:
    for array, numbers in zip(memory, loops.numbers.values(), strict=True):
        for place, n in enumerate(numbers):
            writer.lines.append(f"v{n} = {array}[{place}]")
            writer.names[n] = f"v{n}"
            writer.in_kernels.add(n)
        writer.buffers.release(array)
