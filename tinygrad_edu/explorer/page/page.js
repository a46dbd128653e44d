/** The page: what is chosen, which step it is, and what every part of it shows of that. */

import { byId, element, input, spans } from "./dom.js";
import { Engine } from "./engine.js";
import { recorded } from "./numbers.js";
import { panel } from "./panel.js";
import { Picture } from "./picture.js";
import { Sentences } from "./sentences.js";
import { Sliders } from "./sliders.js";
import { Steps } from "./steps.js";
import { Frame } from "./frame.js";
import { Inside } from "./inside.js";
import { listen } from "./keys.js";

/**
 * What the graph consists of: 7 operations, 1 input, 2 constants.
 * @param {import("./numbers.js").GraphRecord} record
 */
function counts({ nodes }) {
  const roles = ["operation", "input", "parameter", "constant"];
  return roles
    .map((role) => ({ role, count: nodes.filter((node) => node.role === role).length }))
    .filter(({ count }) => count)
    .map(({ role, count }) => `${count} ${role}${count === 1 ? "" : "s"}`)
    .join(", ");
}

/** Tell the page that this one is embedded in how high all of it is. */
function tellHeight() {
  const tell = () => parent.postMessage({ explorerHeight: document.body.offsetHeight }, "*");
  tell(); // what observes sizes is at rest in a frame that is out of sight
  new ResizeObserver(tell).observe(document.body);
}

/** Everything that can be seen, and what changes it. */
class Page {
  /** @param {import("./numbers.js").GraphRecord} record */
  constructor(record) {
    this.record = record;
    this.steps = new Steps(record);
    this.sentences = new Sentences(record);
    this.recorded = recorded(record);
    this.numbers = this.recorded;
    this.version = 0;
    this.versions = 0;
    this.step = 0;
    this.timer = 0;
    /** @type {number | null} */
    this.chosen = null;
    this.elements = record.nodes.map(() => 0);
    const svg = /** @type {SVGSVGElement} */ (document.querySelector("#frame svg"));
    this.picture = new Picture(svg, record);
    this.inside = new Inside(record, (i) => this.choose(i));
    this.frame = new Frame(svg, () => this.picture.measured || this.picture.measure());
    this.engine = new Engine(record);
    const trouble = this.engine.verify();
    /** @type {Sliders | null} */
    this.sliders = trouble === null ? this.makeSliders() : null;
    if (trouble !== null) this.explain(trouble);
    this.controls();
    this.goTo(0);
  }

  makeSliders() {
    return new Sliders(this.record, this.recorded, {
      move: (node, place, value) => {
        this.engine.set(node, place, value);
        this.engine.recompute();
        this.play(false);
        if (!this.step) this.step = this.steps.last; // what has not been played would show nothing
        this.renew(this.engine, ++this.versions);
      },
      reset: () => {
        this.engine.reset();
        this.sliders?.reset();
        this.renew(this.recorded, ++this.versions);
      },
    });
  }

  /**
   * Why nothing can be moved.
   * @param {string} trouble
   */
  explain(trouble) {
    byId("sliders").replaceChildren(
      element(
        "p",
        { class: "note" },
        "The sliders are off, and the steps show what Python recorded. ",
        trouble,
      ),
    );
  }

  /**
   * @param {import("./numbers.js").Numbers} numbers
   * @param {number} version
   */
  renew(numbers, version) {
    this.numbers = numbers;
    this.version = version;
    this.sliders?.show(numbers);
    this.render();
  }

  controls() {
    const { record, steps } = this;
    const at = input("at");
    at.max = String(steps.last);
    at.addEventListener("input", () => this.pauseAt(Number(at.value)));
    const actions = {
      first: () => this.pauseAt(0),
      previous: () => this.pauseAt(this.step - 1),
      play: () => this.play(!this.timer),
      next: () => this.pauseAt(this.step + 1),
      last: () => this.pauseAt(steps.last),
    };
    for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
    input("speed").addEventListener("change", () => this.timer && this.play(true));
    const choose = input("choose");
    record.nodes.forEach(({ label }, i) => choose.append(element("option", { value: i }, label)));
    choose.addEventListener("change", () => {
      this.choose(choose.value === "" ? null : Number(choose.value));
    });
    byId("skip").addEventListener("click", () => byId("play").focus());
    this.picture.offer((i) => this.choose(i === this.chosen ? null : i));
    listen({ ...actions, choose: (i) => this.choose(i), escape: () => this.escape() });
    byId("size").textContent = counts(record);
    const numbers = /** @type {HTMLDetailsElement} */ (byId("numbers"));
    numbers.open = false;
    document.body.classList.add("alive");
    if (parent !== window) document.body.classList.add("embedded");
    // On paper stand all numbers, whatever the step.
    let open = false;
    matchMedia("print").addEventListener("change", ({ matches }) => {
      if (matches) open = numbers.open;
      numbers.open = matches || open;
      this.picture.show(steps, matches ? steps.last : this.step, this.numbers, this.version);
    });
    this.frame.settle();
  }

  /** @param {number} step */
  pauseAt(step) {
    this.play(false);
    this.goTo(step);
  }

  escape() {
    this.play(false);
    this.choose(null);
  }

  /**
   * Play on from here, from the beginning where it has ended; or pause.
   * @param {boolean} on
   */
  play(on) {
    clearInterval(this.timer);
    this.timer = 0;
    if (on) {
      if (this.step === this.steps.last) this.goTo(0);
      this.timer = setInterval(
        () => {
          this.goTo(this.step + 1);
          if (this.step === this.steps.last) this.play(false);
        },
        Number(input("speed").value),
      );
    }
    byId("play").setAttribute("aria-label", on ? "Pause" : "Play");
    byId("play").classList.toggle("playing", on);
  }

  /** @param {number} step */
  goTo(step) {
    this.step = Math.max(0, Math.min(this.steps.last, step));
    const { node, phase } = this.steps.list[this.step];
    if (phase !== "start") this.inside.follow(node);
    this.render();
    if (phase !== "start") this.frame.reveal(this.picture.home(node));
  }

  /** @param {number | null} node */
  choose(node) {
    this.chosen = node;
    this.picture.choose(node);
    input("choose").value = node === null ? "" : String(node);
    if (node !== null) this.frame.reveal(this.picture.home(node));
    this.render();
  }

  /**
   * @param {number} node
   * @param {number} place
   */
  pick(node, place) {
    this.elements[node] = place;
    if (this.chosen !== node) this.choose(node);
    else this.renderPanel();
    const focus = /** @type {HTMLElement | null} */ (
      byId("panel").querySelector(`[data-place="${place}"]`)
    );
    focus?.focus();
  }

  render() {
    const { steps, step, numbers } = this;
    this.picture.show(steps, step, numbers, this.version);
    const now = steps.list[step];
    this.inside.picture?.show(steps, step, numbers, this.version + 1); // never what was drawn
    byId("phase").textContent = this.sentences.phase(now);
    document.body.dataset.phase = now.phase;
    byId("sentence").replaceChildren(
      ...this.sentences.of(now, numbers).map((each) => element("p", {}, ...spans(each))),
    );
    const at = input("at");
    at.value = String(step);
    at.setAttribute(
      "aria-valuetext",
      `step ${step} of ${steps.last}: ${this.sentences.phase(now)}`,
    );
    byId("count").textContent = `${step} / ${steps.last}`;
    for (const id of ["first", "previous"]) input(id).disabled = step === 0;
    for (const id of ["next", "last"]) input(id).disabled = step === steps.last;
    this.renderPanel();
  }

  renderPanel() {
    const { chosen, step, steps } = this;
    const shown = chosen ?? (step ? steps.list[step].node : null);
    this.sliders?.offer(shown, shown === null ? 0 : this.elements[shown]);
    byId("panel").replaceChildren(
      ...(shown === null ? this.introduction() : panel(/** @type {any} */ (this), shown)),
    );
    if (shown !== null) {
      byId("panel").append(...this.inside.offer(shown, () => this.render()));
    }
  }

  introduction() {
    return [
      element(
        "p",
        {},
        "Press ▶ to see it computed. Choose a card to see what its gradient is the sum of.",
      ),
      element(
        "p",
        { class: "m" },
        "Keys: ← → a step, Home and End, space to play, Tab to the cards, Enter to choose one, Escape to let go.",
      ),
    ];
  }
}

new Page(JSON.parse(byId("record").textContent ?? ""));
if (parent !== window) tellHeight();
