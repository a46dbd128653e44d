/**
 * Forward and backward passes over the recorded graph, as tinygrad_edu/graph.py does them.
 *
 * @typedef {import("./arrays.js").NDArray} NDArray
 * @typedef {import("./program.js").Numeral} Numeral
 * @typedef {import("./program.js").Program} Program
 * @typedef {import("./program.js").Compiled} Compiled
 * @typedef {{derivative: Float64Array | null, contribution: NDArray}} Flow
 * @typedef {{
 *   parent: number, elementwise: boolean, rule: number | null, slope?: number, text: string,
 *   link: string | null, derivative: Numeral[] | null, contribution: Numeral[] | null,
 * }} RecordedEdge
 * @typedef {{
 *   id: string, card: string, role: "input" | "parameter" | "constant" | "operation",
 *   name: string, label: string, symbol: string, op: string | null, details: string, box: string,
 *   shape: number[], dtype: string, value: Numeral[] | null, gradient: Numeral[] | null,
 *   summary?: string, formula?: string, inputs: number[], forward: number | null, edges: RecordedEdge[],
 * }} RecordedNode
 * @typedef {{
 *   format: number, title: string, output: number, seed: Numeral[], nodes: RecordedNode[],
 *   programs: Program[], off: string | null, fixed: string | null,
 *   insides: Record<string, {name: string, nodes: number[]}>[],
 * }} GraphRecord
 */

import { array, broadcastTo, map1, map2, unbroadcast } from "./arrays.js";
import { compile, numbers } from "./program.js";
import { number } from "./format.js";

/** How far results may lie apart: the page computes in float64, and libraries differ in the last
 * digits. @type {Record<string, number>} */
const TOLERANCE = { float32: 1e-4, float16: 2e-2 };

/** The product in which 0 times infinity, or times NaN where a pole was, is 0.
 * @param {number} g @param {number} derivative */
function times(g, derivative) {
  if (g === 0 && !Number.isFinite(derivative)) return g * 0;
  if (derivative === 0 && Math.abs(g) === Infinity) return 0 * derivative;
  return g * derivative;
}

/** @param {NDArray} a @param {string} dtype in which to round it @returns {NDArray} */
function cast(a, dtype) {
  return dtype === "float32" ? map1(Math.fround, a) : a;
}

/** @param {NDArray} a @param {NDArray} b @returns {NDArray} */
const plus = (a, b) => map2((x, y) => x + y, a, b);

/** Where two results differ by more than rounding: the place, or -1.
 * @param {Float64Array} found @param {Float64Array} recorded @param {number} tolerance
 * @param {ArrayLike<number>[]} terms what they were computed from, which may have cancelled */
function differing(found, recorded, tolerance, terms) {
  let scale = 0;
  for (const each of terms) {
    for (let k = 0; k < each.length; k++) {
      if (Math.abs(each[k]) < Infinity) scale = Math.max(scale, Math.abs(each[k]));
    }
  }
  return found.findIndex((x, k) => {
    const y = recorded[k];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return false;
    const largest = Math.max(Math.abs(x), Math.abs(y));
    return !(Math.abs(x - y) <= tolerance * (largest + scale / 1000));
  });
}

/** The graph, its numbers, and what they become when a leaf is changed. */
export class Engine {
  /** @param {GraphRecord} record */
  constructor(record) {
    this.record = record;
    /** @type {Float64Array[]} */
    this.values = [];
    /** @type {(Float64Array | null)[]} */
    this.gradients = [];
    /** @type {(Float64Array | null)[][]} */
    this.derivatives = [];
    /** @type {(Float64Array | null)[][]} */
    this.contributions = [];
    /** For each node, the edges along which its gradient arrives. @type {[number, number][][]} */
    this.arriving = record.nodes.map(() => []);
    record.nodes.forEach(({ edges }, node) => {
      edges.forEach(({ parent }, edge) => this.arriving[parent].push([node, edge]));
    });
    /** @type {Compiled[]} */
    this.programs = record.off ? [] : record.programs.map(compile);
    this.reset();
  }

  /** Back to the recorded numbers. */
  reset() {
    const { nodes, off, output } = this.record;
    const given = (/** @type {Numeral[] | null} */ data) => (data ? numbers(data) : null);
    this.values = nodes.map((node) => numbers(node.value ?? []));
    this.gradients = nodes.map((node) => given(node.gradient));
    this.derivatives = nodes.map((node) => node.edges.map((edge) => given(edge.derivative)));
    this.contributions = nodes.map((node) => node.edges.map((edge) => given(edge.contribution)));
    if (!off && nodes[output].gradient === null) this.recompute();
  }

  /** Change an element of a leaf; what depends on it follows when all is recomputed.
   * @param {number} node @param {number} element @param {number} value */
  set(node, element, value) {
    const { role, label } = this.record.nodes[node];
    if (role === "operation" || role === "constant") {
      throw new TypeError(`${label} is ${role === "constant" ? "a constant" : "computed"}`);
    }
    if (!(element in this.values[node])) throw new RangeError(`${label} has no element ${element}`);
    this.values[node][element] = value;
  }

  /** The forward and the backward pass, with the leaves as they are. */
  recompute() {
    if (this.record.off) throw new Error(this.record.off);
    this.forward();
    this.backward();
  }

  /** Parents come before their children. */
  forward() {
    this.record.nodes.forEach((node, index) => {
      if (node.forward !== null) this.values[index] = this.computed(index);
    });
  }

  /** For every node n, the sum over its consumers c: dL/dn = sum of dL/dc . dc/dn. */
  backward() {
    const { nodes, output, seed } = this.record;
    /** @type {NDArray[]} */
    const found = [];
    found[output] = array(numbers(seed), nodes[output].shape);
    for (let index = nodes.length - 1; index >= 0; index--) {
      const node = nodes[index];
      this.gradients[index] = node.role === "constant" ? null : found[index].data;
      this.flows(index, found[index]).forEach(({ derivative, contribution }, k) => {
        this.derivatives[index][k] = derivative;
        this.contributions[index][k] = contribution.data;
        const { parent } = node.edges[k];
        const sum = found[parent] ? plus(found[parent], contribution) : contribution;
        found[parent] = cast(sum, nodes[parent].dtype);
      });
    }
  }

  // ---- one node ---------------------------------------------------------------------------------

  /** What the variables of the programs of a node are. @param {number} index */
  variables(index) {
    /** @type {Record<string, NDArray>} */
    const given = {};
    this.record.nodes[index].inputs.forEach((input, k) => {
      given[`a${k}`] = array(this.values[input], this.record.nodes[input].shape);
    });
    return given;
  }

  /** The value of an operation, of those of its operands. @param {number} index */
  computed(index) {
    const { forward, shape, dtype } = this.record.nodes[index];
    const value = this.programs[/** @type {number} */ (forward)](this.variables(index));
    return cast(broadcastTo(value, shape), dtype).data;
  }

  /** What the edges of a node carry back of its gradient. @param {number} index @param {NDArray} g
   * @returns {Flow[]} */
  flows(index, g) {
    const { nodes } = this.record;
    const { edges, shape, dtype } = nodes[index];
    if (!edges.length) return [];
    const given = this.variables(index);
    given.out = array(this.values[index], shape);
    given.g = g;
    return edges.map(({ rule, slope, elementwise, parent }) => {
      let derivative = null;
      let carried;
      if (rule === null) {
        const factor = Number(slope);
        derivative = Float64Array.of(factor);
        carried = map1((x) => x * factor, g);
      } else if (elementwise) {
        const all = cast(broadcastTo(this.programs[rule](given), shape), dtype);
        derivative = all.data;
        carried = map2(times, g, all);
      } else {
        carried = this.programs[rule](given);
      }
      const contribution = cast(unbroadcast(carried, nodes[parent].shape), nodes[parent].dtype);
      return { derivative, contribution };
    });
  }

  // ---- the recorded run -------------------------------------------------------------------------

  /** Replay the recorded run and compare: null, or a sentence that says where they part.
   *
   * Every node is computed from the recorded numbers of its operands, so that rounding does not
   * build up: where all agree, the whole does. All is left as recorded. */
  verify() {
    if (this.record.off) return this.record.off;
    this.reset();
    const places = [...this.record.nodes.keys()];
    try {
      for (const index of places) {
        const said = this.checkedValue(index);
        if (said) return said;
      }
      for (const index of places.reverse()) {
        const said = this.checkedFlows(index) ?? this.checkedSum(index);
        if (said) return said;
      }
    } catch (error) {
      return `the page can't compute this graph: ${/** @type {Error} */ (error).message}`;
    }
    return null;
  }

  /** @param {number} index */
  checkedValue(index) {
    const { forward, inputs } = this.record.nodes[index];
    if (forward === null) return null;
    const operands = inputs.map((input) => this.values[input]);
    return this.difference(index, "", this.computed(index), this.values[index], operands);
  }

  /** What flows along the edges of a node, and the local derivatives. @param {number} index */
  checkedFlows(index) {
    const { edges, gradient, inputs, shape } = this.record.nodes[index];
    if (!gradient) return null;
    const g = numbers(gradient);
    const terms = [[1], this.values[index], ...inputs.map((input) => this.values[input])];
    for (const [k, { derivative, contribution }] of this.flows(index, array(g, shape)).entries()) {
      const towards = ` towards ${this.record.nodes[edges[k].parent].label}`;
      const slope = this.derivatives[index][k];
      const flow = /** @type {Float64Array} */ (this.contributions[index][k]);
      const said =
        (derivative &&
          slope &&
          this.difference(index, "the local derivative of ", derivative, slope, terms, towards)) ||
        this.difference(index, "what flows from ", contribution.data, flow, [g], towards);
      if (said) return said;
    }
    return null;
  }

  /** Whether the gradient of a node is the sum of what flows to it. @param {number} index */
  checkedSum(index) {
    const { gradient } = this.record.nodes[index];
    if (!gradient || index === this.record.output) return null;
    const terms = this.arriving[index].map(([node, edge]) => this.contributions[node][edge]);
    const all = /** @type {Float64Array[]} */ (terms);
    const sum = all.reduce((total, each) => total.map((x, k) => x + each[k]));
    return this.difference(index, "the gradient of ", sum, numbers(gradient), all);
  }

  /** @param {number} index @param {string} what @param {Float64Array} found
   * @param {Float64Array} recorded @param {ArrayLike<number>[]} terms @param {string} [towards] */
  difference(index, what, found, recorded, terms, towards = "") {
    const { label, op, dtype } = this.record.nodes[index];
    const named = `${what}${label}${towards}${op ? ` (${op})` : ""}`;
    if (found.length !== recorded.length) {
      return `${named}: the page computes ${found.length} numbers, and Python ${recorded.length}`;
    }
    const place = differing(found, recorded, TOLERANCE[dtype] ?? 1e-9, terms);
    if (place < 0) return null;
    const pair = [found[place], recorded[place]];
    const alike = number(pair[0]) === number(pair[1]);
    const [here, there] = pair.map(alike ? String : number);
    const element = found.length > 1 ? `, element ${place}` : "";
    return `${named}${element}: the page computes ${here}, and Python recorded ${there}`;
  }
}
