/** The keys that play, taken from nothing that has a use for them of its own. */

/**
 * @param {{
 *   first: () => void, previous: () => void, play: () => void, next: () => void,
 *   last: () => void, escape: () => void, choose: (node: number) => void,
 * }} actions
 */
export function listen(actions) {
  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: actions.previous,
    ArrowRight: actions.next,
    Home: actions.first,
    End: actions.last,
    " ": actions.play,
    Escape: actions.escape,
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const card = /** @type {SVGElement | null} */ (target.closest("[data-node]"));
    if (card && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      actions.choose(Number(card.dataset.node));
      return;
    }
    if (event.key !== "Escape" && target.closest("input, select, textarea")) return;
    if (event.key === " " && target.closest("button, summary")) return;
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
