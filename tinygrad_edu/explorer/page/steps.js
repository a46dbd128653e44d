/** The order in which backprop is played, and what is known after each step. */

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */

/**
 * One step: `place` of `many` in its phase.
 * @typedef {{
 *   phase: "start" | "forward" | "seed" | "backward",
 *   node: number,
 *   place: number,
 *   many: number,
 * }} Step
 */

/** All steps: the leaves are given, each operation forward, the seed, each operation backward. */
export class Steps {
  /** @param {GraphRecord} record */
  constructor(record) {
    const { nodes, output } = record;
    const operations = nodes.flatMap((node, i) => (node.role === "operation" ? [i] : []));
    const many = operations.length;
    this.record = record;
    /** @type {Step[]} */
    this.list = [
      { phase: "start", node: output, place: 0, many: 0 },
      ...operations.map((node, i) => step("forward", node, i + 1, many)),
      { phase: "seed", node: output, place: 0, many: 0 },
      ...operations
        .slice()
        .reverse()
        .map((node, i) => step("backward", node, i + 1, many)),
    ];
    this.last = this.list.length - 1;
    this.seed = many + 1;
    /** When each value is known. */
    this.forward = nodes.map(() => 0);
    /** When each operation carries its gradient back. */
    this.backward = nodes.map(() => Infinity);
    operations.forEach((node, i) => {
      this.forward[node] = i + 1;
      this.backward[node] = this.last - i;
    });
    /** For each node the uses of it, in the order in which gradients come back from them. */
    this.uses = nodes.map(() => /** @type {{node: number, edge: number}[]} */ ([]));
    for (const node of operations.slice().reverse()) {
      nodes[node].edges.forEach(({ parent }, edge) => this.uses[parent].push({ node, edge }));
    }
    /** When each gradient is complete. */
    this.complete = this.uses.map((uses, node) =>
      uses.reduce(
        (last, use) => Math.max(last, this.backward[use.node]),
        node === output ? this.seed : 0,
      ),
    );
  }

  /**
   * The uses from which a gradient has come back by a step.
   * @param {number} node
   * @param {number} at
   */
  arrived(node, at) {
    return this.uses[node].filter((use) => this.backward[use.node] <= at);
  }

  /**
   * The gradient of a node as far as it is known at a step: null before any of it is.
   * @param {Numbers} numbers
   * @param {number} node
   * @param {number} at
   * @returns {ArrayLike<number> | null}
   */
  gradient(numbers, node, at) {
    const whole = numbers.gradients[node];
    if (!whole || at < this.seed) return null;
    if (at >= this.complete[node]) return whole;
    const uses = this.arrived(node, at);
    if (!uses.length && node !== this.record.output) return null;
    const sum = new Float64Array(whole.length);
    for (const use of uses) {
      const part = numbers.contributions[use.node][use.edge];
      if (!part) return null;
      for (let i = 0; i < sum.length; i++) sum[i] += part[i];
    }
    return sum;
  }
}

/**
 * @param {Step["phase"]} phase
 * @param {number} node
 * @param {number} place
 * @param {number} many
 * @returns {Step}
 */
function step(phase, node, place, many) {
  return { phase, node, place, many };
}
