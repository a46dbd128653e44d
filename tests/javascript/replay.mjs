/**
 * Recompute recorded graphs: for each line of {record, changes} on standard input, a line of what
 * the page's engine says. A change is [node, element, value].
 */
import { createInterface } from "node:readline";
import { Engine } from "../../tinygrad_edu/explorer/page/engine.js";

const plain = (x) =>
  x === null
    ? null
    : ArrayBuffer.isView(x) || Array.isArray(x)
      ? Array.from(x, plain)
      : Number.isFinite(x)
        ? x
        : String(x);

for await (const line of createInterface({ input: process.stdin })) {
  const { record, changes } = JSON.parse(line);
  let answer;
  try {
    const engine = new Engine(record);
    const verdict = engine.verify();
    for (const [node, element, value] of changes) engine.set(node, element, Number(value));
    if (!record.off) engine.recompute();
    const { values, gradients, derivatives, contributions } = engine;
    answer = {
      verdict,
      values: plain(values),
      gradients: plain(gradients),
      derivatives: plain(derivatives),
      contributions: plain(contributions),
    };
  } catch (error) {
    answer = { verdict: `exception: ${error.stack}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
