/** What one element of a gradient is the sum of: a gradient times a local derivative, a term. */

import { at, sizeOf } from "./numbers.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * The terms of what a use contributes to one element, each an element of G and what it is
 * multiplied by; null where they are not known, or do not add up to it.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {{node: number, edge: number}} use
 * @param {number} element
 * @returns {[number, number][] | null}
 */
export function termsOf(record, numbers, use, element) {
  const node = record.nodes[use.node];
  const contribution = numbers.contributions[use.node][use.edge];
  const G = numbers.gradients[use.node];
  if (!contribution || !G) return null;
  const product = /(^|\.)matmul$/.test(node.op ?? "") && node.inputs.length === 2;
  const terms = product
    ? ofProduct(record, numbers, use, element, G)
    : ofElements(record, numbers, use, element, G);
  if (!terms) return null;
  const sum = terms.reduce((all, [g, d]) => all + g * d, 0);
  const size = terms.reduce((all, [g, d]) => all + Math.abs(g * d), 0);
  return Math.abs(sum - contribution[element]) <= 1e-4 * size ? terms : null;
}

/**
 * Of an elementwise operation: all elements of the result that the one was repeated into.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {{node: number, edge: number}} use
 * @param {number} element
 * @param {ArrayLike<number>} G
 * @returns {[number, number][] | null}
 */
function ofElements(record, numbers, use, element, G) {
  const { shape, edges } = record.nodes[use.node];
  const local = numbers.derivatives[use.node][use.edge];
  if (!edges[use.edge].elementwise || !local) return null;
  const from = record.nodes[edges[use.edge].parent].shape;
  /** @type {[number, number][]} */
  const terms = [];
  for (let i = 0; i < G.length; i++) {
    if (source(i, shape, from) === element) terms.push([G[i], at(local, i)]);
  }
  return terms;
}

/**
 * Which element of an array of the shape `from` is broadcast to an element of the shape `to`.
 * @param {number} place
 * @param {number[]} to
 * @param {number[]} from
 */
function source(place, to, from) {
  let rest = place;
  let found = 0;
  let stride = 1;
  for (let axis = 1; axis <= from.length; axis++) {
    const length = to[to.length - axis];
    const own = from[from.length - axis];
    found += own === 1 ? 0 : (rest % length) * stride;
    rest = Math.floor(rest / length);
    stride *= own;
  }
  return found;
}

/**
 * Of A @ B, a row of G with a row of B, or a column of A with a column of G.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {{node: number, edge: number}} use
 * @param {number} element
 * @param {ArrayLike<number>} G
 * @returns {[number, number][] | null}
 */
function ofProduct(record, numbers, use, element, G) {
  const { inputs, edges } = record.nodes[use.node];
  const shapes = inputs.map((input) => record.nodes[input].shape);
  const [A, B] = inputs.map((input) => numbers.values[input]);
  if (!A || !B || shapes.some((shape) => shape.length < 1 || shape.length > 2)) return null;
  const first = edges.length === 2 ? use.edge === 0 : edges[0].parent === inputs[0];
  const inner = shapes[0][shapes[0].length - 1];
  const rows = sizeOf(shapes[0]) / inner;
  const columns = sizeOf(shapes[1]) / inner;
  if (first) {
    const [i, k] = [Math.floor(element / inner), element % inner];
    return count(columns, (j) => [G[i * columns + j], B[k * columns + j]]);
  }
  const [k, j] = [Math.floor(element / columns), element % columns];
  return count(rows, (i) => [G[i * columns + j], A[i * inner + k]]);
}

/**
 * @param {number} length
 * @param {(i: number) => [number, number]} term
 */
function count(length, term) {
  return Array.from({ length }, (_, i) => term(i));
}
