// What the explorer's scripts may do: nothing that puts text where markup is read, nothing that
// leaves the page, and only the imports and exports that explorer/assemble.py can join.
import js from "@eslint/js";
import globals from "globals";

const MARKUP = "text goes in by textContent, elements by createElement";
const STRICT = "the page's policy forbids it";
const OFFLINE = "the page asks nothing of any network";
const JOINED =
  "assemble.py joins only `import { a, b } from './file.js'` and exported declarations";

/** The names that may be neither read nor called, of whatever object. */
const properties = {
  [MARKUP]:
    "innerHTML|outerHTML|insertAdjacentHTML|setHTML|setHTMLUnsafe|srcdoc|write|writeln" +
    "|createContextualFragment|parseFromString|parseHTMLUnsafe",
  [OFFLINE]: "fetch|XMLHttpRequest|WebSocket|EventSource|WebTransport|sendBeacon|importScripts",
};

const syntax = {
  "CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal.arguments[value=/^on/i]": `${STRICT}: use addEventListener`,
  "CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal.arguments[value='style']": `${STRICT}: use classes, or element.style`,
  ImportExpression: JOINED,
  "MetaProperty[meta.name='import']": JOINED,
  "ImportDeclaration:not([source.value=/^\\.\\u002f[a-z_]+\\.js$/])": JOINED,
  "ImportDeclaration[specifiers.length=0]": JOINED,
  ":matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)": JOINED,
  "ImportSpecifier[imported.name!=/^[A-Za-z_]\\w*$/]": JOINED,
  "ExportNamedDeclaration[specifiers.length>0]": JOINED,
  "ExportNamedDeclaration > VariableDeclaration[kind!='const']": JOINED,
  "ExportNamedDeclaration > VariableDeclaration > VariableDeclarator[id.type!='Identifier']":
    JOINED,
  ":matches(ExportDefaultDeclaration, ExportAllDeclaration)": JOINED,
  "TemplateElement[value.raw=/\\n/]": "assemble.py works by the line: write \\n",
  "Program > ExpressionStatement > AwaitExpression": "a script does not wait",
};

const forbidden = [
  ...Object.entries(properties).flatMap(([message, names]) => [
    { selector: `MemberExpression[property.name=/^(${names})$/]`, message },
    { selector: `MemberExpression[property.value=/^(${names})$/]`, message },
  ]),
  ...Object.entries(syntax).map(([selector, message]) => ({ selector, message })),
];

export default [
  js.configs.recommended,
  { rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error" } },
  {
    files: ["tinygrad_edu/*/page/*.js", "docs/_static/*.js"],
    languageOptions: { ecmaVersion: 2022, globals: globals.browser },
    rules: {
      "max-lines": ["error", 300],
      "one-var": ["error", "never"],
      "no-alert": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-restricted-globals": [
        "error",
        ...properties[OFFLINE].split("|").map((name) => ({ name, message: OFFLINE })),
        ...["Worker", "SharedWorker"].map((name) => ({ name, message: STRICT })),
        ...["localStorage", "sessionStorage", "indexedDB"].map((name) => ({
          name,
          message: "a sandboxed frame has no storage",
        })),
      ],
      "no-restricted-syntax": ["error", ...forbidden],
    },
  },
  { files: ["tests/javascript/*.{js,mjs}", "*.js"], languageOptions: { globals: globals.node } },
];
