import assert from "node:assert/strict";
import { test } from "node:test";
import { countPaths, largestPaths } from "../../tinygrad_edu/explorer/page/paths.js";

/** A record of nodes with one element each: for each, its parents and the slopes towards them. */
function graph(...nodes) {
  const record = {
    output: nodes.length - 1,
    nodes: nodes.map((edges) => ({
      shape: [],
      edges: edges.map(([parent]) => ({ parent })),
    })),
  };
  const derivatives = nodes.map((edges) =>
    edges.map(([, slope]) => (slope === null ? null : [slope])),
  );
  return { record, derivatives };
}

test("the output has one path, of no edges", () => {
  const { record, derivatives } = graph([]);
  assert.equal(countPaths(record, 0), 1n);
  assert.deepEqual(largestPaths(record, derivatives, 0), [{ nodes: [0], factors: [], product: 1 }]);
});

test("both operands of x * x are paths of their own", () => {
  const { record, derivatives } = graph(
    [],
    [
      [0, 3],
      [0, 4],
    ],
  );
  assert.equal(countPaths(record, 0), 2n);
  assert.deepEqual(
    largestPaths(record, derivatives, 0).map(({ product }) => product),
    [4, 3],
  );
});

test("what does not reach the output has none", () => {
  const { record, derivatives } = graph([], [], [[1, 2]]);
  assert.equal(countPaths(record, 0), 0n);
  assert.deepEqual(largestPaths(record, derivatives, 0), []);
});

test("the largest by size, whatever the sign; nothing flows through a 0", () => {
  const { record, derivatives } = graph(
    [],
    [[0, -5]],
    [[0, Infinity]],
    [
      [0, 2],
      [1, 1],
      [2, 0],
    ],
  );
  assert.deepEqual(largestPaths(record, derivatives, 0, 2), [
    { nodes: [0, 1, 3], factors: [-5, 1], product: -5 },
    { nodes: [0, 3], factors: [2], product: 2 },
  ]);
  assert.equal(largestPaths(record, derivatives, 0)[2].product, 0);
});

test("a NaN comes first, as it spoils the sum", () => {
  const { record, derivatives } = graph(
    [],
    [
      [0, 7],
      [0, NaN],
    ],
  );
  assert.ok(Number.isNaN(largestPaths(record, derivatives, 0)[0].product));
});

test("no products where an array or a mixture of elements is on the way", () => {
  const mixed = graph([], [[0, null]]);
  assert.deepEqual(largestPaths(mixed.record, mixed.derivatives, 0), []);
  const arrays = graph([], [[0, 1]], [[1, 1]]);
  arrays.record.nodes[1].shape = [3];
  assert.deepEqual(largestPaths(arrays.record, arrays.derivatives, 0), []);
  assert.equal(countPaths(arrays.record, 0), 1n);
});

test("a factor of 2 in every step: more paths than can be listed", () => {
  const nodes = [[]];
  for (let k = 0; k < 3000; k++) {
    nodes.push([
      [k, 1],
      [k, 0.5],
    ]);
  }
  const { record, derivatives } = graph(...nodes);
  assert.equal(countPaths(record, 0), 2n ** 3000n);
  const found = largestPaths(record, derivatives, 0, 3);
  assert.deepEqual(
    found.map(({ product }) => product),
    [1, 0.5, 0.5],
  );
  assert.equal(found[0].nodes.length, 3001);
});
