/** The picture: what is shown of each card, which one is computed now, which way numbers flow. */

import { number } from "./format.js";
import { Heat } from "./heat.js";
import { extent, fit, text, uniform, unusual, write } from "./texts.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./steps.js").Steps} Steps */
/** @typedef {import("./texts.js").Text} Text */

/**
 * A card: where it is drawn, whose numbers it shows, and what is inside of it; what changes.
 * @typedef {{
 *   groups: SVGGElement[],
 *   chosen: number,
 *   shows: number[],
 *   inside: number[],
 *   value: Text | undefined,
 *   gradient: Text | undefined,
 *   warning: {v: Text | undefined, g: Text | undefined},
 *   locals: {text: Text, edge: number}[],
 *   heat: {v: Heat | null, g: Heat | null},
 *   state: string,
 *   said: string,
 *   partial: boolean,
 *   version: number,
 * }} Card
 */

/** The picture of one record. */
export class Picture {
  /**
   * @param {SVGSVGElement} svg
   * @param {GraphRecord} record
   * @param {(node: number) => string} cardOf the card that a node is in
   */
  constructor(svg, record, cardOf = (node) => record.nodes[node].card) {
    this.svg = svg;
    this.record = record;
    this.cardOf = cardOf;
    for (const title of svg.querySelectorAll("g > title")) title.remove();
    svg.setAttribute("role", "group");
    /** @type {Map<string, SVGGElement[]>} */
    const groups = new Map();
    for (const group of all(svg, "[data-card]")) {
      const name = group.dataset.card ?? "";
      groups.set(name, [...(groups.get(name) ?? []), group]);
    }
    this.cards = new Map([...groups].map(([name, own]) => [name, card(own)]));
    record.nodes.forEach((_, i) => this.cards.get(cardOf(i))?.inside.push(i));
    this.links = all(svg, "[data-to]").map((group) => ({
      group,
      to: group.dataset.to ?? "",
      carries: !this.constant(group.dataset.from ?? ""),
      state: "",
    }));
    this.measured = false;
    this.measure();
  }

  /**
   * Whether a card is that of a constant, to which no gradient flows.
   * @param {string} name
   */
  constant(name) {
    const shows = this.cards.get(name)?.shows ?? [];
    return shows.some((i) => this.record.nodes[i].role === "constant");
  }

  /**
   * Centre the numbers where they were laid out, so that others can take their place. In a page
   * that is hidden nothing has a size: this is then done when it is shown.
   */
  measure() {
    const texts = [...this.cards.values()].flatMap(({ value, gradient, locals }) => [
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
   * Let every card be chosen.
   * @param {(node: number) => void} choose
   */
  offer(choose) {
    for (const { groups, chosen } of this.cards.values()) {
      for (const group of groups) {
        group.setAttribute("role", "button");
        group.setAttribute("tabindex", "0");
        group.addEventListener("click", () => choose(chosen));
      }
    }
  }

  /**
   * Where a node is drawn.
   * @param {number} node
   */
  home(node) {
    const groups = this.cards.get(this.cardOf(node))?.groups ?? [];
    return groups.find((group) => group.querySelector("text.v")) ?? groups[0]; // no chip, if it can
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
    const here = this.cardOf(step.node);
    for (const [name, card] of this.cards) {
      const { shows } = card;
      const valued = shows.every((i) => steps.forward[i] <= k);
      const gradients = shows.map((i) => steps.gradient(numbers, i, k));
      const gradient = gradients.every(Boolean) ? joined(gradients) : null;
      const whole = shows.every((i) => steps.complete[i] <= k);
      // What was too large to be recorded is in the picture, and shown when all of it is known.
      const unrecorded = whole && shows.some((i) => !numbers.gradients[i]);
      const grade =
        gradient && !whole ? " graded partial" : gradient || unrecorded ? " graded" : "";
      const now = name === here && step.phase !== "start" ? " now" : "";
      const state = `${valued ? " valued" : ""}${grade}${now}`;
      if (state !== card.state) {
        for (const group of card.groups) group.setAttribute("class", `node${state}`);
        card.state = state;
      }
      const stale = card.version !== version;
      if (stale) this.values(card, numbers, version);
      if (gradient && (stale || !whole || card.partial)) {
        this.gradient(card, gradient);
        card.partial = !whole;
      }
      card.version = gradient || !stale ? version : card.version;
      this.announce(card, valued, grade);
    }
    for (const link of this.links) {
      const back = link.to === here && step.phase === "backward" && link.carries;
      const forth = link.to === here && step.phase === "forward";
      const inside = this.cards.get(link.to)?.inside ?? [];
      const reached = inside.some((i) => steps.forward[i] <= k);
      const state = back ? " back" : forth ? " forth" : reached ? "" : " ahead";
      if (state === link.state) continue;
      link.group.setAttribute("class", `edge${state}`);
      link.state = state;
    }
  }

  /**
   * @param {Card} card
   * @param {Numbers} numbers
   * @param {number} version
   */
  values(card, numbers, version) {
    const values = joined(card.shows.map((i) => numbers.values[i]));
    if (!values) return;
    write(card.value, values.length === 1 ? number(values[0]) : extent(values, !card.warning.v));
    write(card.warning.v, unusual(values));
    if (version || card.version > 0) card.heat.v?.paint(values, this.shape(card));
    for (const { text, edge } of card.locals) {
      const local = numbers.derivatives[card.shows[0]][edge];
      if (local) write(text, uniform(local));
    }
  }

  /**
   * @param {Card} card
   * @param {ArrayLike<number>} gradient
   */
  gradient(card, gradient) {
    const several = gradient.length !== 1;
    write(card.gradient, `∂ ${several ? extent(gradient, !card.warning.g) : number(gradient[0])}`);
    write(card.warning.g, unusual(gradient));
    card.heat.g?.paint(gradient, this.shape(card));
  }

  /**
   * Say what a card shows to those who do not see it.
   * @param {Card} card
   * @param {boolean} valued
   * @param {string} grade
   */
  announce(card, valued, grade) {
    const value = valued && card.value ? `, value ${card.value.text}` : "";
    const gradient = grade && card.gradient ? `, gradient ${card.gradient.text.slice(2)}` : "";
    const part = grade.includes("partial") ? " so far" : "";
    const said = `${this.record.nodes[card.chosen].label}${value}${gradient}${part}`;
    if (said === card.said) return;
    card.said = said;
    for (const group of card.groups) group.setAttribute("aria-label", said);
  }

  /**
   * Of equal calls of a module, the results lie along a first axis.
   * @param {Card} card
   */
  shape({ shows }) {
    const { shape } = this.record.nodes[shows[0]];
    return shows.length > 1 ? [shows.length, ...shape] : shape;
  }

  /**
   * Mark the card of a node as chosen.
   * @param {number | null} chosen
   */
  choose(chosen) {
    const home = chosen === null ? "" : this.cardOf(chosen);
    for (const [name, { groups }] of this.cards) {
      for (const group of groups) group.setAttribute("aria-pressed", String(name === home));
    }
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
 * Several arrays as one; null where there is none, or not all are known.
 * @param {(ArrayLike<number> | null)[]} parts
 * @returns {ArrayLike<number> | null}
 */
function joined(parts) {
  if (parts.length === 1) return parts[0];
  if (!parts.length || !parts.every(Boolean)) return null;
  return parts.flatMap((part) => Array.from(/** @type {ArrayLike<number>} */ (part)));
}

/**
 * @param {SVGGElement[]} groups
 * @returns {Card}
 */
function card(groups) {
  const { node, shows } = groups[0].dataset;
  const nodes = (shows || "").split(" ").filter(Boolean).map(Number);
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
    chosen: Number(node),
    shows: nodes,
    inside: [],
    value: one("v"),
    gradient: one("g"),
    warning: { v: one("v w"), g: one("g w") },
    locals: texts
      .filter((each) => each.dataset.edge)
      .map((each) => ({ text: text(each), edge: Number(each.dataset.edge) })),
    heat: { v: heat("v"), g: heat("g") },
    state: "",
    said: "",
    partial: false,
    version: -1,
  };
}
