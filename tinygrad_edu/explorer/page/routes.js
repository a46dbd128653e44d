/** The paths from a node to the output: each a product, and the gradient is the sum of them. */

import { element, spans } from "./dom.js";
import { number } from "./format.js";
import { line, section } from "./lists.js";
import { countPaths, largestPaths } from "./paths.js";

/** @typedef {import("./panel.js").View} View */
/** @typedef {import("./paths.js").Path} Path */
/** @typedef {import("./dom.js").Piece} Piece */

const MOST = 8; // paths that are listed

/**
 * The paths of node `i`: counted, the largest listed, in names, in symbols, and in numbers.
 * @param {View} view
 * @param {number} i
 */
export function paths(view, i) {
  const { record, steps, numbers, step, sentences } = view;
  if (step < steps.complete[i] || i === record.output) return [];
  const count = countPaths(record, i);
  const many = count === 1n ? "1 path" : `${count.toLocaleString("en")} paths`;
  const title = `${many} to ${sentences.output}`;
  const found = largestPaths(record, numbers.derivatives, i, MOST);
  if (!found.length) {
    const why = "Arrays lie on the way, where no one number says what a path carries.";
    return section(title, [line([[why, "m"]])]);
  }
  const lines = found.map((path) => route(view, path));
  if (found.length > 1) lines.push(line(total(view, i, found, count), "sum"));
  return section(title, lines, "lines paths");
}

/**
 * What backward began with.
 * @param {View} view
 */
function seedOf({ record, numbers }) {
  return numbers.gradients[record.output]?.[0] ?? NaN;
}

/**
 * One path.
 * @param {View} view
 * @param {Path} path
 */
function route(view, path) {
  const { nodes, factors, product } = path;
  const seed = seedOf(view);
  const all = seed === 1 ? factors : [...factors, seed];
  const terms = all.map(number).map((text) => (text.startsWith("−") ? `(${text})` : text));
  const result = /** @type {Piece} */ ([number(product * seed), "g"]);
  const numbers = /** @type {Piece[]} */ ([[terms.join(" × "), "d"], " = ", result]);
  const formula = symbols(view, path);
  return element(
    "li",
    {},
    element("span", { class: "route" }, nodes.map((each) => view.sentences.name(each)).join(" → ")),
    ...(formula ? [element("span", { class: "m" }, formula)] : []),
    element("span", {}, ...spans(all.length > 1 ? numbers : [result])),
  );
}

/**
 * The product of a path in symbols, without factors of 1; "" where that says nothing.
 * @param {View} view
 * @param {Path} path
 */
function symbols({ record, numbers }, { nodes, factors }) {
  const texts = factors.map((factor, k) => {
    const node = nodes[k + 1];
    const edge = record.nodes[node].edges.find(
      ({ parent }, e) => parent === nodes[k] && numbers.derivatives[node][e]?.[0] === factor,
    );
    return edge ? edge.text || number(factor) : "?";
  });
  return texts
    .filter((text) => text !== "1")
    .map((text) => (isProduct(text) ? text : `(${text})`))
    .join(" · ");
}

/**
 * Whether a text can stand in a product as it is: outside of its parentheses nothing is added,
 * subtracted or divided.
 * @param {string} text
 */
function isProduct(text) {
  let depth = 0;
  for (const character of text) {
    if (character === "(" || character === "[") depth++;
    else if (character === ")" || character === "]") depth--;
    else if (!depth && /[+−/-]/.test(character)) return false;
  }
  return true;
}

/**
 * The sum of all paths, which is the gradient; or of those that are listed, and of all.
 * @param {View} view
 * @param {number} i
 * @param {Path[]} found
 * @param {bigint} count
 * @returns {Piece[]}
 */
function total(view, i, found, count) {
  const sum = found.reduce((all, { product }) => all + product * seedOf(view), 0);
  if (count <= BigInt(found.length)) return ["sum = ", [number(sum), "g"]];
  const gradient = number(view.numbers.gradients[i]?.[0] ?? NaN);
  return [`largest ${found.length}: `, [number(sum), "g"], "  all: ", [gradient, "g"]];
}
