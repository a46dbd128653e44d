/** What is inside of a call that the picture shows closed: opened below it, and moved on by steps. */

import { button, byId } from "./dom.js";
import { Picture } from "./picture.js";

/** @typedef {import("./numbers.js").GraphRecord} GraphRecord */

/** The calls that can be opened, and the one that is. */
export class Inside {
  /**
   * @param {GraphRecord} record
   * @param {(node: number) => void} choose
   */
  constructor(record, choose) {
    this.record = record;
    this.choose = choose;
    this.templates = Array.from(document.querySelectorAll("template"));
    /** The chain of each call. @type {Map<string, number>} */
    this.chains = new Map(
      record.insides.flatMap((calls, k) => Object.keys(calls).map((name) => [name, k])),
    );
    this.name = "";
    /** @type {Picture | null} */
    this.picture = null;
    byId("shut").addEventListener("click", () => this.open(""));
  }

  /**
   * A button that opens the call a node is in, or closes it; none where it cannot be opened.
   * @param {number} node
   * @param {() => void} done
   */
  offer(node, done) {
    const name = this.record.nodes[node].card;
    const chain = this.chains.get(name);
    if (chain === undefined) return [];
    const shut = name === this.name;
    const said = `${shut ? "Close" : "Open"} ${this.record.insides[chain][name].name}`;
    const act = () => {
      this.open(shut ? "" : name);
      done();
    };
    return [button(said, act, { class: "open" })];
  }

  /**
   * Where the steps are in another call like the one that is open: that one is.
   * @param {number} node
   */
  follow(node) {
    const name = this.record.nodes[node].card;
    const chain = this.chains.get(name);
    if (this.name && name !== this.name && chain === this.chains.get(this.name)) this.open(name);
  }

  /**
   * Show what is inside of a call; of none, nothing.
   * @param {string} name
   */
  open(name) {
    this.name = name;
    const chain = this.chains.get(name);
    byId("inside").hidden = chain === undefined;
    this.picture = null;
    if (chain === undefined) return;
    const calls = this.record.insides[chain];
    byId("inside-title").textContent = `Inside ${calls[name].name}`;
    const svg = /** @type {SVGSVGElement} */ (
      this.templates[chain].content.querySelector("svg")?.cloneNode(true)
    );
    this.rename(svg, Object.values(calls)[0].nodes, calls[name].nodes);
    byId("inside").querySelector(".frame")?.replaceChildren(svg);
    this.picture = new Picture(svg, this.record, (node) => this.record.nodes[node].id);
    this.picture.offer(this.choose);
  }

  /**
   * Put the nodes of one call in the place of those of another.
   * @param {Element} svg
   * @param {number[]} before
   * @param {number[]} after
   */
  rename(svg, before, after) {
    const { nodes } = this.record;
    const places = new Map(before.map((node, i) => [node, after[i]]));
    const ids = new Map(before.map((node, i) => [nodes[node].id, nodes[after[i]].id]));
    for (const group of /** @type {NodeListOf<SVGGElement>} */ (svg.querySelectorAll("g[id]"))) {
      const { dataset } = group;
      for (const key of ["card", "from", "to"]) {
        const other = ids.get(dataset[key] ?? "");
        if (other) dataset[key] = other;
      }
      const node = Number(dataset.node ?? -1);
      const other = places.get(node);
      if (other === undefined) continue;
      dataset.node = String(other);
      dataset.shows = String(other);
      for (const text of group.querySelectorAll("text:not([class])")) {
        if (text.textContent === nodes[node].label) text.textContent = nodes[other].label;
      }
    }
  }
}
