/**
 * Forward and backward passes over the recorded graph, as tinygrad_edu/graph.py does them.
 *
 * @typedef {import("./arrays.js").NDArray} NDArray
 * @typedef {import("./program.js").Numeral} Numeral
 * @typedef {import("./program.js").Program} Program
 * @typedef {{
 *   parent: number, elementwise: boolean, rule: number | null, slope?: number, text: string,
 *   link: string | null, derivative: Numeral[] | null, contribution: Numeral[] | null,
 * }} RecordedEdge
 * @typedef {{
 *   id: string, card: string, role: "input" | "parameter" | "constant" | "operation",
 *   name: string, label: string, symbol: string, op: string | null, details: string, box: string,
 *   shape: number[], dtype: string, value: Numeral[] | null, gradient: Numeral[] | null,
 *   summary?: string, inputs: number[], forward: number | null, edges: RecordedEdge[],
 * }} RecordedNode
 * @typedef {{
 *   format: number, title: string, output: number, seed: Numeral[], nodes: RecordedNode[],
 *   programs: Program[], off: string | null, fixed: string | null,
 * }} GraphRecord
 */

import { array, broadcastTo, map1, map2, unbroadcast } from "./arrays.js";
import { compile, numbers } from "./program.js";
import { number } from "./format.js";

/** How far results may lie apart: the page computes in float64, and libraries differ in the last
 * digits. @type {Record<string, number>} */
const TOLERANCE = { float64: 1e-9, longdouble: 1e-9, float32: 1e-4, float16: 2e-2 };

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
 * @param {Float64Array[]} [terms] what they were computed from, which may have cancelled */
function differing(found, recorded, tolerance, terms = []) {
  let scale = 0;
  for (const each of terms) {
    for (const x of each) if (Math.abs(x) < Infinity) scale = Math.max(scale, Math.abs(x));
  }
  return found.findIndex((x, k) => {
    const y = recorded[k];
    if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) return false;
    const largest = Math.max(Math.abs(x), Math.abs(y));
    return !(Math.abs(x - y) <= tolerance * largest + (tolerance / 1000) * scale);
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
    if (!record.off) this.programs = record.programs.map(compile);
    this.reset();
  }

  /** Back to the recorded numbers. */
  reset() {
    const { nodes, off } = this.record;
    const given = (/** @type {Numeral[] | null} */ data) => (data ? numbers(data) : null);
    this.values = nodes.map((node) => numbers(node.value ?? []));
    this.gradients = nodes.map((node) => given(node.gradient));
    this.derivatives = nodes.map((node) => node.edges.map((edge) => given(edge.derivative)));
    this.contributions = nodes.map((node) => node.edges.map((edge) => given(edge.contribution)));
    if (!off && nodes[this.record.output].gradient === null) this.recompute();
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

  /** @param {number} index @returns {NDArray} */
  valueOf(index) {
    return array(this.values[index], this.record.nodes[index].shape);
  }

  /** What the variables of the programs of a node are. @param {number} index */
  variables(index) {
    /** @type {Record<string, NDArray>} */
    const given = {};
    this.record.nodes[index].inputs.forEach((input, k) => {
      given[`a${k}`] = this.valueOf(input);
    });
    return given;
  }

  /** Parents come before their children. */
  forward() {
    this.record.nodes.forEach((node, index) => {
      if (node.forward === null) return;
      const value = this.run(node.forward, this.variables(index));
      this.values[index] = cast(broadcastTo(value, node.shape), node.dtype).data;
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
      const g = found[index];
      this.gradients[index] = node.role === "constant" ? null : g.data;
      const given = { ...this.variables(index), out: this.valueOf(index), g };
      node.edges.forEach((edge, k) => {
        const parent = nodes[edge.parent];
        const contribution = cast(
          unbroadcast(this.carried(index, k, g, given), parent.shape), parent.dtype);
        this.contributions[index][k] = contribution.data;
        const sum = found[edge.parent];
        found[edge.parent] = sum ? cast(plus(sum, contribution), parent.dtype) : contribution;
      });
    }
  }

  /** What an edge carries back, not yet summed over what was repeated.
   * @param {number} index @param {number} k @param {NDArray} g
   * @param {Record<string, NDArray>} given @returns {NDArray} */
  carried(index, k, g, given) {
    const edge = this.record.nodes[index].edges[k];
    if (edge.rule === null) {
      const slope = Number(edge.slope);
      this.derivatives[index][k] = Float64Array.of(slope);
      return map1((x) => x * slope, g);
    }
    const result = this.run(edge.rule, given);
    if (!edge.elementwise) return result;
    const derivative = cast(broadcastTo(result, g.shape), this.record.nodes[index].dtype);
    this.derivatives[index][k] = derivative.data;
    return map2(times, g, derivative);
  }

  /** @param {number} program @param {Record<string, NDArray>} given @returns {NDArray} */
  run(program, given) {
    return /** @type {import("./program.js").Compiled[]} */ (this.programs)[program](given);
  }

  /** Replay the recorded run and compare: null, or a sentence that says where they part.
   * The leaves are left as recorded. */
  verify() {
    if (this.record.off) return this.record.off;
    this.reset();
    const recorded = {
      values: this.values.slice(),
      gradients: this.gradients.slice(),
      derivatives: this.derivatives.map((each) => each.slice()),
      contributions: this.contributions.map((each) => each.slice()),
    };
    let disagreement;
    try {
      this.recompute();
      disagreement = this.compare(recorded);
    } catch (error) {
      disagreement = `the page can't compute this graph: ${/** @type {Error} */ (error).message}`;
    }
    this.reset();
    return disagreement;
  }

  /** @param {Pick<Engine, "values" | "gradients" | "derivatives" | "contributions">} recorded
   * @returns {string | null} */
  compare(recorded) {
    const { nodes } = this.record;
    for (const [index, node] of nodes.entries()) {
      const terms = node.inputs.map((input) => recorded.values[input]);
      const said = this.difference(index, "", this.values[index], recorded.values[index], terms);
      if (said) return said;
    }
    for (let index = nodes.length - 1; index >= 0; index--) {
      const said = this.compareGradients(index, recorded);
      if (said) return said;
    }
    return null;
  }

  /** @param {number} index @returns {string | null}
   * @param {Pick<Engine, "values" | "gradients" | "derivatives" | "contributions">} recorded */
  compareGradients(index, recorded) {
    const node = this.record.nodes[index];
    const terms = recorded.contributions.flatMap((edges, k) =>
      edges.filter((each, e) => each && this.record.nodes[k].edges[e].parent === index));
    const all = /** @type {Float64Array[]} */ (terms);
    const own = this.gradients[index];
    const known = recorded.gradients[index];
    const said = own && known && this.difference(index, "the gradient of ", own, known, all);
    if (said) return said;
    for (const [k, edge] of node.edges.entries()) {
      const towards = ` towards ${this.record.nodes[edge.parent].label}`;
      /** @type {["derivatives" | "contributions", string][]} */
      const kinds = [["derivatives", "the local derivative of "], ["contributions", "what flows from "]];
      for (const [kind, words] of kinds) {
        const here = this[kind][index][k];
        const there = recorded[kind][index][k];
        const scale = known ? [known] : [];
        const found = here && there && this.difference(index, words, here, there, scale, towards);
        if (found) return found;
      }
    }
    return null;
  }

  /** @param {number} index @param {string} what @param {Float64Array} found
   * @param {Float64Array} recorded @param {Float64Array[]} terms @param {string} [towards] */
  difference(index, what, found, recorded, terms, towards = "") {
    const node = this.record.nodes[index];
    if (found.length !== recorded.length) {
      return `${what}${node.label}${towards}: ${found.length} numbers in place of ${recorded.length}`;
    }
    const place = differing(found, recorded, TOLERANCE[node.dtype] ?? 1e-9, terms);
    if (place < 0) return null;
    const element = found.length > 1 ? `, element ${place}` : "";
    const digits = [found[place], recorded[place]].map((x) =>
      number(found[place]) === number(recorded[place]) ? String(x) : number(x));
    return (
      `${what}${node.label}${towards}${node.op ? ` (${node.op})` : ""}${element}: ` +
      `the page computes ${digits[0]}, and Python recorded ${digits[1]}`
    );
  }
}

