/**
 * The page's arithmetic, asked by Python: for each line of standard input a line of answer.
 *
 * A record is replayed, changed and recomputed; each change is [node, element, value]. With `paths`,
 * the paths of each node come too. `numbers` are to be written; `times` asks how long it takes.
 * `calls` are functions of numbers by name, and their arguments.
 */
import { createInterface } from "node:readline";
import { Engine } from "../../tinygrad_edu/explorer/page/engine.js";
import { ofNumbers } from "../../tinygrad_edu/explorer/page/functions.js";
import { number } from "../../tinygrad_edu/explorer/page/format.js";
import { countPaths, largestPaths } from "../../tinygrad_edu/explorer/page/paths.js";

/** JSON has no infinity, no NaN, no -0, and arrays of one kind only. */
function plain(x) {
  if (Object.is(x, -0)) return "-0";
  if (typeof x === "number") return Number.isFinite(x) ? x : String(x);
  if (ArrayBuffer.isView(x) || Array.isArray(x)) return Array.from(x, plain);
  return x;
}

function paths(engine) {
  return engine.record.nodes.map((_, node) => {
    const largest = largestPaths(engine.record, engine.derivatives, node);
    const found = largest.map(({ nodes, factors, product }) => ({
      nodes,
      factors: plain(factors),
      product: plain(product),
    }));
    return { count: String(countPaths(engine.record, node)), largest: found };
  });
}

function milliseconds(engine, times) {
  const taken = [];
  for (let k = 0; k < times; k++) {
    const start = performance.now();
    engine.recompute();
    taken.push(performance.now() - start);
  }
  return taken;
}

function answer(question) {
  if (question.numbers) return { written: question.numbers.map((x) => number(Number(x))) };
  if (question.calls) {
    return { results: question.calls.map(([name, x]) => plain(ofNumbers[name](...x.map(Number)))) };
  }
  const engine = new Engine(question.record);
  const verdict = engine.verify();
  for (const [node, element, value] of question.changes ?? []) {
    engine.set(node, element, Number(value));
  }
  if (!question.record.off) engine.recompute();
  const { values, gradients, derivatives, contributions } = engine;
  return {
    verdict,
    values: plain(values),
    gradients: plain(gradients),
    derivatives: plain(derivatives),
    contributions: plain(contributions),
    paths: question.paths ? paths(engine) : null,
    taken: question.times ? milliseconds(engine, question.times) : null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = answer(JSON.parse(line));
  } catch (error) {
    said = { exception: error.stack };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
