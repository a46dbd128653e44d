/**
 * Programs: how the record says what a node computes, and what a local derivative is.
 *
 * A program is a list of calls. Its registers are its variables, then its constants, then what the
 * calls give, each of which may use all before it. The variables are `a0`, `a1` ... (the inputs of
 * the node, by place), `out` (its value) and `g` (the gradient of its value).
 *
 * @typedef {import("./arrays.js").NDArray} NDArray
 * @typedef {number | "NaN" | "Infinity" | "-Infinity"} Numeral
 * @typedef {[string, number[], Record<string, any>?]} Call
 * @typedef {{shape: number[], data?: Numeral[], fill?: Numeral}} Constant
 * @typedef {{variables: string[], constants: Constant[], calls: Call[], result: number}} Program
 * @typedef {(variables: Record<string, NDArray>) => NDArray} Compiled
 */

import { array, full } from "./arrays.js";
import { functions } from "./functions.js";

/** @param {readonly Numeral[]} numerals */
export function numbers(numerals) {
  return Float64Array.from(numerals, Number);
}

/** @param {Constant} constant */
function decoded({ shape, data, fill }) {
  return data ? array(numbers(data), shape) : full(shape, Number(fill));
}

/** A function that runs `program`. @param {Program} program @returns {Compiled} */
export function compile(program) {
  const { variables, calls, result } = program;
  const constants = program.constants.map(decoded);
  const steps = calls.map(([name, operands, params = {}]) => {
    const f = functions[name];
    if (!f) throw new RangeError(`the page does not know ${name}`);
    return { f, operands, params };
  });
  return (given) => {
    const registers = variables.map((name) => given[name]);
    registers.push(...constants);
    for (const { f, operands, params } of steps) {
      registers.push(
        f(
          operands.map((register) => registers[register]),
          params,
        ),
      );
    }
    return registers[result];
  };
}
