/**
 * The paths along which a node reaches the output: the gradient is a sum over them. They are
 * counted, never listed: there may be more than atoms in the universe.
 *
 * @typedef {import("./engine.js").GraphRecord} GraphRecord
 * @typedef {{nodes: number[], factors: number[], product: number}} Path
 * @typedef {{product: number, node: number, factor: number, rest: Tail | null}} Tail
 */

/** The number of paths from `node` to the output.
 * @param {GraphRecord} record @param {number} node @returns {bigint} */
export function countPaths(record, node) {
  /** @type {bigint[]} */
  const found = record.nodes.map(() => 0n);
  found[record.output] = 1n;
  for (let index = record.output; index > node; index--) {
    if (found[index])
      for (const { parent } of record.nodes[index].edges) found[parent] += found[index];
  }
  return found[node];
}

/** Which nodes `node` flows into, itself among them. @param {GraphRecord} record
 * @param {number} node */
function reached(record, node) {
  const found = new Set([node]);
  record.nodes.forEach((each, index) => {
    if (each.edges.some(({ parent }) => found.has(parent))) found.add(index);
  });
  return found;
}

/** A factor of 0 lets nothing through, not even infinity. @param {number} x @param {number} y */
const through = (x, y) => (x === 0 || y === 0 ? 0 : x * y);

/** Larger products first, and NaN before all, as it spoils the sum.
 * @param {Tail} a @param {Tail} b */
function byProduct(a, b) {
  const [x, y] = [a, b].map(({ product }) =>
    Number.isNaN(product) ? Infinity : Math.abs(product),
  );
  return x === y ? 0 : y - x;
}

/**
 * The paths from `node` to the output with the largest products of local derivatives. A node needs
 * to know only as many of its own: a path that is not among its consumer's largest is not among
 * its own. Empty where an array is on the way, as then no one number says what flows.
 *
 * @param {GraphRecord} record @param {(ArrayLike<number> | null)[][]} derivatives
 * @param {number} node @param {number} [most] @returns {Path[]}
 */
export function largestPaths(record, derivatives, node, most = 8) {
  const forwards = reached(record, node);
  /** @type {Tail[][]} */
  const tails = record.nodes.map(() => []);
  tails[record.output] = [{ product: 1, node: record.output, factor: 1, rest: null }];
  for (let index = record.output; index >= node; index--) {
    if (!forwards.has(index) || !tails[index].length) continue;
    tails[index] = tails[index].sort(byProduct).slice(0, most);
    if (record.nodes[index].shape.some((length) => length !== 1)) return [];
    for (const [k, { parent }] of record.nodes[index].edges.entries()) {
      if (!forwards.has(parent)) continue;
      const slope = derivatives[index][k];
      if (!slope) return [];
      for (const rest of tails[index]) {
        const product = through(slope[0], rest.product);
        tails[parent].push({ product, node: parent, factor: slope[0], rest });
      }
    }
  }
  return tails[node].map(listed);
}

/** @param {Tail} start @returns {Path} */
function listed(start) {
  const nodes = [];
  const factors = [];
  for (let tail = /** @type {Tail | null} */ (start); tail; tail = tail.rest) {
    nodes.push(tail.node);
    if (tail.rest) factors.push(tail.factor);
  }
  return { nodes, factors, product: start.product };
}
