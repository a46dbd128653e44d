/** Which elements have sliders at the beginning: parameters first, some of every module. */

import { sizeOf } from "./numbers.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */

const FIRST = 12; // sliders
const SHARE = 4; // of these for inputs, where there are parameters too

/**
 * Each as its node and its place in that.
 * @param {GraphRecord} record
 * @returns {[number, number][]}
 */
export function offered({ nodes }) {
  const sizes = nodes.map(({ shape }) => sizeOf(shape));
  /** @param {string} role */
  const those = (role) =>
    [...nodes.keys()].filter((node) => nodes[node].role === role && sizes[node]);
  const inputs = those("input");
  const parameters = inTurn(
    those("parameter"),
    (node) => nodes.find((use) => use.inputs.includes(node))?.box ?? "",
  );
  const all = inputs.reduce((sum, node) => sum + sizes[node], 0);
  const kept = parameters.length ? Math.min(SHARE, all) : FIRST;
  const first = elements(parameters, sizes, FIRST - kept);
  return [...first, ...elements(inputs, sizes, FIRST - first.length)];
}

/**
 * Up to `most` elements: the first of each leaf, then the second, and so on; by leaf.
 * @param {number[]} leaves
 * @param {number[]} sizes
 * @param {number} most
 * @returns {[number, number][]}
 */
function elements(leaves, sizes, most) {
  const share = leaves.map(() => 0);
  let left = most;
  for (let place = 0; left > 0 && leaves.some((node) => sizes[node] > place); place++) {
    leaves.forEach((node, i) => {
      if (left > 0 && sizes[node] > place) {
        share[i]++;
        left--;
      }
    });
  }
  return leaves.flatMap((node, i) =>
    Array.from({ length: share[i] }, (_, place) => /** @type {[number, number]} */ ([node, place])),
  );
}

/**
 * The first of each group, then the second of each, and so on.
 * @param {number[]} items
 * @param {(item: number) => string} groupOf
 */
function inTurn(items, groupOf) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const turns = new Map(
    items.map((item) => {
      const group = groupOf(item);
      const turn = counts.get(group) ?? 0;
      counts.set(group, turn + 1);
      return [item, turn];
    }),
  );
  return items.slice().sort((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0));
}
