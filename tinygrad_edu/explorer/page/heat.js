/** A heatmap of the picture, painted anew: as drawing/heatmap.py pools and grades it. */

const STEPS = 6; // on each side of zero
const MOST = 8; // cells along an axis

/** One heatmap: its cells, and the marks in those that hold no finite number. */
export class Heat {
  /** @param {Element} group */
  constructor(group) {
    const polygons = Array.from(group.querySelectorAll("polygon"));
    this.group = group;
    this.cells = polygons.slice(0, -1); // the last is the frame
    this.marks = Array.from(group.querySelectorAll("text"));
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {number[]} shape
   */
  paint(values, shape) {
    for (const mark of this.marks) mark.remove();
    this.marks = [];
    const width = shape.length ? shape[shape.length - 1] : 1;
    const columns = shape.length < 2 ? values.length : width;
    const rows = pieces(values.length / columns);
    const spans = pieces(columns);
    let largest = 0;
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) largest = Math.max(largest, Math.abs(values[i]));
    }
    rows.forEach((row, r) => {
      spans.forEach((span, c) => {
        const level = pooled(values, columns, row, span, largest);
        this.fill(this.cells[r * spans.length + c], level);
      });
    });
  }

  /**
   * @param {SVGPolygonElement} cell
   * @param {number | string} level
   */
  fill(cell, level) {
    const colour = typeof level === "number" ? `var(--te-heat${level})` : "var(--te-paper)";
    cell.style.setProperty("fill", colour);
    if (typeof level === "number") return;
    const { x, y, width, height } = cell.getBBox();
    const mark = /** @type {SVGTextElement} */ (
      document.createElementNS(cell.namespaceURI, "text")
    );
    mark.setAttribute("class", "mark");
    mark.setAttribute("x", String(x + width / 2));
    mark.setAttribute("y", String(y + height - 2.5));
    mark.textContent = level;
    this.group.append(mark);
    this.marks.push(mark);
  }
}

/**
 * Up to MOST ranges that cover a length, the longer ones first: numpy.array_split.
 * @param {number} length
 * @returns {[number, number][]}
 */
function pieces(length) {
  const many = Math.min(MOST, length);
  const short = Math.floor(length / many);
  const longer = length % many;
  return Array.from({ length: many }, (_, i) => {
    const start = i * short + Math.min(i, longer);
    return [start, start + short + (i < longer ? 1 : 0)];
  });
}

/**
 * What a cell shows: no finite number if there is one, else the largest magnitude.
 * @param {ArrayLike<number>} values
 * @param {number} columns
 * @param {[number, number]} rows
 * @param {[number, number]} span
 * @param {number} largest
 * @returns {number | string}
 */
function pooled(values, columns, rows, span, largest) {
  let signed = 0;
  let mark = "";
  for (let r = rows[0]; r < rows[1]; r++) {
    for (let c = span[0]; c < span[1]; c++) {
      const value = values[r * columns + c];
      if (Number.isNaN(value)) return "?";
      if (value === Infinity) mark = "+";
      else if (value === -Infinity) mark ||= "−";
      else if (Math.abs(value) > Math.abs(signed)) signed = value;
    }
  }
  if (mark || signed === 0) return mark || 0;
  const level = Math.max(1, Math.round((Math.abs(signed) / largest) * STEPS)); // only zero is pale
  return signed > 0 ? level : -level;
}
