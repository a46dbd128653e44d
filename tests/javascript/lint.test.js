// The linter's own test: what a script of the page must not do is an error, and what it may is not.
import assert from "node:assert/strict";
import test from "node:test";

import { ESLint } from "eslint";

const eslint = new ESLint();

/** The rules that one file of the page breaks. */
async function broken(code) {
  const [result] = await eslint.lintText(`${code}\n`, {
    filePath: "tinygrad_edu/explorer/page/some_file.js",
  });
  return result.messages.map((message) => message.ruleId ?? message.message);
}

const FORBIDDEN = {
  "no-restricted-syntax": [
    "document.body.innerHTML = '';",
    "document.body['outerHTML'] = '';",
    "document.body.insertAdjacentHTML('beforeend', '');",
    "document.write('');",
    "document.body.setAttribute('onclick', '');",
    "document.body.setAttributeNS(null, 'OnLoad', '');",
    "document.body.setAttribute('style', '');",
    "window.fetch('a');",
    "navigator.sendBeacon('a');",
    "import('./other.js');",
    "import './other.js';",
    "import { a } from 'outside'; a();",
    "import { a } from 'https://outside/a.js'; a();",
    "import a from './other.js'; a();",
    "import * as a from './other.js'; a();",
    "const a = 1; export { a };",
    "export let a = 1; a = 2;",
    "export const [a] = [1];",
    "await 1;",
    "export default 1;",
    "export * from './other.js';",
    "export const a = `1\n2`;",
  ],
  "no-restricted-globals": [
    "fetch('a');",
    "new XMLHttpRequest();",
    "new WebSocket('a');",
    "new Worker('a');",
    "localStorage.clear();",
  ],
  "no-eval": ["eval('1');"],
  "no-new-func": ["new Function('1');"],
  "no-implied-eval": ["setTimeout('1', 0);"],
  "no-alert": ["alert(1);"],
};

for (const [rule, codes] of Object.entries(FORBIDDEN)) {
  for (const code of codes) {
    test(`${rule}: ${JSON.stringify(code)}`, async () => {
      assert.deepEqual(await broken(code), [rule]);
    });
  }
}

test("what the page is made of is allowed", async () => {
  const code = `
import { sum, product } from "./arithmetic.js";

export const zero = 0;

export function show(element, values) {
  element.textContent = \`\${sum(values)} \${product(values)}\`;
  element.setAttribute("aria-label", "values");
  element.style.width = "1px";
  element.addEventListener("click", () => element.remove());
}
`;
  assert.deepEqual(await broken(code), []);
});
