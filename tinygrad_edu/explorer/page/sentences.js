/** What happens at a step, in a sentence: the rule, the numbers, the result. */

import { number } from "./format.js";
import { shapeText, sizeOf } from "./numbers.js";
import { termsOf } from "./terms.js";
import { undefinedBack, undefinedText, unusualIn } from "./undefined.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./steps.js").Step} Step */
/** @typedef {import("./dom.js").Piece} Piece */

/** What is written before, between and after the arguments; all others are written as calls. */
const FORMS = new Map([
  ["add", ["", " + ", ""]],
  ["subtract", ["", " − ", ""]],
  ["multiply", ["", " × ", ""]],
  ["divide", ["", " ÷ ", ""]],
  ["true_divide", ["", " ÷ ", ""]],
  ["matmul", ["", " @ ", ""]],
  ["power", ["", " ^ ", ""]],
  ["negative", ["−", "", ""]],
  ["square", ["", "", "²"]],
  ["reciprocal", ["1 ÷ ", "", ""]],
  ["absolute", ["|", "", "|"]],
]);
const MOST = 4; // terms that are written out
const CALLED = new Set(["exp", "logsumexp", "logaddexp", "take_along_axis", "maximum", "minimum"]);

/** Says what happens, of one record. */
export class Sentences {
  /** @param {GraphRecord} record */
  constructor(record) {
    this.record = record;
    this.output = this.name(record.output);
  }

  /**
   * What a node is called in a sentence; a constant number is called by itself.
   * @param {number} i
   */
  name(i) {
    const node = this.record.nodes[i];
    const unnamed = node.role === "constant" && !node.name && node.value?.length === 1;
    return unnamed ? number(Number(node.value?.[0])) : node.label;
  }

  /**
   * ∂L/∂x.
   * @param {number} i
   */
  derivative(i) {
    return `∂${this.output}/∂${this.name(i)}`;
  }

  /**
   * The phase of a step, as a heading.
   * @param {Step} step
   */
  phase(step) {
    const { symbol, box } = this.record.nodes[step.node];
    const where = box ? ` in ${box}` : "";
    const count = `${step.place} of ${step.many}: ${symbol}${where}`;
    if (step.phase === "forward") return `Forward, operation ${count}`;
    if (step.phase === "backward") return `Backward, operation ${count}`;
    return step.phase === "seed" ? "Where backward begins" : "What is given";
  }

  /**
   * The sentences of a step, one a line.
   * @param {Step} step
   * @param {Numbers} numbers
   * @returns {Piece[][]}
   */
  of(step, numbers) {
    const { record } = this;
    if (step.phase === "forward") {
      const wrong = unusualIn(numbers.values[step.node]) !== undefined;
      const why = wrong ? [undefinedText(record, numbers, step.node)] : [];
      return [this.forward(step.node, numbers), ...why];
    }
    if (step.phase === "backward") {
      return record.nodes[step.node].edges.flatMap((_, e) => {
        const why = undefinedBack(record, numbers, step.node, e);
        return [this.backward(step.node, e, numbers), ...(why ? [why] : [])];
      });
    }
    if (step.phase === "start") {
      return [["The inputs, parameters and constants. Everything else is computed from them."]];
    }
    const seed = numbers.gradients[step.node];
    const text = seed?.length === 1 ? number(seed[0]) : "the gradient that was given";
    return [[`${this.derivative(step.node)} = `, [text, "g"], ["  the seed", "m"]]];
  }

  /**
   * v = x × y = 2 × 3 = 6.
   * @param {number} i
   * @param {Numbers} numbers
   * @returns {Piece[]}
   */
  forward(i, numbers) {
    const node = this.record.nodes[i];
    const form = this.form(i);
    const names = /** @type {Piece[]} */ (node.inputs.map((input) => this.name(input)));
    const parts = /** @type {Piece[]} */ ([`${this.name(i)} = `, ...written(form, names)]);
    const values = node.inputs.map((input) => numbers.values[input]);
    const value = numbers.values[i];
    if (value?.length !== 1 || !values.every((each) => each?.length === 1)) {
      const from = node.inputs.map((input) => shapeText(this.record.nodes[input].shape));
      return [...parts, [`  ${from.join(", ")} → ${shapeText(node.shape)}`, "m"]];
    }
    const own = node.inputs.every((input) => this.name(input) === number(values0(numbers, input)));
    const shown = /** @type {Piece[]} */ (
      values.map((each) => [operand(each?.[0] ?? NaN, form), "v"])
    );
    if (!own) parts.push(" = ", ...written(form, shown));
    return [...parts, " = ", [number(value[0]), "v"]];
  }

  /**
   * What the operation is called, without NumPy's prefix.
   * @param {number} i
   */
  op(i) {
    return (this.record.nodes[i].op ?? "").replace(/^np\./, "");
  }

  /**
   * How the call that made a node is written.
   * @param {number} i
   */
  form(i) {
    const { symbol, details, inputs } = this.record.nodes[i];
    const op = this.op(i);
    if (op === "einsum") return [`einsum("${details}", `, ", ", ")"];
    if (op === "where" && inputs.length === 2) return ["where(condition, ", ", ", ")"];
    if (op === "getitem" || op === "indexing")
      return ["", "", details.startsWith("[") ? details : `[${details}]`];
    if (op === "power" && inputs.length === 1) return ["", "", symbol.slice(1)];
    const form = FORMS.get(op);
    if (form && inputs.length <= 2) return form;
    const name = op && (symbol.length > 2 || CALLED.has(op)) ? op : symbol;
    return [`${name}(`, ", ", details ? `, ${details})` : ")"];
  }

  /**
   * ∂L/∂x += ∂L/∂v × ∂v/∂x, in numbers; or by which rule, where arrays are carried back.
   * @param {number} i
   * @param {number} e
   * @param {Numbers} numbers
   * @returns {Piece[]}
   */
  backward(i, e, numbers) {
    const node = this.record.nodes[i];
    const edge = node.edges[e];
    const gradient = numbers.gradients[i];
    const derivative = numbers.derivatives[i][e];
    const contribution = numbers.contributions[i][e];
    const parts = /** @type {Piece[]} */ ([`${this.derivative(edge.parent)} += `]);
    const one = contribution?.length === 1;
    if (one && gradient?.length === 1 && derivative) {
      const factors = [gradient[0], derivative[0]].map((each) =>
        operand(each, FORMS.get("multiply")),
      );
      parts.push([factors[0], "g"], " × ", [factors[1], "d"], " = ");
      return [...parts, [number(contribution[0]), "g"], ...this.rule(i, e)];
    }
    const rule = edge.elementwise ? times(edge.text || String(edge.slope)) : edge.text;
    const result = /** @type {Piece[]} */ (one ? [" = ", [number(contribution[0]), "g"]] : []);
    return [...parts, [rule, "d"], ...result, [`  ${this.shapes(i, e)}`, "m"]];
  }

  /**
   * The rule in symbols, as an aside.
   * @param {number} i
   * @param {number} e
   * @returns {Piece[]}
   */
  rule(i, e) {
    const { parent, text } = this.record.nodes[i].edges[e];
    const rule = `∂${this.name(i)}/∂${this.name(parent)}`;
    return [[`  ${rule}${text ? ` = ${text}` : ""}`, "m"]];
  }

  /**
   * What G is, and which shapes meet.
   * @param {number} i
   * @param {number} e
   */
  shapes(i, e) {
    const { shape, inputs, edges } = this.record.nodes[i];
    const parent = this.record.nodes[edges[e].parent];
    const G = `G = ${this.derivative(i)}`;
    const matrices = inputs.every((input) => this.record.nodes[input].shape.length === 2);
    if (this.op(i) === "matmul" && matrices) {
      const [a, b] = inputs.map((input) => this.record.nodes[input].shape);
      const met =
        edges[e].parent === inputs[0] && e === 0
          ? [shape, b.slice().reverse()]
          : [a.slice().reverse(), shape];
      return `(${met.map(shapeText).join(" @ ")})  ${G}`;
    }
    const summed = edges[e].elementwise && sizeOf(parent.shape) < sizeOf(shape);
    const [from, into] = [shape, parent.shape].map(shapeText);
    const to = from === into ? from : `${from} → ${into}`;
    return `(${to}${summed ? ", summed where it was repeated" : ""})  ${G}`;
  }
}

/**
 * The parts of a form with its arguments between them.
 * @param {string[]} form
 * @param {Piece[]} pieces
 * @returns {Piece[]}
 */
function written([before, between, after], pieces) {
  const inner = pieces.flatMap((piece, i) => (i ? [between, piece] : [piece]));
  return [before, ...inner, after].filter((piece) => piece !== "");
}

/**
 * G times a local derivative, in symbols.
 * @param {string} derivative
 */
function times(derivative) {
  if (derivative === "1") return "G";
  if (/^[−-]1$/.test(derivative)) return "−G";
  return /[\s−-]/.test(derivative) && !/^\[[^\]]*\]$/.test(derivative)
    ? `G × (${derivative})`
    : `G × ${derivative}`;
}

/**
 * A number as an operand: in parentheses where a sign would be misread.
 * @param {number} value
 * @param {string[]} [form]
 */
function operand(value, form) {
  const text = number(value);
  const call = form?.[0].endsWith("(") || form?.[0] === "|";
  return !call && text.startsWith("−") ? `(${text})` : text;
}

/**
 * @param {Numbers} numbers
 * @param {number} i
 */
function values0(numbers, i) {
  return numbers.values[i]?.[0] ?? NaN;
}

/**
 * What a use contributes to one element of a gradient: G × d + G × d + ... = c.
 * @param {GraphRecord} record
 * @param {Numbers} numbers
 * @param {{node: number, edge: number}} use
 * @param {number} element
 * @returns {Piece[]}
 */
export function contributed(record, numbers, use, element) {
  const contribution = numbers.contributions[use.node][use.edge];
  if (!contribution) return ["not recorded"];
  const result = /** @type {Piece} */ ([number(contribution[element]), "g"]);
  const terms = termsOf(record, numbers, use, element);
  const { text } = record.nodes[use.node].edges[use.edge];
  if (!terms) return [[text, "m"], " = ", result];
  const shown = terms.slice(0, MOST).flatMap(([g, d], i) => {
    const [upstream, local] = [g, d].map((each) => operand(each, FORMS.get("multiply")));
    const term = /** @type {Piece[]} */ ([[upstream, "g"], " × ", [local, "d"]]);
    return i ? [" + ", ...term] : term;
  });
  const more = terms.length - MOST;
  if (more > 0) shown.push([` + ${more} more`, "m"]);
  return [...shown, " = ", result];
}
