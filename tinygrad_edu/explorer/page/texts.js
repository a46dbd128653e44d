/** Numbers written in the picture, each within the room that was laid out for it. */

import { number } from "./format.js";
import { at } from "./numbers.js";

const NARROW = new Set([".", ",", " "]);

/**
 * A text in the picture, what it shows, what it was laid out for, and how wide that is.
 * @typedef {{element: SVGTextElement, text: string, first: string, width: number}} Text
 */

/**
 * @param {SVGTextElement} element
 * @returns {Text}
 */
export function text(element) {
  const first = element.textContent ?? "";
  return { element, text: first.trim(), first, width: 0 };
}

/**
 * Show another text.
 * @param {Text | undefined} shown
 * @param {string} text
 */
export function write(shown, text) {
  if (!shown || shown.text === text) return;
  shown.text = text;
  shown.element.textContent = text;
  fit(shown);
}

/**
 * Condense a text where it is wider than what was laid out for. To measure it would be to lay out
 * the page, for each of a thousand texts: the widths of characters are those of the font.
 * @param {Text} shown
 */
export function fit({ element, text, width }) {
  const size = Number(element.getAttribute("font-size"));
  let needed = 0;
  for (const character of text) needed += size * (NARROW.has(character) ? 0.28 : 0.57);
  if (width > 0 && needed > width) {
    element.setAttribute("textLength", String(width));
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else {
    element.removeAttribute("textLength");
  }
}

/**
 * The caption of a heatmap: the largest magnitude of a finite element, and what is not finite where
 * there is no other place to say it.
 * @param {ArrayLike<number>} values
 * @param {boolean} all
 */
export function extent(values, all) {
  let largest = -1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]));
  }
  const said = [largest < 0 ? "" : `±${number(largest)}`, all ? unusual(values) : ""];
  return said.filter(Boolean).join(", ");
}

/**
 * How many elements are not finite: 1 NaN, 2 ∞.
 * @param {ArrayLike<number>} values
 */
export function unusual(values) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    const name = number(values[i]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = ["NaN", "∞", "−∞"].filter((name) => counts.has(name));
  return names.map((name) => `${counts.get(name)} ${name}`).join(", ");
}

/**
 * ×k where the local derivative is the same everywhere, and not 1.
 * @param {ArrayLike<number>} local
 */
export function uniform(local) {
  const first = at(local, 0);
  for (let i = 1; i < local.length; i++) if (local[i] !== first) return "";
  return first === 1 ? "" : `×${number(first)}`;
}
