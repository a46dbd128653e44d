/** The frame that the picture stands in: how large it is shown, and which part of it. */

import { byId } from "./dom.js";

const SMALLEST = 0.55; // below that, a picture that is fitted could not be read

/** The frame of one picture. */
export class Frame {
  /** @param {SVGSVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.frame = byId("frame");
    this.width = Number(svg.getAttribute("width"));
    this.height = Number(svg.getAttribute("height"));
    this.scale = 1;
    this.fitted = true;
    byId("smaller").addEventListener("click", () => this.zoom(this.scale / 1.25));
    byId("larger").addEventListener("click", () => this.zoom(this.scale * 1.25));
    byId("fit").addEventListener("click", () => this.fit());
    new ResizeObserver(() => this.fitted && this.fit()).observe(this.frame);
  }

  /** As large as the frame is wide, but never too small to be read. */
  fit() {
    const room = this.frame.clientWidth - 2;
    this.zoom(Math.max(SMALLEST, Math.min(1.25, room / this.width)));
    this.fitted = true;
    byId("fit").setAttribute("aria-pressed", "true");
  }

  /** @param {number} scale */
  zoom(scale) {
    this.scale = Math.max(0.1, Math.min(4, scale));
    this.fitted = false;
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
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    frame.scrollBy({
      left: across && (inner.left + inner.right - outer.left - outer.right) / 2,
      top: down && (inner.top + inner.bottom - outer.top - outer.bottom) / 2,
      behavior: still ? "instant" : "smooth",
    });
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
