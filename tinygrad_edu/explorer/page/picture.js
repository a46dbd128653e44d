/** The picture: what is shown of each card, which one is computed now, which way numbers flow. */

import { number } from "./format.js";
import { at } from "./numbers.js";
import { Heat } from "./heat.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./steps.js").Steps} Steps */

/**
 * A text in the picture, what it shows, what it was laid out for, and how wide that is.
 * @typedef {{element: SVGTextElement, text: string, first: string, width: number}} Text
 */

/**
 * What of a card changes.
 * @typedef {{
 *   groups: SVGGElement[],
 *   value: Text | undefined,
 *   gradient: Text | undefined,
 *   locals: {text: Text, edge: number}[],
 *   heat: {v: Heat | null, g: Heat | null},
 *   state: string,
 *   partial: boolean,
 *   version: number,
 * }} Card
 */

/** The picture of one record. */
export class Picture {
  /**
   * @param {SVGSVGElement} svg
   * @param {GraphRecord} record
   */
  constructor(svg, record) {
    this.svg = svg;
    this.record = record;
    for (const title of svg.querySelectorAll("g > title")) title.remove();
    svg.setAttribute("role", "group");
    /** @type {SVGGElement[][]} */
    const groups = record.nodes.map(() => []);
    for (const group of all(svg, "[data-node]")) groups[Number(group.dataset.node)].push(group);
    this.cards = groups.map((own, i) => card(own, record.nodes[i].edges));
    this.links = all(svg, "[data-edge].edge").map((group) => ({
      group,
      from: Number(group.dataset.from),
      to: Number(group.dataset.to),
      carries: record.nodes[Number(group.dataset.to)].edges.some(
        (edge) => edge.link === group.dataset.edge,
      ),
      state: "",
    }));
    this.measured = false;
    this.measure();
  }

  /**
   * Centre the numbers where they were laid out, so that others can take their place. In a page
   * that is hidden nothing has a size: this is then done when it is shown.
   */
  measure() {
    const texts = this.cards.flatMap(({ value, gradient, locals }) => [
      ...(value ? [value] : []),
      ...(gradient ? [gradient] : []),
      ...locals.map(({ text }) => text),
    ]);
    for (const { element, first } of texts) element.textContent = first;
    const boxes = texts.map(({ element }) => element.getBBox());
    this.measured = boxes.some(({ width }) => width > 0);
    texts.forEach((text, i) => {
      text.element.textContent = text.text;
      if (!this.measured) return;
      text.width = boxes[i].width;
      fit(text);
      text.element.setAttribute("text-anchor", "middle");
      text.element.setAttribute("x", String(boxes[i].x + boxes[i].width / 2));
    });
  }

  /**
   * Show what is known at a step.
   * @param {Steps} steps
   * @param {number} k
   * @param {Numbers} numbers
   * @param {number} version changes whenever the numbers do; 0 is what Python drew
   */
  show(steps, k, numbers, version) {
    const step = steps.list[k];
    this.cards.forEach((card, i) => {
      const valued = steps.forward[i] <= k;
      const gradient = steps.gradient(numbers, i, k);
      const whole = k >= steps.complete(i);
      const now = i === step.node && step.phase !== "start";
      const grade = gradient ? (whole ? " graded" : " graded partial") : "";
      const state = `${valued ? " valued" : ""}${grade}${now ? " now" : ""}`;
      if (state !== card.state) {
        for (const group of card.groups) group.setAttribute("class", `node${state}`);
        card.state = state;
      }
      const stale = card.version !== version;
      if (stale && numbers.values[i]) this.values(card, i, numbers, version);
      if (gradient && (stale || !whole || card.partial)) {
        this.gradient(card, i, gradient);
        card.partial = !whole;
      }
      card.version = gradient || !stale ? version : card.version;
    });
    for (const link of this.links) {
      const here = link.to === step.node;
      const back = here && step.phase === "backward" && link.carries;
      const forth = here && step.phase === "forward";
      const reached = steps.forward[link.to] <= k;
      const state = back ? " back" : forth ? " forth" : reached ? "" : " ahead";
      if (state === link.state) continue;
      link.group.setAttribute("class", `edge${state}`);
      link.state = state;
    }
  }

  /**
   * @param {Card} card
   * @param {number} i
   * @param {Numbers} numbers
   * @param {number} version
   */
  values(card, i, numbers, version) {
    const values = /** @type {ArrayLike<number>} */ (numbers.values[i]);
    write(card.value, values.length === 1 ? number(values[0]) : extent(values));
    if (version || card.version > 0) card.heat.v?.paint(values, this.record.nodes[i].shape);
    for (const { text, edge } of card.locals) {
      const local = numbers.derivatives[i][edge];
      if (local) write(text, uniform(local));
    }
  }

  /**
   * @param {Card} card
   * @param {number} i
   * @param {ArrayLike<number>} gradient
   */
  gradient(card, i, gradient) {
    const text = gradient.length === 1 ? number(gradient[0]) : extent(gradient);
    write(card.gradient, `∂ ${text}`);
    card.heat.g?.paint(gradient, this.record.nodes[i].shape);
  }

  /**
   * Mark the card of a node as chosen.
   * @param {number | null} chosen
   */
  choose(chosen) {
    this.cards.forEach((card, i) => {
      for (const group of card.groups) {
        group.setAttribute("aria-pressed", String(i === chosen));
      }
    });
  }
}

/**
 * @param {Element} root
 * @param {string} selector
 * @returns {SVGGElement[]}
 */
function all(root, selector) {
  return Array.from(/** @type {NodeListOf<SVGGElement>} */ (root.querySelectorAll(selector)));
}

/**
 * @param {SVGGElement[]} groups
 * @param {{link: string | null}[]} edges
 * @returns {Card}
 */
function card(groups, edges) {
  const texts = groups.flatMap((group) =>
    Array.from(/** @type {NodeListOf<SVGTextElement>} */ (group.querySelectorAll("text[class]"))),
  );
  /** @param {string} kind */
  const one = (kind) => texts.filter((each) => each.getAttribute("class") === kind).map(text)[0];
  /** @param {string} kind */
  const heat = (kind) => {
    const group = groups.map((each) => each.querySelector(`.heat.${kind}`)).find(Boolean);
    return group ? new Heat(group) : null;
  };
  return {
    groups,
    value: one("v"),
    gradient: one("g"),
    locals: texts
      .filter((each) => each.dataset.edge)
      .map((each) => ({
        text: text(each),
        edge: edges.findIndex((edge) => edge.link === each.dataset.edge),
      })),
    heat: { v: heat("v"), g: heat("g") },
    state: "",
    partial: false,
    version: -1,
  };
}

/**
 * @param {SVGTextElement} element
 * @returns {Text}
 */
function text(element) {
  const first = element.textContent ?? "";
  return { element, text: first.trim(), first, width: 0 };
}

/**
 * Show another text.
 * @param {Text | undefined} shown
 * @param {string} text
 */
function write(shown, text) {
  if (!shown || shown.text === text) return;
  shown.text = text;
  shown.element.textContent = text;
  fit(shown);
}

/**
 * Condense a text where it is wider than what was laid out for.
 * @param {Text} shown
 */
function fit({ element, text, width }) {
  const size = Number(element.getAttribute("font-size"));
  // A digit is 0.56 of the size wide, and the signs no wider.
  const wide = width > 0 && text.length * size * 0.56 > width;
  if (wide && element.getComputedTextLength() > width) {
    element.setAttribute("textLength", String(width));
    element.setAttribute("lengthAdjust", "spacingAndGlyphs");
  } else {
    element.removeAttribute("textLength");
  }
}

/**
 * The caption of a heatmap: the largest magnitude of a finite element, and what is not finite.
 * @param {ArrayLike<number>} values
 */
export function extent(values) {
  let largest = -1;
  let others = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]));
    else others++;
  }
  const parts = largest < 0 ? [] : [`±${number(largest)}`];
  return [...parts, ...(others ? [`${others} not finite`] : [])].join(", ");
}

/**
 * ×k where the local derivative is the same everywhere, and not 1.
 * @param {ArrayLike<number>} local
 */
function uniform(local) {
  const first = at(local, 0);
  for (let i = 1; i < local.length; i++) if (local[i] !== first) return "";
  return first === 1 ? "" : `×${number(first)}`;
}
