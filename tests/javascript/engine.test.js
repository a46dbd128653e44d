import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "../../tinygrad_edu/explorer/page/engine.js";

const leaf = (label, value, gradient) => ({
  id: label,
  role: "input",
  label,
  op: null,
  shape: [],
  dtype: "float64",
  value: [value],
  gradient: [gradient],
  inputs: [],
  forward: null,
  edges: [],
});

/** y = x * x, for x = 3. */
function square() {
  const edge = {
    parent: 0,
    elementwise: true,
    rule: 1,
    derivative: [3],
    contribution: [3],
  };
  const node = { ...leaf("y", 9, 1), role: "operation", op: "np.multiply", inputs: [0, 0] };
  return {
    output: 1,
    seed: [1],
    off: null,
    nodes: [leaf("x", 3, 6), { ...node, forward: 0, edges: [edge, { ...edge }] }],
    programs: [
      { variables: ["a0", "a1"], constants: [], calls: [["multiply", [0, 1]]], result: 2 },
      { variables: ["a1"], constants: [], calls: [], result: 0 },
    ],
  };
}

test("a recorded run is replayed, changed, and restored", () => {
  const engine = new Engine(square());
  assert.equal(engine.verify(), null);
  engine.set(0, 0, -5);
  assert.deepEqual(engine.values, [Float64Array.of(-5), Float64Array.of(9)]);
  engine.recompute();
  assert.deepEqual(engine.values[1], Float64Array.of(25));
  assert.deepEqual(engine.gradients[0], Float64Array.of(-10));
  assert.deepEqual(engine.derivatives[1], [Float64Array.of(-5), Float64Array.of(-5)]);
  assert.deepEqual(engine.contributions[1], [Float64Array.of(-5), Float64Array.of(-5)]);
  engine.reset();
  assert.deepEqual(engine.values, [Float64Array.of(3), Float64Array.of(9)]);
  assert.deepEqual(engine.gradients, [Float64Array.of(6), Float64Array.of(1)]);
});

const WRONG = [
  [(r) => (r.nodes[1].value = [10]), /^y \(np\.multiply\): the page computes 9, and Python/],
  [(r) => (r.nodes[1].edges[0].derivative = [4]), /^the local derivative of y towards x/],
  [(r) => (r.nodes[1].edges[1].contribution = [4]), /^what flows from y towards x/],
  [(r) => (r.nodes[0].gradient = [7]), /^the gradient of x: the page computes 6, and Python/],
  [(r) => (r.nodes[0].gradient = ["NaN"]), /Python recorded NaN$/],
  [(r) => (r.nodes[1].value = [9 + 1e-7]), /computes 9, and Python recorded 9\.0000001$/],
  [(r) => (r.off = "it is too large"), /^it is too large$/],
];

for (const [spoil, expected] of WRONG) {
  test(`a record that is wrong: ${expected.source}`, () => {
    const record = square();
    spoil(record);
    assert.match(new Engine(record).verify(), expected);
  });
}

test("rounding is no disagreement", () => {
  const record = square();
  record.nodes[1].value = [9 + 1e-12];
  assert.equal(new Engine(record).verify(), null);
});

test("only elements of leaves can be set", () => {
  const engine = new Engine(square());
  assert.throws(() => engine.set(1, 0, 2), /y is computed/);
  assert.throws(() => engine.set(0, 1, 2), /x has no element 1/);
});

test("a record that is off can be shown, and not computed with", () => {
  const engine = new Engine({ ...square(), off: "the page does not know np.sort", programs: [] });
  assert.deepEqual(engine.values[1], Float64Array.of(9));
  assert.throws(() => engine.recompute(), /np\.sort/);
});

test("a program with an unknown function is refused", () => {
  const record = square();
  record.programs[0].calls = [["einstein", [0, 1]]];
  assert.throws(() => new Engine(record), /the page does not know einstein/);
});
