/** A node that is chosen: what it is, and what its gradient is the sum of. */

import { element } from "./dom.js";
import { number } from "./format.js";
import { at, shapeText, sizeOf } from "./numbers.js";
import { paths } from "./routes.js";
import { contributed } from "./sentences.js";
import { elements, indexText } from "./elements.js";
import { line, section } from "./lists.js";

/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./dom.js").Piece} Piece */

const MANY = 16; // contributions that are listed

/**
 * What the panel needs to know of the page.
 * @typedef {{
 *   record: import("./numbers.js").GraphRecord,
 *   steps: import("./steps.js").Steps,
 *   sentences: import("./sentences.js").Sentences,
 *   numbers: Numbers,
 *   step: number,
 *   elements: number[],
 *   goTo: (step: number) => void,
 *   choose: (node: number | null) => void,
 *   pick: (node: number, element: number) => void,
 * }} View
 */

/**
 * The contents of the panel for node `i`.
 * @param {View} view
 * @param {number} i
 * @returns {Node[]}
 */
export function panel(view, i) {
  const node = view.record.nodes[i];
  const what = [node.symbol || node.role, node.details, node.box && `in ${node.box}`];
  const shape = node.shape.length ? `shape ${shapeText(node.shape)}` : "";
  const parts = [
    element("h3", {}, node.label),
    element("p", { class: "m" }, [...what, shape].filter(Boolean).join(" · ")),
    numbersOf(view, i),
  ];
  if (sizeOf(node.shape) > 1 && view.numbers.values[i]) parts.push(elements(view, i));
  if (view.steps.forward[i] <= view.step) parts.push(...locals(view, i));
  if (node.role !== "constant") parts.push(...sources(view, i), ...paths(view, i));
  return parts;
}

/**
 * Value and gradient, of the chosen element where there are several; when they come, before.
 * @param {View} view
 * @param {number} i
 */
function numbersOf(view, i) {
  const { record, steps, numbers, step, sentences } = view;
  const node = record.nodes[i];
  const place = sizeOf(node.shape) > 1 ? indexText(node.shape, view.elements[i]) : "";
  const list = element("dl", { class: "numbers" });
  const known = steps.forward[i] <= step;
  const value = numbers.values[i];
  const shown = value ? number(value[view.elements[i]]) : (node.summary ?? "not recorded");
  /** @type {Record<string, string>} */
  const full = known && value ? { title: String(value[view.elements[i]]) } : {}; // all digits
  list.append(
    element("dt", {}, `value${place}`),
    element("dd", { class: "v", ...full }, known ? shown : later(view, steps.forward[i])),
  );
  if (node.role === "constant") return list;
  const gradient = steps.gradient(numbers, i, step);
  const arrived = steps.arrived(i, step)[0];
  const first = i === record.output ? steps.seed : steps.backward[steps.uses[i][0]?.node ?? 0];
  const partial = gradient && steps.complete[i] > step;
  const missing = arrived ? "not recorded" : later(view, first);
  list.append(
    element("dt", {}, `${sentences.derivative(i)}${place}`),
    element(
      "dd",
      { class: "g" },
      gradient ? number(gradient[view.elements[i]]) : missing,
      ...(partial ? [element("span", { class: "m" }, " so far")] : []),
    ),
  );
  return list;
}

/**
 * Instead of a number that is not known yet: when it will be.
 * @param {View} view
 * @param {number} step
 */
function later(view, step) {
  const go = element("button", { type: "button", class: "later" }, `at step ${step}`);
  go.addEventListener("click", () => view.goTo(step));
  return go;
}

/**
 * The local derivatives of an operation: towards each of its arguments.
 * @param {View} view
 * @param {number} i
 */
function locals(view, i) {
  const { record, numbers, sentences } = view;
  const lines = record.nodes[i].edges.map((edge, e) => {
    const local = numbers.derivatives[i][e];
    const name = `∂${sentences.name(i)}/∂${sentences.name(edge.parent)}`;
    if (!local) return line([`${name}: `, [edge.text, "d"]]);
    const shown = number(at(local, view.elements[i]));
    const said = edge.text && edge.text !== shown;
    const rule = /** @type {Piece[]} */ (said ? [[`${edge.text} = `, "m"]] : []);
    return line([`${name} = `, ...rule, [shown, "d"]]);
  });
  return section("Local derivatives", lines);
}

/**
 * What each consumer contributes to the gradient, and the sum.
 * @param {View} view
 * @param {number} i
 */
function sources(view, i) {
  const { record, steps, numbers, step, sentences } = view;
  const { shape, formula } = record.nodes[i];
  const size = sizeOf(shape);
  const chosen = view.elements[i];
  const arrived = steps.arrived(i, step);
  const lines = largest(numbers, arrived, chosen).map((use) => {
    const { text, elementwise } = record.nodes[use.node].edges[use.edge];
    const rule = /** @type {Piece[]} */ (elementwise || size === 1 ? [] : [[` (${text})`, "m"]]);
    const said = contributed(record, numbers, use, chosen);
    return line([`from ${sentences.name(use.node)}`, ...rule, ": ", ...said]);
  });
  if (i === record.output && step >= steps.seed) {
    lines.push(line([["the seed, where backward begins", "m"]]));
  }
  const others = arrived.length - lines.length;
  if (others > 0) lines.push(line([[`and ${others} smaller ones`, "m"]]));
  const waiting = steps.uses[i].length - arrived.length;
  if (waiting) lines.push(line([[`${waiting} more to come`, "m"]]));
  const sum = steps.gradient(numbers, i, step);
  if (arrived.length > 1 && sum) {
    lines.push(line([`sum${waiting ? " so far" : ""} = `, [number(sum[chosen]), "g"]], "sum"));
  }
  if (formula) lines.unshift(line([[formula, "d"]], "formula"));
  return section("Where its gradient comes from", lines);
}

/**
 * The uses that contribute most to an element, in the order in which they do.
 * @param {Numbers} numbers
 * @param {{node: number, edge: number}[]} uses
 * @param {number} element
 */
function largest(numbers, uses, element) {
  if (uses.length <= MANY) return uses;
  /** @param {{node: number, edge: number}} use */
  const size = ({ node, edge }) => Math.abs(numbers.contributions[node][edge]?.[element] ?? 0);
  const kept = new Set([...uses].sort((a, b) => size(b) - size(a)).slice(0, MANY));
  return uses.filter((use) => kept.has(use));
}
