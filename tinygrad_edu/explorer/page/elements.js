/** The elements of an array: a table in which one is chosen. */

import { byId, element } from "./dom.js";
import { number } from "./format.js";
import { sizeOf } from "./numbers.js";

const MOST = 6; // rows and columns that are shown at once
const [SIZE, AROUND] = [13, 18]; // pixels: of the text of a button, and around it

/**
 * Where in an array an element is: [1, 2].
 * @param {number[]} shape
 * @param {number} place
 */
export function indexText(shape, place) {
  return `[${indices(shape, place).join(", ")}]`;
}

/**
 * @param {number[]} shape
 * @param {number} place
 * @returns {number[]}
 */
function indices(shape, place) {
  let rest = place;
  return shape
    .slice()
    .reverse()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .reverse();
}

/**
 * A table of the elements around the chosen one: its matrix, and inputs for what is not in sight.
 * @param {import("./panel.js").View} view
 * @param {number} i
 */
export function elements(view, i) {
  const { shape } = view.record.nodes[i];
  const columns = shape.length ? shape[shape.length - 1] : 1;
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const chosen = view.elements[i];
  const matrix = Math.floor(chosen / (rows * columns)) * rows * columns;
  const row = Math.floor((chosen - matrix) / columns);
  const top = start(row, rows, MOST);
  const bottom = Math.min(rows, top + MOST);
  const most = columnsThatFit(view, i, matrix + top * columns, (bottom - top) * columns);
  const left = start(chosen % columns, columns, most);
  const table = element("table", { class: "elements" });
  for (let r = top; r < bottom; r++) {
    const line = table.insertRow();
    for (let c = left; c < Math.min(columns, left + most); c++) {
      line.insertCell().append(cell(view, i, matrix + r * columns + c));
    }
  }
  const box = element("div", { class: "scroll" }, table);
  const all = shape.length <= 2 && rows <= MOST && columns <= most;
  return element("div", { class: "array" }, box, ...(all ? [] : [inputs(view, i)]));
}

/**
 * How many columns there is room for: none should be cut.
 * @param {import("./panel.js").View} view
 * @param {number} i
 * @param {number} from
 * @param {number} count
 */
function columnsThatFit({ numbers }, i, from, count) {
  let longest = 1;
  for (const all of [numbers.values[i], numbers.gradients[i]]) {
    for (let place = from; all && place < from + count; place++) {
      longest = Math.max(longest, number(all[place]).length);
    }
  }
  const room = byId("panel").clientWidth || 300;
  return Math.max(1, Math.min(MOST, Math.floor(room / (longest * digit() + AROUND))));
}

/** How wide a digit is in the font that the reader has. */
function digit() {
  const canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return SIZE * 0.6;
  canvas.font = `${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return canvas.measureText("0").width;
}

/**
 * Where the part in sight begins.
 * @param {number} index
 * @param {number} length
 * @param {number} most
 */
function start(index, length, most) {
  return Math.max(0, Math.min(index - Math.floor(most / 2), length - most));
}

/**
 * An element, with its gradient below; a press chooses it.
 * @param {import("./panel.js").View} view
 * @param {number} i
 * @param {number} place
 */
function cell(view, i, place) {
  const { record, steps, numbers, step } = view;
  const value = steps.forward[i] <= step ? numbers.values[i] : null;
  const gradient = steps.gradient(numbers, i, step);
  const [shown, below] = [value, gradient].map((each) => (each ? number(each[place]) : "—"));
  const constant = record.nodes[i].role === "constant";
  const name = `Element ${indexText(record.nodes[i].shape, place)}: value ${shown}`;
  const made = element(
    "button",
    {
      type: "button",
      "aria-pressed": String(view.elements[i] === place),
      "aria-label": constant ? name : `${name}, gradient ${below}`,
      "data-place": place,
    },
    element("span", { class: "v" }, shown),
    ...(constant ? [] : [element("span", { class: "g" }, below)]),
  );
  made.addEventListener("click", () => view.pick(i, place));
  return made;
}

/**
 * An input for each axis.
 * @param {import("./panel.js").View} view
 * @param {number} i
 */
function inputs(view, i) {
  const { shape } = view.record.nodes[i];
  const index = indices(shape, view.elements[i]);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const fields = shape.map((length, axis) => {
    const field = element("input", {
      type: "number",
      min: 0,
      max: length - 1,
      value: index[axis],
      "aria-label": `Index on axis ${axis}, below ${length}`,
      "data-axis": axis,
    });
    field.addEventListener("change", () => {
      const wanted = Math.round(Number(field.value)) || 0;
      const other = Math.max(0, Math.min(length - 1, wanted));
      view.pick(i, view.elements[i] + (other - index[axis]) * strides[axis]);
    });
    return field;
  });
  return element("p", { class: "axes" }, "Element ", ...fields);
}
