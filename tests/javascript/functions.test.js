import assert from "node:assert/strict";
import { test } from "node:test";
import { array } from "../../tinygrad_edu/explorer/page/arrays.js";
import { functions, ofNumbers as f } from "../../tinygrad_edu/explorer/page/functions.js";

const { NaN: nan, POSITIVE_INFINITY: inf, MIN_VALUE: tiny } = Number;

/** Each row is a function, its arguments, and what NumPy gives: signs of zero count. */
const TABLE = [
  ["maximum", [nan, 1], nan],
  ["maximum", [1, nan], nan],
  ["minimum", [nan, 1], nan],
  ["fmax", [nan, 1], 1],
  ["fmax", [1, nan], 1],
  ["fmin", [nan, nan], nan],
  ["rint", [0.5], 0],
  ["rint", [1.5], 2],
  ["rint", [2.5], 2],
  ["rint", [-0.5], -0],
  ["rint", [-1.5], -2],
  ["rint", [0.49999999999999994], 0],
  ["rint", [inf], inf],
  ["rint", [nan], nan],
  ["sign", [-0], 0],
  ["sign", [-3], -1],
  ["sign", [nan], nan],
  ["signbit", [-0], 1],
  ["power", [1, nan], 1],
  ["power", [nan, 0], 1],
  ["power", [-1, inf], 1],
  ["power", [-8, 1 / 3], nan],
  ["power", [0, -1], inf],
  ["remainder", [-7, 3], 2],
  ["remainder", [7, -3], -2],
  ["remainder", [-6, 3], 0],
  ["remainder", [6, -3], -0],
  ["remainder", [1, 0], nan],
  ["remainder", [-1, inf], inf],
  ["fmod", [-7, 3], -1],
  ["floor_divide", [-7, 2], -4],
  ["floor_divide", [7, -2], -4],
  ["floor_divide", [1, 0], inf],
  ["floor_divide", [0, -2], -0],
  ["floor_divide", [1, nan], nan],
  ["heaviside", [0, 0.5], 0.5],
  ["heaviside", [-0, 0.5], 0.5],
  ["heaviside", [nan, 0.5], nan],
  ["copysign", [3, -0], -3],
  ["nextafter", [0, 1], tiny],
  ["nextafter", [0, -1], -tiny],
  ["nextafter", [1, 2], 1.0000000000000002],
  ["nextafter", [-1, 0], -0.9999999999999999],
  ["nextafter", [1, 1], 1],
  ["nextafter", [1, nan], nan],
  ["nextafter", [tiny, 0], 0],
  ["ldexp", [1, -1074], tiny],
  ["ldexp", [tiny, 2000], 2 ** 926],
  ["ldexp", [1, 1024], inf],
  ["ldexp", [3, 4], 48],
  ["logaddexp", [1000, 1000], 1000 + Math.LN2],
  ["logaddexp", [-inf, -inf], -inf],
  ["logaddexp", [inf, -inf], inf],
  ["logaddexp", [nan, 0], nan],
  ["logaddexp2", [0, 0], 1],
  ["logaddexp2", [1e300, 0], 1e300],
  ["hypot", [inf, nan], inf],
  ["hypot", [3e200, 0], 3e200],
  ["arctan2", [0, -0], Math.PI],
  ["arctan2", [-0, -1], -Math.PI],
  ["sinc", [0], 1],
  ["reciprocal", [-0], -inf],
  ["divide", [0, 0], nan],
  ["logical_not", [nan], 0],
  ["logical_and", [nan, 1], 1],
  ["logical_xor", [2, 3], 0],
  ["where", [0, 1, 2], 2],
  ["where", [nan, 1, 2], 1],
  ["equal", [nan, nan], 0],
  ["not_equal", [nan, nan], 1],
  ["isfinite", [inf], 0],
  ["log1p", [-1], -inf],
  ["expm1", [1e-20], 1e-20],
  ["arctanh", [1], inf],
  ["arccosh", [0.5], nan],
  ["cbrt", [-8], -2],
  ["sqrt", [-1], nan],
  ["sqrt", [-0], -0],
];

for (const [name, given, expected] of TABLE) {
  test(`${name}(${given.map((x) => (Object.is(x, -0) ? "-0" : x)).join(", ")})`, () => {
    assert.ok(
      Object.is(f[name](...given), expected),
      `${f[name](...given)} in place of ${expected}`,
    );
  });
}

const of = (name, x, params) => functions[name]([array([x], [])], params).data[0];

test("Bessel functions at 0, far out, and where they overflow", () => {
  assert.equal(of("bessel_i", 0, { order: 0 }), 1);
  assert.equal(of("bessel_i", 0, { order: 2 }), 0);
  assert.ok(Math.abs(of("bessel_i", 5, { order: 1 }) / 24.33564214245053 - 1) < 1e-14);
  assert.ok(Math.abs(of("bessel_i", -700, { order: 0 }) / 1.5295933476718704e302 - 1) < 1e-12);
  assert.equal(of("bessel_i", 800, { order: 0 }), inf);
  assert.equal(of("bessel_i", -inf, { order: 1 }), -inf);
  assert.ok(Number.isNaN(of("bessel_i", nan, { order: 0 })));
});

test("slopes of sinc at 0 and on both sides of the border between its formulas", () => {
  assert.equal(of("sinc_slope", 0, { order: 1 }), 0);
  assert.ok(Math.abs(of("sinc_slope", 0, { order: 2 }) + Math.PI ** 2 / 3) < 1e-14);
  for (const order of [0, 1, 2, 3]) {
    const border = (1 + order / Math.E) / Math.PI;
    const [below, above] = [border - 1e-12, border + 1e-12];
    const [x, y] = [of("sinc_slope", below, { order }), of("sinc_slope", above, { order })];
    assert.ok(Math.abs(x - y) < 1e-10 * Math.PI ** order);
  }
});

test("reductions of nothing", () => {
  const nothing = [array([], [0])];
  const along = { axes: [0], shape: [] };
  assert.equal(functions.sum(nothing, along).data[0], 0);
  assert.equal(functions.reduce(nothing, { by: "multiply", ...along }).data[0], 1);
  assert.throws(() => functions.reduce(nothing, { by: "maximum", ...along }), /nothing/);
});
