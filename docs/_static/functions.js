// The page of supported functions: a search field that leaves the rows and names that hold its text.
"use strict";

/**
 * The names that a row of a table is about: the code in its first cell, or in its last where the
 * first is a reason.
 * @param {HTMLTableRowElement} row
 */
function named(row) {
  const cells = [...row.cells];
  const cell = cells.length === 2 ? cells[1] : cells[0];
  return (cell?.textContent ?? "").toLowerCase();
}

/**
 * Show what matches, and the headings under which something does; all of it if `text` is empty.
 * @param {string} text
 * @param {HTMLElement} status
 */
function filter(text, status) {
  const wanted = text.trim().toLowerCase();
  let found = 0;
  for (const row of document.querySelectorAll("article table tbody tr")) {
    const hit = named(/** @type {HTMLTableRowElement} */ (row)).includes(wanted);
    /** @type {HTMLElement} */ (row).hidden = !hit;
    found += Number(hit);
  }
  for (const name of document.querySelectorAll("ul.names li")) {
    const hit = (name.textContent ?? "").toLowerCase().includes(wanted);
    /** @type {HTMLElement} */ (name).hidden = !hit;
    found += Number(hit);
  }
  for (const heading of document.querySelectorAll("article .rubric")) {
    const part = [heading];
    let next = heading.nextElementSibling;
    for (; next !== null && !next.matches(".rubric"); next = next.nextElementSibling) {
      part.push(next);
    }
    const hits = "tbody tr:not([hidden]), ul.names li:not([hidden])";
    const some = part.some((each) => each.querySelector(hits) !== null);
    for (const each of part) each.classList.toggle("without", wanted !== "" && !some);
  }
  status.textContent = wanted === "" ? "" : found === 0 ? "nothing of that name" : `${found} found`;
}

addEventListener("DOMContentLoaded", () => {
  const field = document.querySelector("input.functions");
  const status = document.querySelector("output.functions");
  if (!(field instanceof HTMLInputElement) || !(status instanceof HTMLElement)) return;
  field.addEventListener("input", () => filter(field.value, status));
  const asked = new URLSearchParams(location.search).get("name");
  if (asked !== null) field.value = asked;
  filter(field.value, status);
});
