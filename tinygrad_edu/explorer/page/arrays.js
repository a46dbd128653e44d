/**
 * Arrays of numbers, as NumPy's: row-major, with a shape, and functions that broadcast.
 *
 * Only what moves and combines elements; the functions of numbers are in functions.js.
 *
 * @typedef {{shape: number[], data: Float64Array}} NDArray
 */

/** @param {number[]} shape */
export function size(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

/** @param {ArrayLike<number>} data @param {number[]} shape @returns {NDArray} */
export function array(data, shape) {
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** @param {number[]} shape @param {number} value @returns {NDArray} */
export function full(shape, value) {
  return { shape, data: new Float64Array(size(shape)).fill(value) };
}

/** @param {number[]} a @param {number[]} b */
export function sameShape(a, b) {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** How far apart neighbours along each axis lie. @param {number[]} shape */
function strides(shape) {
  const found = new Array(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    found[axis] = step;
    step *= shape[axis];
  }
  return found;
}

/** @param {number[][]} shapes @returns {number[]} */
export function broadcastShapes(shapes) {
  const ndim = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array(ndim).fill(1);
  for (const shape of shapes) {
    for (let k = 0; k < shape.length; k++) {
      const axis = ndim - shape.length + k;
      if (result[axis] === 1) result[axis] = shape[k];
      else if (shape[k] !== 1 && shape[k] !== result[axis]) {
        throw new RangeError(
          `shapes ${shapes.map((s) => `(${s})`).join(" and ")} do not broadcast`,
        );
      }
    }
  }
  return result;
}

/** The strides with which an array of `shape` is read as one of shape `as`: 0 where repeated.
 * @param {number[]} shape @param {number[]} as */
function broadcastStrides(shape, as) {
  const own = strides(shape);
  const lead = as.length - shape.length;
  return as.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]));
}

/** Where each element of an array of shape `as`, in order, is found with these strides.
 * @param {number[]} as @param {number[]} steps */
function offsets(as, steps) {
  const found = new Int32Array(size(as));
  const index = new Array(as.length).fill(0);
  for (let k = 0, place = 0; k < found.length; k++) {
    found[k] = place;
    for (let axis = as.length - 1; axis >= 0; axis--) {
      place += steps[axis];
      if (++index[axis] < as[axis]) break;
      place -= steps[axis] * as[axis];
      index[axis] = 0;
    }
  }
  return found;
}

/** @param {NDArray} a @param {number[]} shape @returns {NDArray} */
export function broadcastTo(a, shape) {
  if (sameShape(a.shape, shape)) return a;
  if (!sameShape(broadcastShapes([a.shape, shape]), shape)) {
    throw new RangeError(`shape (${a.shape}) does not broadcast to (${shape})`);
  }
  const from = offsets(shape, broadcastStrides(a.shape, shape));
  return { shape, data: Float64Array.from(from, (place) => a.data[place]) };
}

/** A function of numbers, of every element of one array. @param {(x: number) => number} f
 * @param {NDArray} a @returns {NDArray} */
export function map1(f, a) {
  const data = new Float64Array(a.data.length);
  for (let k = 0; k < data.length; k++) data[k] = f(a.data[k]);
  return { shape: a.shape, data };
}

/** The same of two arrays, which broadcast. @param {(x: number, y: number) => number} f
 * @param {NDArray} a @param {NDArray} b @returns {NDArray} */
export function map2(f, a, b) {
  const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShapes([a.shape, b.shape]);
  const data = new Float64Array(size(shape));
  const x = broadcastTo(a, shape).data;
  const y = broadcastTo(b, shape).data;
  for (let k = 0; k < data.length; k++) data[k] = f(x[k], y[k]);
  return { shape, data };
}

/** The same of any number of arrays. @param {(...x: number[]) => number} f
 * @param {NDArray[]} arrays @returns {NDArray} */
export function map(f, arrays) {
  if (arrays.length === 1) return map1(f, arrays[0]);
  if (arrays.length === 2) return map2(f, arrays[0], arrays[1]);
  const shape = broadcastShapes(arrays.map((a) => a.shape));
  const data = new Float64Array(size(shape));
  const operands = arrays.map((a) => broadcastTo(a, shape).data);
  for (let k = 0; k < data.length; k++) data[k] = f(...operands.map((each) => each[k]));
  return { shape, data };
}

/** @param {NDArray} a @param {number[]} shape @returns {NDArray} */
export function reshape(a, shape) {
  return { shape, data: a.data };
}

/** @param {NDArray} a @param {number[]} axes @returns {NDArray} */
export function transpose(a, axes) {
  const own = strides(a.shape);
  const shape = axes.map((axis) => a.shape[axis]);
  const from = offsets(
    shape,
    axes.map((axis) => own[axis]),
  );
  return { shape, data: Float64Array.from(from, (place) => a.data[place]) };
}

// ---- reductions ---------------------------------------------------------------------------------

/** The sum as NumPy adds it, in pairs of halves, so that rounding is much the same.
 * @param {Float64Array} x @param {number} start @param {number} count @returns {number} */
function pairwise(x, start, count) {
  if (count < 8) {
    let total = count ? x[start] : 0;
    for (let k = 1; k < count; k++) total += x[start + k];
    return total;
  }
  if (count <= 128) {
    const r = x.slice(start, start + 8);
    const whole = count - (count % 8);
    for (let k = 8; k < whole; k++) r[k % 8] += x[start + k];
    let total = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    for (let k = whole; k < count; k++) total += x[start + k];
    return total;
  }
  const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
  return pairwise(x, start, half) + pairwise(x, start + half, count - half);
}

/** `a` with these axes behind all others, and joined to one. @param {NDArray} a
 * @param {number[]} axes */
function grouped(a, axes) {
  const kept = a.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const count = size(axes.map((axis) => a.shape[axis]));
  const order = [...kept, ...axes.slice().sort((p, q) => p - q)];
  const moved = order.every((axis, place) => axis === place) ? a : transpose(a, order);
  return { data: moved.data, count, shape: kept.map((axis) => a.shape[axis]) };
}

/** The sum over `axes`, which are removed. @param {NDArray} a @param {number[]} axes
 * @returns {NDArray} */
export function sum(a, axes) {
  const { data, count, shape } = grouped(a, axes);
  const result = new Float64Array(size(shape));
  for (let k = 0; k < result.length; k++) result[k] = pairwise(data, k * count, count);
  return { shape, data: result };
}

/** The function of the first two elements of each group, of that and the third, and so on.
 * @param {NDArray} a @param {number[]} axes @param {(x: number, y: number) => number} f
 * @param {number} [identity] what nothing is reduced to @returns {NDArray} */
export function reduce(a, axes, f, identity) {
  const { data, count, shape } = grouped(a, axes);
  if (!count && identity === undefined) throw new RangeError("a reduction of nothing");
  const result = new Float64Array(size(shape));
  for (let k = 0; k < result.length; k++) {
    let total = count ? data[k * count] : /** @type {number} */ (identity);
    for (let j = 1; j < count; j++) total = f(total, data[k * count + j]);
    result[k] = total;
  }
  return { shape, data: result };
}

/** All the intermediate results along an axis. @param {NDArray} a @param {number} axis
 * @param {(x: number, y: number) => number} f @returns {NDArray} */
export function accumulate(a, axis, f) {
  const step = strides(a.shape)[axis];
  const data = Float64Array.from(a.data);
  for (let k = 0; k < data.length; k++) {
    if (Math.floor(k / step) % a.shape[axis]) data[k] = f(data[k - step], data[k]);
  }
  return { shape: a.shape, data };
}

/** The sum of `g` over the axes along which `shape` was repeated: the adjoint of broadcasting.
 * @param {NDArray} g @param {number[]} shape @returns {NDArray} */
export function unbroadcast(g, shape) {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  if (lead < 0) return broadcastTo(g, shape);
  const repeated = (/** @type {number} */ axis) =>
    axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 1);
  const axes = g.shape.map((_, axis) => axis).filter(repeated);
  const kept = shape.map((length, axis) => (length === 1 ? 1 : g.shape[axis + lead]));
  return broadcastTo(reshape(axes.length ? sum(g, axes) : g, kept), shape);
}

// ---- products -----------------------------------------------------------------------------------

/** Matrix products; a vector is a row on the left and a column on the right.
 * @param {NDArray} a @param {NDArray} b @returns {NDArray} */
export function matmul(a, b) {
  const left = a.shape.length === 1 ? reshape(a, [1, a.shape[0]]) : a;
  const right = b.shape.length === 1 ? reshape(b, [b.shape[0], 1]) : b;
  const [rows, inner] = left.shape.slice(-2);
  const columns = right.shape[right.shape.length - 1];
  const batch = broadcastShapes([left.shape.slice(0, -2), right.shape.slice(0, -2)]);
  const x = broadcastTo(left, [...batch, rows, inner]).data;
  const y = broadcastTo(right, [...batch, inner, columns]).data;
  const data = new Float64Array(size(batch) * rows * columns);
  for (let k = 0; k < data.length; k++) {
    const row = Math.floor(k / columns);
    let place = Math.floor(row / rows) * inner * columns + (k % columns);
    let total = 0;
    for (let j = row * inner; j < (row + 1) * inner; j++, place += columns)
      total += x[j] * y[place];
    data[k] = total;
  }
  const shape = [...batch];
  if (a.shape.length > 1) shape.push(rows);
  if (b.shape.length > 1) shape.push(columns);
  return { shape, data };
}

/** The sum of products over all indices that the result lacks: `"ij,jk->ik"`, every index named.
 * @param {string} text @param {NDArray[]} operands @returns {NDArray} */
export function einsum(text, operands) {
  const [inputs, kept] = text.split("->");
  const terms = inputs.split(",");
  const letters = [...new Set([...kept, ...inputs.replaceAll(",", "")])];
  const steps = terms.map((term, n) => {
    const own = broadcastStrides(operands[n].shape, operands[n].shape);
    return letters.map((letter) =>
      [...term].reduce((step, each, axis) => step + (each === letter ? own[axis] : 0), 0),
    );
  });
  const lengths = letters.map((letter) =>
    Math.max(
      ...terms.flatMap((term, n) =>
        [...term].map((each, axis) => (each === letter ? operands[n].shape[axis] : 0)),
      ),
    ),
  );
  const places = steps.map((each) => offsets(lengths, each));
  const shape = lengths.slice(0, kept.length);
  const inner = size(lengths.slice(kept.length));
  const data = new Float64Array(size(shape));
  for (let k = 0; k < data.length * inner; k++) {
    let product = 1;
    for (let n = 0; n < operands.length; n++) product *= operands[n].data[places[n][k]];
    data[Math.floor(k / inner)] += product;
  }
  return { shape, data };
}

// ---- moving elements ----------------------------------------------------------------------------

/** The elements at `places`, counted through all arrays in turn; 0 where the place is -1.
 * @param {NDArray[]} arrays @param {ArrayLike<number>} places @param {number[]} shape
 * @returns {NDArray} */
export function pick(arrays, places, shape) {
  const all = arrays.length === 1 ? arrays[0].data : arrays.flatMap((a) => [...a.data]);
  return { shape, data: Float64Array.from(places, (place) => (place < 0 ? 0 : all[place])) };
}

/** Zeros of `shape`, with the elements of `g` added at `places`: the adjoint of `pick`.
 * @param {NDArray} g @param {ArrayLike<number>} places @param {number[]} shape
 * @returns {NDArray} */
export function scatter(g, places, shape) {
  const result = full(shape, 0);
  for (let k = 0; k < places.length; k++) result.data[places[k]] += g.data[k];
  return result;
}
