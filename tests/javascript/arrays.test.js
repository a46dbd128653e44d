import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accumulate,
  array,
  broadcastShapes,
  broadcastTo,
  einsum,
  full,
  map,
  map2,
  matmul,
  pick,
  reduce,
  scatter,
  sum,
  transpose,
  unbroadcast,
} from "../../tinygrad_edu/explorer/page/arrays.js";

/** 0, 1, 2 ... in this shape. */
const range = (...shape) =>
  array(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => k),
    shape,
  );
const plain = ({ shape, data }) => ({ shape, data: [...data] });
const same = (found, shape, data) => assert.deepEqual(plain(found), { shape, data });

test("shapes broadcast from the last axis on", () => {
  assert.deepEqual(broadcastShapes([[2, 1], [3], []]), [2, 3]);
  assert.deepEqual(broadcastShapes([[0], [1]]), [0]);
  assert.throws(() => broadcastShapes([[2], [3]]), /shapes \(2\) and \(3\) do not broadcast/);
});

test("an array is repeated along axes of length one", () => {
  same(broadcastTo(range(2, 1), [2, 3]), [2, 3], [0, 0, 0, 1, 1, 1]);
  same(broadcastTo(range(3), [2, 3]), [2, 3], [0, 1, 2, 0, 1, 2]);
  same(broadcastTo(array([7], []), [2, 2]), [2, 2], [7, 7, 7, 7]);
  same(broadcastTo(range(1), [0]), [0], []);
  assert.throws(() => broadcastTo(range(2, 3), [3]), /does not broadcast/);
});

test("functions of numbers broadcast", () => {
  same(
    map2((x, y) => 10 * x + y, range(2, 1), range(3)),
    [2, 3],
    [0, 1, 2, 10, 11, 12],
  );
  same(
    map((x, y, z) => x + y * z, [range(2), array([1], []), range(2, 1)]),
    [2, 2],
    [0, 1, 1, 2],
  );
  same(
    map((x) => -x, [array([3], [])]),
    [],
    [-3],
  );
});

test("transposes of any axes", () => {
  same(transpose(range(2, 3), [1, 0]), [3, 2], [0, 3, 1, 4, 2, 5]);
  same(transpose(range(2, 1, 2), [2, 0, 1]), [2, 2, 1], [0, 2, 1, 3]);
  same(transpose(array([5], []), []), [], [5]);
});

test("sums over axes, and of nothing", () => {
  same(sum(range(2, 3), [0]), [3], [3, 5, 7]);
  same(sum(range(2, 3), [1]), [2], [3, 12]);
  same(sum(range(2, 3), [0, 1]), [], [15]);
  same(sum(range(2, 2, 2), [2, 0]), [2], [10, 18]);
  same(sum(range(2, 0), [1]), [2], [0, 0]);
  same(sum(range(0, 2), [1]), [0], []);
});

test("a long sum does not drift", () => {
  const tenths = full([1_000_000], 0.1);
  assert.ok(Math.abs(sum(tenths, [0]).data[0] - 100_000) < 1e-9);
});

test("reductions, and those of nothing", () => {
  same(reduce(array([3, 1, 2], [3]), [0], Math.max), [], [3]);
  same(
    reduce(range(0, 2), [0], (x, y) => x * y, 1),
    [2],
    [1, 1],
  );
  assert.throws(() => reduce(range(0), [0], Math.max), /nothing/);
});

test("running sums along any axis", () => {
  const plus = (x, y) => x + y;
  same(accumulate(range(2, 3), 1, plus), [2, 3], [0, 1, 3, 3, 7, 12]);
  same(accumulate(range(2, 3), 0, plus), [2, 3], [0, 1, 2, 3, 5, 7]);
});

test("unbroadcasting sums what was repeated", () => {
  same(unbroadcast(range(2, 3), [3]), [3], [3, 5, 7]);
  same(unbroadcast(range(2, 3), [2, 1]), [2, 1], [3, 12]);
  same(unbroadcast(range(2, 3), []), [], [15]);
  same(unbroadcast(range(2, 3), [1, 1]), [1, 1], [15]);
  same(unbroadcast(array([2], []), [2]), [2], [2, 2]);
  same(unbroadcast(range(1, 3), [2, 3]), [2, 3], [0, 1, 2, 0, 1, 2]);
});

test("matrix products of every pair of ranks", () => {
  same(matmul(range(3), range(3)), [], [5]);
  same(matmul(range(2), range(2, 3)), [3], [3, 4, 5]);
  same(matmul(range(2, 3), range(3)), [2], [5, 14]);
  same(matmul(range(2, 3), range(3, 2)), [2, 2], [10, 13, 28, 40]);
  same(matmul(range(2, 1, 2), range(2, 1)), [2, 1, 1], [1, 3]);
  same(matmul(range(2, 0), range(0, 2)), [2, 2], [0, 0, 0, 0]);
});

test("Einstein's sums: diagonals, traces, outer products, lengths of one", () => {
  same(einsum("ij,jk->ik", [range(2, 3), range(3, 2)]), [2, 2], [10, 13, 28, 40]);
  same(einsum("ii->i", [range(2, 2)]), [2], [0, 3]);
  same(einsum("ii->", [range(2, 2)]), [], [3]);
  same(einsum("i,j->ji", [range(2), range(2)]), [2, 2], [0, 0, 0, 1]);
  same(einsum("ai,ai->i", [range(1, 2), range(2, 2)]), [2], [0, 4]);
  same(einsum("->", [array([3], [])]), [], [3]);
});

test("picking, and its adjoint", () => {
  same(pick([range(3)], [2, 2, -1], [3]), [3], [2, 2, 0]);
  same(pick([range(2), range(2)], [3, 0], [2]), [2], [1, 0]);
  same(scatter(range(3), [1, 1, 0], [2, 1]), [2, 1], [2, 1]);
});
