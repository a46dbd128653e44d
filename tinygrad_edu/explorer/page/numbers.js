/** What the page shows of each node and edge: as recorded, or as the engine computed it anew. */

/** @typedef {import("./engine.js").GraphRecord} GraphRecord */

/**
 * For each node: its value and gradient, and for each of its edges the local derivative (of
 * elementwise operations) and the contribution. What was too large to be recorded is null.
 * @typedef {{
 *   values: (ArrayLike<number> | null)[],
 *   gradients: (ArrayLike<number> | null)[],
 *   derivatives: (ArrayLike<number> | null)[][],
 *   contributions: (ArrayLike<number> | null)[][],
 * }} Numbers
 */

/**
 * The numbers as Python computed them.
 * @param {GraphRecord} record
 * @returns {Numbers}
 */
export function recorded(record) {
  return {
    values: record.nodes.map((node) => plain(node.value)),
    gradients: record.nodes.map((node) => plain(node.gradient)),
    derivatives: record.nodes.map((node) => node.edges.map((edge) => plain(edge.derivative))),
    contributions: record.nodes.map((node) => node.edges.map((edge) => plain(edge.contribution))),
  };
}

/**
 * Numbers that JSON can't hold are written in words.
 * @param {(number | string)[] | null} written
 * @returns {Float64Array | null}
 */
function plain(written) {
  return written && Float64Array.from(written, Number);
}

/**
 * How many elements an array of this shape has.
 * @param {number[]} shape
 */
export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * The lengths of the axes: 4×3.
 * @param {number[]} shape
 */
export function shapeText(shape) {
  return shape.length ? shape.join("×") : "a number";
}

/**
 * The local derivative at an element; one number stands for all where it is constant.
 * @param {ArrayLike<number>} derivative
 * @param {number} element
 */
export function at(derivative, element) {
  return derivative[derivative.length === 1 ? 0 : element];
}
