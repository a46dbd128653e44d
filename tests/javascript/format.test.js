import assert from "node:assert/strict";
import { test } from "node:test";
import { number } from "../../tinygrad_edu/explorer/page/format.js";

/** What Python writes; test_explorer_numbers.py compares thousands. */
const TABLE = [
  [0.880797, "0.8808"],
  [-2, "−2"],
  [12345.6, "12346"],
  [-0.000012, "−1.2e−5"],
  [0, "0"],
  [-0, "0"],
  [NaN, "NaN"],
  [Infinity, "∞"],
  [-Infinity, "−∞"],
  [99999.7, "100000"],
  [1e5, "1e5"],
  [0.001, "0.001"],
  [0.00099999, "1e−3"],
  [1e-3 / 2, "5e−4"],
  [0.0625, "0.0625"],
  [2.00005, "2"],
  [1.0005, "1"], // a little below the tie
  [106250, "1.062e5"], // a tie, to the even digit
  [106350, "1.064e5"],
  [12345.5, "12346"],
  [12346.5, "12346"],
  [0.00012345, "1.234e−4"], // a little below
  [1.2345, "1.234"], // a little below
  [1.03125, "1.031"],
  [9.999999, "10"],
  [5e-324, "4.941e−324"],
  [1.7976931348623157e308, "1.798e308"],
];

for (const [x, text] of TABLE) test(text, () => assert.equal(number(x), text));
