/**
 * The functions that programs call, under NumPy's names, with NumPy's results for 0, infinity and
 * NaN. A truth value is 1 or 0. No derivative is written here: they come in the record.
 */

import {
  accumulate,
  broadcastTo,
  einsum,
  map,
  matmul,
  pick,
  reduce,
  reshape,
  scatter,
  sum,
  transpose,
} from "./arrays.js";

/** @typedef {import("./arrays.js").NDArray} NDArray */
/** @typedef {(...x: number[]) => number} OfNumbers */
/** @typedef {(operands: NDArray[], params: Record<string, any>) => NDArray} OfArrays */

const { PI, LN2, LOG2E, abs, exp, floor, log1p, sin, cos } = Math;

/** Whether the sign bit is set; of -0 it is. @param {number} x */
const negative = (x) => x < 0 || Object.is(x, -0);

/** @param {number} x @param {number} y */
const copysign = (x, y) => (negative(y) ? -abs(x) : abs(x));

/** @param {boolean} truth */
const number = (truth) => (truth ? 1 : 0);

/** x^y as in C: 1 to the power of anything is 1, and so is -1 to infinity.
 * @param {number} x @param {number} y */
function power(x, y) {
  return x === 1 || (x === -1 && abs(y) === Infinity) ? 1 : x ** y;
}

/** The nearest whole number, of two the even one. @param {number} x */
function rint(x) {
  const below = floor(x);
  const up = x - below > 0.5 || (x - below === 0.5 && below % 2 !== 0);
  return copysign(up ? below + 1 : below, x);
}

/** What is left of x over whole ys, with the sign of y. @param {number} x @param {number} y */
function remainder(x, y) {
  const rest = x % y;
  if (rest) return rest < 0 !== y < 0 ? rest + y : rest;
  return rest === 0 ? copysign(0, y) : rest;
}

/** @param {number} x @param {number} y */
function floorDivide(x, y) {
  if (y === 0) return x / y;
  const rest = x % y;
  let quotient = (x - rest) / y;
  if (rest && y < 0 !== rest < 0) quotient -= 1;
  if (!quotient) return quotient === 0 ? copysign(0, x / y) : quotient;
  const whole = floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

/** log(e^x + e^y), with nothing that overflows. @param {number} x @param {number} y */
function logaddexp(x, y) {
  if (x === y) return x + LN2;
  const difference = x - y;
  if (difference > 0) return x + log1p(exp(-difference));
  return difference <= 0 ? y + log1p(exp(difference)) : difference;
}

/** log2(2^x + 2^y). @param {number} x @param {number} y */
function logaddexp2(x, y) {
  if (x === y) return x + 1;
  const difference = x - y;
  if (difference > 0) return x + LOG2E * log1p(2 ** -difference);
  return difference <= 0 ? y + LOG2E * log1p(2 ** difference) : difference;
}

/** The float next to x on the way to y. @param {number} x @param {number} y */
function nextafter(x, y) {
  if (!(x < y || x > y)) return x === y ? y : NaN;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(x).buffer);
  bits[0] += y > x === x > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0];
}

/** x 2^n, in steps that do not overflow where the result doesn't.
 * @param {number} x @param {number} n */
function ldexp(x, n) {
  const first = Math.max(-1000, Math.min(1000, n));
  const second = Math.max(-1000, Math.min(1000, n - first));
  return x * 2 ** first * 2 ** second * 2 ** Math.max(-1000, Math.min(1000, n - first - second));
}

/** @param {number} x */
function sinc(x) {
  const u = PI * (x === 0 ? 1e-20 : x);
  return sin(u) / u;
}

/** The n-th derivative of sinc: see sinc_slope in rules/families.py.
 * @param {number} x @param {number} n */
function sincSlope(x, n) {
  const u = PI * x;
  const border = 1 + n / Math.E;
  if (abs(u) > border) {
    const waves = [cos(u), -sin(u), -cos(u), sin(u)];
    let slope = sin(u) / u;
    for (let k = 1; k <= n; k++) slope = (waves[(k - 1) % 4] - k * slope) / u;
    return PI ** n * slope;
  }
  let term = u ** (n % 2);
  let series = 0 * u;
  for (let p = n % 2; p < floor(3 * border) + 30; p += 2) {
    series += ((((p + n) / 2) % 2 ? -1 : 1) / (p + n + 1)) * term;
    term *= (u * u) / ((p + 1) * (p + 2));
  }
  return PI ** n * series;
}

/** I_n(x), by its series, in which all terms have one sign (Abramowitz and Stegun, 9.6.10).
 * @param {number} x @param {number} n */
function besselI(x, n) {
  let term = 1;
  for (let k = 1; k <= n; k++) term *= x / 2 / k;
  let total = 0;
  for (let k = 1; total + term !== total; k++) {
    total += term;
    term *= ((x / 2) * (x / 2)) / (k * (k + n));
    if (Number.isNaN(total)) break;
  }
  return total;
}

/** @type {Record<string, OfNumbers>} */
export const ofNumbers = {
  positive: (x) => x,
  negative: (x) => -x,
  absolute: abs,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  signbit: (x) => number(negative(x)),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  log1p,
  sin,
  cos,
  tan: Math.tan,
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  arcsinh: Math.asinh,
  arccosh: Math.acosh,
  arctanh: Math.atanh,
  degrees: (x) => x * (180 / PI),
  radians: (x) => x * (PI / 180),
  sinc,
  floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  rint,
  isnan: (x) => number(Number.isNaN(x)),
  isinf: (x) => number(abs(x) === Infinity),
  isfinite: (x) => number(Number.isFinite(x)),
  logical_not: (x) => number(x === 0),

  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  floor_divide: floorDivide,
  remainder,
  fmod: (x, y) => x % y,
  power,
  hypot: Math.hypot,
  arctan2: Math.atan2,
  copysign,
  nextafter,
  ldexp,
  logaddexp,
  logaddexp2,
  heaviside: (x, y) => (x < 0 ? 0 : x > 0 ? 1 : x === 0 ? y : x),
  maximum: (x, y) => (x >= y || Number.isNaN(x) ? x : y),
  minimum: (x, y) => (x <= y || Number.isNaN(x) ? x : y),
  fmax: (x, y) => (x >= y || Number.isNaN(y) ? x : y),
  fmin: (x, y) => (x <= y || Number.isNaN(y) ? x : y),
  equal: (x, y) => number(x === y),
  not_equal: (x, y) => number(x !== y),
  less: (x, y) => number(x < y),
  less_equal: (x, y) => number(x <= y),
  greater: (x, y) => number(x > y),
  greater_equal: (x, y) => number(x >= y),
  logical_and: (x, y) => number(x !== 0 && y !== 0),
  logical_or: (x, y) => number(x !== 0 || y !== 0),
  logical_xor: (x, y) => number((x !== 0) !== (y !== 0)),
  where: (condition, x, y) => (condition !== 0 ? x : y),
};

/** What nothing at all is reduced to. @type {Record<string, number>} */
const identities = { multiply: 1, logical_and: 1, logical_or: 0 };

/** @type {Record<string, OfArrays>} */
const others = {
  reshape: ([a], { shape }) => reshape(a, shape),
  broadcast_to: ([a], { shape }) => broadcastTo(a, shape),
  transpose: ([a], { axes }) => transpose(a, axes),
  matmul: ([a, b]) => matmul(a, b),
  einsum: (operands, { text }) => einsum(text, operands),
  pick: (arrays, { places, shape }) => pick(arrays, places, shape),
  scatter: ([g], { places, shape }) => scatter(g, places, shape),
  sum: ([a], { axes, shape }) => reshape(sum(a, axes), shape),
  reduce: ([a], { by, axes, shape }) =>
    reshape(reduce(a, axes, ofNumbers[by], identities[by]), shape),
  accumulate: ([a], { by, axis }) => accumulate(a, axis, ofNumbers[by]),
  sinc_slope: ([a], { order }) => map((x) => sincSlope(x, order), [a]),
  bessel_i: ([a], { order }) => map((x) => besselI(x, order), [a]),
};

/** Every function that a program may call, by name. @type {Record<string, OfArrays>} */
export const functions = Object.assign(
  Object.fromEntries(
    Object.entries(ofNumbers).map(([name, f]) => [name, (/** @type {NDArray[]} */ a) => map(f, a)]),
  ),
  others,
);
