/** Inputs and parameters on sliders, and what the gradient predicted of the change they make. */

import { breakable, button, byId, element, spans } from "./dom.js";
import { number } from "./format.js";
import { indexText } from "./elements.js";
import { offered } from "./offered.js";
import { firstUndefined, undefinedText } from "./undefined.js";
import { sizeOf } from "./numbers.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */
/** @typedef {import("./numbers.js").Numbers} Numbers */
/** @typedef {import("./dom.js").Piece} Piece */

const MOST = 24; // sliders at once

/**
 * One element of a leaf.
 * @typedef {{node: number, place: number, row: HTMLElement, centre: number, reach: number,
 *   range: HTMLInputElement, field: HTMLInputElement}} Slider
 */

/** The sliders of a page. */
export class Sliders {
  /**
   * @param {GraphRecord} record
   * @param {Numbers} recorded
   * @param {{move: (node: number, place: number, value: number) => void, reset: () => void}} on
   */
  constructor(record, recorded, on) {
    this.record = record;
    this.recorded = recorded;
    this.on = on;
    /** @type {Slider[]} */
    this.list = [];
    /** The changes from the recorded point. @type {Map<string, [number, number, number]>} */
    this.changes = new Map();
    this.rows = element("div", { class: "rows" });
    this.effect = element("p", { class: "effect", "aria-live": "polite" });
    this.adding = element("p", { class: "adding" });
    this.undo = button("Back to the recorded values", () => on.reset(), { id: "reset" });
    byId("sliders").replaceChildren(
      element(
        "p",
        { class: "m" },
        ["Everything is computed anew here", record.fixed].filter(Boolean).join("; "),
      ),
      this.effect,
      this.rows,
      this.adding,
      this.undo,
    );
    for (const [node, place] of offered(record)) this.add(node, place);
    this.show(recorded);
  }

  /**
   * Whether an element could have a slider.
   * @param {number} node
   * @param {number} place
   */
  can(node, place) {
    const { role } = this.record.nodes[node];
    const leaf = role === "input" || role === "parameter";
    return leaf && !this.list.some((each) => each.node === node && each.place === place);
  }

  /**
   * Offer a slider for the chosen element of an array.
   * @param {number | null} node
   * @param {number} place
   */
  offer(node, place) {
    if (node === null || !this.can(node, place)) {
      this.adding.replaceChildren();
    } else if (this.list.length >= MOST) {
      this.adding.replaceChildren(`There are ${MOST} sliders, and no room for more.`);
    } else {
      const { label, shape } = this.record.nodes[node];
      const add = button(`Add a slider for ${label}${element1(shape, place)}`, () => {
        this.add(node, place);
        this.offer(null, 0);
      });
      this.adding.replaceChildren(add);
    }
  }

  /**
   * @param {number} node
   * @param {number} place
   */
  add(node, place) {
    const { label, shape, role } = this.record.nodes[node];
    const name = `${label}${element1(shape, place)}`;
    const centre = this.original(node, place);
    const range = element("input", {
      type: "range",
      step: "any",
      "aria-label": `${name}, slider`,
    });
    const field = element("input", { type: "number", step: "any", "aria-label": name });
    const row = element(
      "div",
      { class: `slider ${role}` },
      element("span", { class: "name" }, ...breakable(name)),
      range,
      field,
    );
    const slider = { node, place, row, range, field, centre, reach: 0 };
    reachTo(slider, reachOf(centre));
    // A slider stops at round values, of which there are 200; its own value is one of them.
    const at = () => Math.round(((range.valueAsNumber - centre) / slider.reach) * 100);
    range.addEventListener("input", () => {
      this.move(slider, centre + (at() * slider.reach) / 100);
    });
    range.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!steps) return;
      event.preventDefault();
      const to = Math.max(-100, Math.min(100, at() + steps));
      this.move(slider, centre + (to * slider.reach) / 100);
    });
    field.addEventListener("input", () => {
      if (Number.isFinite(field.valueAsNumber)) this.move(slider, field.valueAsNumber, true);
    });
    field.addEventListener("change", () => this.set(slider, this.value(node, place)));
    this.list.push(slider);
    this.rows.append(row);
    this.set(slider, this.value(node, place));
  }

  /**
   * @param {number} node
   * @param {number} place
   */
  original(node, place) {
    return this.recorded.values[node]?.[place] ?? NaN;
  }

  /**
   * @param {number} node
   * @param {number} place
   */
  value(node, place) {
    const changed = this.changes.get(`${node},${place}`);
    return this.original(node, place) + (changed?.[2] ?? 0);
  }

  /**
   * @param {Slider} slider
   * @param {number} exact
   * @param {boolean} [typing] whether the text is being written
   */
  move(slider, exact, typing = false) {
    const value = typing ? exact : rounded(exact);
    const { node, place } = slider;
    this.changes.set(`${node},${place}`, [node, place, value - this.original(node, place)]);
    this.set(slider, value, typing);
    this.on.move(node, place, value);
  }

  /**
   * @param {Slider} slider
   * @param {number} value
   * @param {boolean} [typing]
   */
  set(slider, value, typing = false) {
    const { centre, reach } = slider;
    if (Math.abs(value - centre) > reach) reachTo(slider, round125(Math.abs(value - centre)));
    slider.range.value = String(value);
    slider.range.setAttribute("aria-valuetext", number(value));
    if (!typing) slider.field.value = String(Number(value.toPrecision(6)));
    slider.row.classList.toggle("moved", value !== this.original(slider.node, slider.place));
  }

  /** All as recorded. */
  reset() {
    this.changes.clear();
    for (const slider of this.list) this.set(slider, this.original(slider.node, slider.place));
    this.show(this.recorded);
  }

  /** What the gradient says that the changes make of the output. */
  predicted() {
    let sum = 0;
    for (const [node, place, change] of this.changes.values()) {
      if (change) sum += change * (this.recorded.gradients[node]?.[place] ?? NaN);
    }
    return sum;
  }

  /**
   * The output, weighted by the seed where it is not one number: what the gradient is of.
   * @param {Numbers} numbers
   */
  loss(numbers) {
    const { output } = this.record;
    const seed = this.recorded.gradients[output] ?? [];
    const values = numbers.values[output] ?? [];
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += seed[i] * values[i];
    return sum;
  }

  /**
   * What came, and what was predicted; of what is no number, why.
   * @param {Numbers} numbers
   * @param {number} change
   */
  comparison(numbers, change) {
    const cause = Number.isNaN(change) ? firstUndefined(this.record, numbers) : null;
    if (cause !== null) return spans(undefinedText(this.record, numbers, cause));
    return spans([
      ...["it changed by ", /** @type {Piece} */ ([signed(change), "v"])],
      ...[", the gradient predicted ", /** @type {Piece} */ ([signed(this.predicted()), "g"])],
    ]);
  }

  /**
   * Say what became of the output, and what was predicted.
   * @param {Numbers} numbers
   */
  show(numbers) {
    const moved = [...this.changes.values()].some(([, , change]) => change);
    this.undo.hidden = !moved;
    const [before, now] = [this.loss(this.recorded), this.loss(numbers)];
    const { label } = this.record.nodes[this.record.output];
    const seed = this.recorded.gradients[this.record.output] ?? [];
    const name = seed.length === 1 && seed[0] === 1 ? label : `seed · ${label}`;
    if (!moved) {
      this.effect.replaceChildren(
        ...spans([`${name} = `, [number(before), "v"]]),
        element("br"),
        ...spans([
          ["Move something: here stands what the gradient predicted, and what came.", "m"],
        ]),
      );
      return;
    }
    this.effect.replaceChildren(
      ...spans([`${name} = `, [number(before), "v"], " → ", [number(now), "v"]]),
      element("br"),
      ...this.comparison(numbers, now - before),
    );
  }
}

/**
 * @param {number[]} shape
 * @param {number} place
 */
function element1(shape, place) {
  return sizeOf(shape) > 1 ? indexText(shape, place) : "";
}

/**
 * How far a slider reaches to each side: 1, 2 or 5 times a power of ten, and at least 1.
 * @param {number} value
 */
function reachOf(value) {
  return round125(Math.max(1, Math.abs(value) * 1.5));
}

/**
 * Let a slider go so far to each side.
 * @param {Slider} slider
 * @param {number} reach
 */
function reachTo(slider, reach) {
  slider.reach = reach;
  slider.range.min = String(slider.centre - reach);
  slider.range.max = String(slider.centre + reach);
}

/**
 * The next number that is 1, 2 or 5 times a power of ten.
 * @param {number} wanted
 */
function round125(wanted) {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 5, 10].find((digit) => digit * power >= wanted) ?? 10) * power;
}

/**
 * Without the digits that only rounding made.
 * @param {number} value
 */
function rounded(value) {
  return Number(value.toPrecision(12));
}

/** @param {number} change */
function signed(change) {
  const text = number(change);
  return change > 0 ? `+${text}` : text;
}
