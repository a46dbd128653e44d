/** The lists of the panel. */

import { element, spans } from "./dom.js";

/** @typedef {import("./dom.js").Piece} Piece */

/**
 * A titled list of lines.
 * @param {string} title
 * @param {Node[]} lines
 * @param {string} [kind]
 */
export function section(title, lines, kind = "lines") {
  if (!lines.length) return [];
  return [element("h4", {}, title), element("ul", { class: kind }, ...lines)];
}

/**
 * A line of a list.
 * @param {Piece[]} pieces
 * @param {string} [kind]
 */
export function line(pieces, kind = "") {
  return element("li", kind ? { class: kind } : {}, ...spans(pieces));
}
