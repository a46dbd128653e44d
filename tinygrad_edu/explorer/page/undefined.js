/** What is no finite number: where it begins, and how that is said. */

import { number } from "./format.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./dom.js").Piece} Piece */

/**
 * The first of the numbers that is not finite; undefined if all are, or there are none.
 * @param {ArrayLike<number> | null | undefined} values
 * @returns {number | undefined}
 */
export function unusualIn(values) {
  const all = Array.from(values ?? []);
  return all.find(Number.isNaN) ?? all.find((value) => !Number.isFinite(value));
}

/**
 * The first node that is not a finite number though all that it is made of is; or null.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 */
export function firstUndefined({ nodes }, { values }) {
  const wrong = nodes.map((_, i) => unusualIn(values[i]) !== undefined);
  const found = nodes.findIndex(({ inputs }, i) => wrong[i] && !inputs.some((each) => wrong[each]));
  return found < 0 ? null : found;
}

/**
 * Why a node is not a finite number.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {number} i
 * @returns {Piece[]}
 */
export function undefinedText({ nodes }, { values }, i) {
  const { label, inputs, op, symbol } = nodes[i];
  const value = unusualIn(values[i]) ?? NaN;
  const said = Number.isNaN(value) ? "NaN, not a number" : `${number(value)}, no finite number`;
  const guilty = inputs.find((each) => unusualIn(values[each]) !== undefined);
  /** @type {Piece[]} */
  const parts = [`${label} is `, [said, "v"]];
  if (guilty !== undefined) {
    const from = number(unusualIn(values[guilty]) ?? NaN);
    return [...parts, `: it is computed from ${nodes[guilty].label}, which is ${from}.`];
  }
  if (!op) return [...parts, "."];
  const name = op.replace(/^np\./, "");
  const given = inputs.map((each) => nodes[each].label).join(", ");
  const one = inputs.length === 1 && values[inputs[0]]?.length === 1;
  const at = one ? `${number(values[inputs[0]]?.[0] ?? NaN)}` : `these values of ${given}`;
  const sign = symbol && symbol !== name ? ` (${symbol})` : "";
  return [...parts, `: ${name}${sign} has no finite value at ${at}.`];
}

/**
 * Why what is carried back along an edge is not a finite number.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {number} i
 * @param {number} e
 * @returns {Piece[] | null}
 */
export function undefinedBack({ nodes }, { gradients, derivatives, contributions }, i, e) {
  const value = unusualIn(contributions[i][e]);
  if (value === undefined) return null;
  const { label, edges } = nodes[i];
  const parent = nodes[edges[e].parent].label;
  const upstream = unusualIn(gradients[i]);
  const slope = unusualIn(derivatives[i][e]);
  const said = Number.isNaN(value) ? "NaN is not a number" : `${number(value)} is no finite number`;
  /** @type {Piece[]} */
  const parts = [[said, "g"]];
  if (upstream !== undefined) {
    return [...parts, `: the gradient of ${label}, which comes back, is ${number(upstream)}.`];
  }
  if (slope === undefined) return [...parts, "."];
  const steep = Number.isNaN(slope) ? "is not defined" : `is ${number(slope)}`;
  return [...parts, `: the slope of ${label} in ${parent} ${steep} here.`];
}
