/** Which elements have sliders when the page opens. */

import assert from "node:assert/strict";
import test from "node:test";

import { offered } from "../../tinygrad_edu/explorer/page/offered.js";

/**
 * A record of leaves, each used by an operation in a box.
 * @param {[role: "input" | "parameter" | "constant", shape: number[], box: string][]} leaves
 * @returns {any}
 */
function record(leaves) {
  const nodes = leaves.map(([role, shape]) => ({ role, shape, inputs: [], box: "" }));
  const uses = leaves.map(([, , box], i) => ({ role: "operation", shape: [], inputs: [i], box }));
  return { nodes: [...nodes, ...uses] };
}

test("parameters come before inputs, which have some too", () => {
  const found = offered(
    record([
      ["input", [9], ""],
      ["parameter", [9], "a"],
    ]),
  );
  assert.deepEqual([...new Set(found.map(([node]) => node))], [1, 0]);
  assert.equal(found.filter(([node]) => node === 1).length, 8);
  assert.equal(found.length, 12);
});

test("every module has one before any has a second", () => {
  /** @type {[("parameter"), number[], string][]} */
  const leaves = [];
  for (const box of ["a", "b", "c", "d", "e", "f", "g"]) {
    leaves.push(["parameter", [3, 3], box], ["parameter", [3], box]);
  }
  const found = offered(record(leaves));
  assert.deepEqual(
    new Set(found.map(([node]) => leaves[node][2])),
    new Set(["a", "b", "c", "d", "e", "f", "g"]),
  );
});

test("a few leaves have all their elements, in their order", () => {
  const found = offered(
    record([
      ["input", [2], ""],
      ["parameter", [], ""],
      ["input", [0], ""],
    ]),
  );
  assert.deepEqual(found, [
    [1, 0],
    [0, 0],
    [0, 1],
  ]);
});

test("constants have none, and inputs alone have all there is room for", () => {
  assert.deepEqual(offered(record([["constant", [4], ""]])), []);
  assert.equal(
    offered(
      record([
        ["input", [30], ""],
        ["input", [30], ""],
      ]),
    ).length,
    12,
  );
});
