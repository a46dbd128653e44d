/** How numbers are written: exactly as `number` in tinygrad_edu/drawing/text.py. */

/** The digits of `exact` without its last `more`, rounded; a tie goes to the even digit.
 * JavaScript rounds ties up, Python to even, and both know all digits.
 * @param {string} rounded @param {string} exact @param {number} more */
function even(rounded, exact, more) {
  const kept = exact.slice(0, -more);
  const tie = /^50*$/.test(exact.slice(-more));
  return tie && Number(kept.at(-1)) % 2 === 0 ? kept : rounded;
}

/** Python's `f"{x:.{decimals}f}"`. @param {number} x @param {number} decimals */
function fixed(x, decimals) {
  const longer = x.toFixed(decimals + 60);
  if (decimals) return even(x.toFixed(decimals), longer, 60);
  const [whole, rest] = longer.split(".");
  return even(x.toFixed(0), whole + rest, 60);
}

/** Python's `f"{x:.3e}"`, the exponent plain. @param {number} x @returns {[string, number]} */
function scientific(x) {
  const [digits, exponent] = x.toExponential(3).split("e");
  const [longer, other] = x.toExponential(63).split("e");
  return exponent === other
    ? [even(digits, longer, 60), Number(exponent)]
    : [digits, Number(exponent)];
}

/** @param {string} digits */
function stripped(digits) {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** Four significant digits and a real minus sign; exponents from 1e5 and below 1e-3.
 * @param {number} x */
export function number(x) {
  if (Number.isNaN(x)) return "NaN";
  const sign = x < 0 ? "−" : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}∞`;
  if (size === 0) return "0";
  if (size < 1e5 && size >= 1e-3) {
    return sign + stripped(fixed(size, Math.max(0, 3 - Math.floor(Math.log10(size)))));
  }
  const [digits, exponent] = scientific(size);
  return `${sign}${stripped(digits)}e${String(exponent).replace("-", "−")}`;
}
