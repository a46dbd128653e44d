/**
 * Frames of a training, played or chosen one by one. The page opens with the last one, and nothing
 * moves until the reader says so.
 */
"use strict";

const DURATION = 6000; // of all frames, in milliseconds

const frames = /** @type {SVGGElement[]} */ (Array.from(document.querySelectorAll(".frame")));
const caption = /** @type {HTMLElement} */ (document.getElementById("caption"));
const slider = /** @type {HTMLInputElement} */ (document.getElementById("slider"));
const button = /** @type {HTMLElement} */ (document.getElementById("play"));

let timer = 0; // 0 while nothing is playing

/** @param {number} position */
function show(position) {
  frames.forEach((frame, k) => {
    frame.setAttribute("visibility", k === position ? "visible" : "hidden");
  });
  const text = frames[position].dataset.caption || "";
  caption.textContent = text;
  slider.value = String(position);
  slider.setAttribute("aria-valuetext", text);
}

function stop() {
  clearInterval(timer);
  timer = 0;
  button.textContent = "Play";
}

function step() {
  const next = Number(slider.value) + 1;
  if (next < frames.length) show(next);
  if (next >= frames.length - 1) stop();
}

function play() {
  if (Number(slider.value) === frames.length - 1) show(0);
  timer = setInterval(step, Math.min(500, DURATION / frames.length));
  button.textContent = "Pause";
}

button.addEventListener("click", () => (timer ? stop() : play()));
slider.addEventListener("input", () => {
  stop();
  show(Number(slider.value));
});
show(frames.length - 1);
/** @type {HTMLElement} */ (document.getElementById("controls")).hidden = false;
