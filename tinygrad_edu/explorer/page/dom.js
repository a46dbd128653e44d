/** Elements: found, made, filled. All text goes in as text. */

/**
 * The element with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/**
 * The input or select with this id.
 * @param {string} id
 */
export function input(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/**
 * A new element.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * A button that does something.
 * @param {string} text
 * @param {() => void} action
 * @param {Record<string, string>} [attributes]
 */
export function button(text, action, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

/**
 * A piece of a sentence: text alone, or text and the class that says what it is: a value (v) or a
 * gradient (g), a local derivative (d), an aside (m).
 * @typedef {string | [string, string]} Piece
 */

/**
 * The pieces as nodes.
 * @param {Piece[]} pieces
 * @returns {(Node | string)[]}
 */
export function spans(pieces) {
  return pieces.map((piece) =>
    typeof piece === "string" ? piece : element("span", { class: piece[1] }, piece[0]),
  );
}

/**
 * A name that may be broken after its dots.
 * @param {string} name
 * @returns {(Node | string)[]}
 */
export function breakable(name) {
  return name.split(/(?<=\.)/).flatMap((part, i) => (i ? [element("wbr"), part] : [part]));
}
