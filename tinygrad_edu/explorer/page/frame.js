/** The frame that the picture stands in: how large it is shown, and which part of it. */

import { byId } from "./dom.js";

const [SMALLEST, LARGEST] = [0.75, 1.25]; // of a picture that is to be read
const ENOUGH = 0.68; // of one that then fits

/** The frame of one picture. */
export class Frame {
  /**
   * @param {SVGSVGElement} svg
   * @param {() => void} resized is called whenever the frame gets another size
   */
  constructor(svg, resized) {
    this.svg = svg;
    this.frame = byId("frame");
    this.width = Number(svg.getAttribute("width"));
    this.height = Number(svg.getAttribute("height"));
    this.scale = 1;
    this.follow = () => this.settle();
    byId("smaller").addEventListener("click", () => this.zoom(this.scale / 1.25));
    byId("larger").addEventListener("click", () => this.zoom(this.scale * 1.25));
    byId("fit").addEventListener("click", () => this.fit());
    new ResizeObserver(() => {
      this.follow();
      resized();
    }).observe(this.frame);
  }

  /** As large as the frame is wide, but neither too small nor too large to be read. */
  settle() {
    const room = this.room();
    this.zoom(room < ENOUGH ? SMALLEST : Math.min(LARGEST, room));
    this.follow = () => this.settle();
  }

  /** All of it, however small. */
  fit() {
    this.frame.classList.add("whole");
    const tall = parseFloat(getComputedStyle(this.frame).maxHeight) - 2;
    const wide = this.frame.offsetWidth - 2; // without a bar to scroll, which goes
    this.zoom(Math.min(LARGEST, wide / this.width, tall / this.height));
    this.follow = () => this.fit();
    this.frame.classList.add("whole");
    byId("fit").setAttribute("aria-pressed", "true");
  }

  /** How often the picture goes into the width of the frame. */
  room() {
    return (this.frame.clientWidth - 2) / this.width;
  }

  /** @param {number} scale */
  zoom(scale) {
    this.scale = Math.max(0.1, Math.min(4, scale));
    this.follow = () => {};
    this.frame.classList.remove("whole");
    this.svg.setAttribute("width", String(this.width * this.scale));
    this.svg.setAttribute("height", String(this.height * this.scale));
    byId("fit").setAttribute("aria-pressed", "false");
  }

  /**
   * Scroll so that an element is in sight, if it isn't.
   * @param {Element | undefined} shown
   */
  reveal(shown) {
    const { frame } = this;
    if (!shown) return;
    if (frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) return;
    const [inner, outer] = [shown.getBoundingClientRect(), frame.getBoundingClientRect()];
    const margin = 40;
    const across = beyond(inner.left, inner.right, outer.left + margin, outer.right - margin);
    const down = beyond(inner.top, inner.bottom, outer.top + margin, outer.bottom - margin);
    if (!across && !down) return;
    const left = across && (inner.left + inner.right - outer.left - outer.right) / 2;
    const top = down && (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
    const far = Math.abs(left) > outer.width || Math.abs(top) > outer.height;
    const still = far || matchMedia("(prefers-reduced-motion: reduce)").matches;
    frame.scrollBy({ left, top, behavior: still ? "instant" : "smooth" });
  }
}

/**
 * 1 where a range is not within another, else 0.
 * @param {number} start
 * @param {number} end
 * @param {number} from
 * @param {number} to
 */
function beyond(start, end, from, to) {
  return start < from || end > to ? 1 : 0;
}
