"""Where nothing is recorded: what has no way back, and whose code it holds for."""

import asyncio
import contextlib
import functools
import inspect

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Tensor, debug, grad, hvp, jacobian, jvp, nn, no_grad, value_and_grad, vjp

W = Tensor([2.0, 3.0], name="w")


def records():
    return (W * W).parents == (W, W)


# ---- backward() ----------------------------------------------------------------------------------


def test_a_loss_computed_within_has_no_way_back():
    w = Tensor(2.0)
    outside = w * w
    with no_grad():
        for loss in (w * w, outside + 1, np.sum(outside * w), -outside, np.exp(outside)):
            with pytest.raises(RuntimeError, match=r"within no_grad\(\), where nothing is"):
                loss.backward()
    with pytest.raises(RuntimeError, match=r"shape \(2,\), .*no gradient would reach"):
        loss_of(W).backward(np.ones(2))  # outside by now
    assert w.grad is None


@no_grad()
def loss_of(w):
    return nn.mean_squared_error(w, [0.0, 0.0]) * w


def test_several_results_and_a_custom_operation():
    double = te.custom(lambda out, x: 2)(lambda x: 2 * x)
    with no_grad():
        q, r = np.linalg.qr(Tensor(np.eye(2)))
        for t in (q[0, 0], np.sum(r), double(Tensor(1.0))):
            with pytest.raises(RuntimeError, match="nothing is recorded"):
                t.backward()


def test_what_has_a_way_back_goes_it_within():
    w = Tensor(2.0)
    loss = w * w
    with no_grad():
        loss.backward()
        leaf = Tensor(3.0)
        leaf.backward()
    assert (w.grad, leaf.grad) == (4.0, 1.0)


def test_a_target_that_was_not_recorded_is_a_constant():
    w = Tensor(2.0)
    with no_grad():
        target = w * 3
    ((w - target) ** 2).backward()
    assert w.grad == -8.0


def test_a_new_value_computed_within_is_a_leaf_of_what_follows():
    w = Tensor(2.0)
    for _ in range(2):
        (w * w).backward()
        with no_grad():
            w = w - 0.25 * w.grad
    (w * w).backward()
    assert w.item() == 0.5
    assert w.grad == 1.0


TRANSFORMS = {
    "grad": lambda f: grad(f)(np.ones(2)),
    "value_and_grad": lambda f: value_and_grad(f)(np.ones(2)),
    "vjp": lambda f: vjp(f, np.ones(2)),
    "jvp": lambda f: jvp(f, (np.ones(2),), (np.ones(2),)),
    "jacobian": lambda f: jacobian(f)(np.ones(2)),
    "hvp": lambda f: hvp(f)(np.ones(2), np.ones(2)),
}


@pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_function_that_records_nothing_has_no_derivative_of_0(transform):
    f = no_grad()(square)
    with pytest.raises(RuntimeError, match=r"of square: its result, .* all derivatives would be 0"):
        transform(f)
    with no_grad():
        transform(square)


def square(x):
    return np.sum(x**2)


def test_a_part_that_is_not_recorded_is_a_constant_in_a_transform():
    def f(x):
        with no_grad():
            scale = np.max(x)
        return np.sum(x / scale), scale

    np.testing.assert_array_equal(grad(lambda x: f(x)[0])(np.array([1.0, 4.0])), 0.25)
    _, pullback = vjp(f, np.array([1.0, 4.0]))
    np.testing.assert_array_equal(pullback((1.0, 1.0))[0], 0.25)
    assert grad(lambda x, y: y)(2.0, 3.0) == 0


# ---- decorated -----------------------------------------------------------------------------------


def test_a_generator_function():
    seen = []

    @no_grad()
    def values(n, *, start=0):
        """Its words."""
        try:
            for k in range(start, n):
                seen.append(records())
                try:
                    got = yield k
                except KeyError as error:
                    got = repr(error)
                seen.append((records(), got))
            return "done"
        finally:
            seen.append(records())

    assert inspect.isgeneratorfunction(values)
    assert (values.__name__, values.__doc__) == ("values", "Its words.")
    running = values(4, start=1)
    assert next(running) == 1
    assert records()
    assert running.send("sent") == 2
    assert running.throw(KeyError("thrown")) == 3
    assert records()
    with pytest.raises(StopIteration) as stop:
        next(running)
    assert stop.value.value == "done"
    assert seen == [
        False, (False, "sent"), False, (False, "KeyError('thrown')"), False, (False, None), False,
    ]  # fmt: skip
    assert records()


def test_a_generator_that_is_closed_or_fails_or_delegates():
    seen = []

    @no_grad()
    def inner():
        try:
            yield records()
        except GeneratorExit:
            seen.append(records())
            raise

    def outer():
        yield records()
        yield from inner()
        yield records()

    assert list(outer()) == [True, False, True]
    running = inner()
    next(running)
    running.close()
    assert seen == [False]
    running = inner()
    next(running)
    with pytest.raises(ZeroDivisionError):
        running.throw(ZeroDivisionError)
    assert list(running) == []

    @no_grad()
    def failing():
        yield 1
        raise StopIteration

    running = failing()
    next(running)
    with pytest.raises(RuntimeError, match="generator raised StopIteration"):
        next(running)
    assert records()


def test_two_generators_by_turns():
    @no_grad()
    def without():
        while True:
            yield records()

    def recorded():
        while True:
            yield records()

    pairs = zip(without(), recorded(), without(), strict=False)
    assert [next(pairs) for _ in range(3)] == [(False, True, False)] * 3


def test_methods_of_all_kinds():
    class Reader:
        @no_grad()
        def method(self, k=1):
            yield k, records()

        @classmethod
        @no_grad()
        def inner(cls):
            return cls.__name__, records()

        @no_grad()
        @classmethod
        def outer(cls):
            yield cls.__name__, records()

        @no_grad()
        @staticmethod
        def static(k):
            return k, records()

        @no_grad()
        def __call__(self):
            yield records()

    assert list(Reader().method(2)) == [(2, False)]
    assert Reader.inner() == Reader().inner() == ("Reader", False)
    assert list(Reader.outer()) == list(Reader().outer()) == [("Reader", False)]
    assert Reader.static(3) == (3, False)
    assert list(Reader()()) == [False]

    class Plain:
        def __call__(self, k):
            yield k, records()

    assert list(no_grad()(Plain())(4)) == [(4, False)]
    assert list(no_grad()(functools.partial(lambda k: (yield k, records()), 6))()) == [(6, False)]


def test_coroutines_and_async_generators():
    seen = []

    @no_grad()
    async def value(k):
        before = records()
        await asyncio.sleep(0)
        return k, before, records()

    @no_grad()
    async def values(n):
        try:
            for k in range(n):
                await asyncio.sleep(0)
                try:
                    got = yield k, records()
                except KeyError:
                    got = "thrown"
                seen.append((records(), got))
        finally:
            await asyncio.sleep(0)
            seen.append(records())

    assert inspect.iscoroutinefunction(value)
    assert inspect.isasyncgenfunction(values)

    async def main():
        assert await value(1) == (1, False, False)
        assert records()
        assert await asyncio.gather(value(2), value(3)) == [(2, False, False), (3, False, False)]
        async for _, recorded in values(2):
            assert not recorded
            assert records()
        assert seen == [(False, None), (False, None), False]
        seen.clear()
        running = values(5)
        assert await anext(running) == (0, False)
        assert await running.asend("sent") == (1, False)
        assert await running.athrow(KeyError) == (2, False)
        await running.aclose()
        assert seen == [(False, "sent"), (False, "thrown"), False]
        assert records()

    asyncio.run(main())


def test_a_coroutine_that_is_driven_by_hand_leaves_its_driver_alone():
    class Pause:
        def __await__(self):
            return (yield "paused")

    @no_grad()
    async def work():
        got = await Pause()
        return got, records()

    running = work()
    assert running.send(None) == "paused"
    assert records()
    with pytest.raises(StopIteration) as stop:
        running.send("on")
    assert stop.value.value == ("on", False)
    running = work()
    running.send(None)
    running.close()
    assert records()


def test_a_block_around_a_yield_holds_for_the_caller_too():
    def values():
        with no_grad():
            yield records()
        yield records()

    running = values()
    assert not next(running)
    assert not records()  # as the docs say
    assert next(running)
    assert records()


def test_one_may_be_entered_again_and_within_itself():
    block = no_grad()
    for _ in range(2):
        with block, block:
            assert not records()
        assert records()
    with pytest.raises(KeyError), block:
        raise KeyError
    assert records()
    with contextlib.ExitStack() as stack:
        stack.enter_context(block)
        assert not records()
    assert records()


def test_debug_decorates_generators_and_coroutines_as_well():
    @debug()
    def logs(x):
        yield np.log(x)
        yield np.log(x - 1)

    running = logs(Tensor(1.0))
    next(running)
    with np.errstate(divide="ignore"):
        assert np.log(Tensor(0.0)).item() == -np.inf  # nobody looks
    with pytest.raises(FloatingPointError, match=r"np\.log gave -inf"):
        next(running)

    @debug(infinities=False)
    async def work():
        np.log(Tensor(0.0))
        await asyncio.sleep(0)
        return np.sqrt(Tensor(-1.0))

    with pytest.raises(FloatingPointError, match=r"np\.sqrt gave nan"):
        asyncio.run(work())

    class Kept:
        @debug()
        @classmethod
        def log(cls, x):
            return np.log(x)

    with pytest.raises(FloatingPointError, match=r"= 0\.0: a leaf"):
        Kept.log(Tensor(0.0, name="x"))


def test_what_surrounds_a_computation_stays_but_for_one_thing():
    class Logs(nn.Module):
        def feedforward(self, x):
            with debug(infinities=False):
                inner = x * 2
            with no_grad():
                lost = x * 3
            seen.extend([inner, lost])
            return np.log(x)

    seen = []
    with no_grad(), debug():
        assert not records()
        with pytest.raises(FloatingPointError, match=r"np\.log gave -inf"):
            Logs()(Tensor(0.0))
    assert [t.parents for t in seen] == [(), ()]
    module = Logs()
    module(Tensor(1.0))
    assert [t.scope.module for t in seen[2:]] == [module, module]
    assert seen[2].parents
    assert records()
