// A picture that is much wider than the page is scrolled: it starts where its output is, the loss,
// or at its right if it doesn't say. It fades where it goes on, and can be scrolled by keys.
"use strict";

for (const image of document.querySelectorAll(".cell_output > img")) {
  const holder = image.parentElement;
  if (!(image instanceof HTMLImageElement) || holder === null) continue;
  const mark = () => {
    // A little too wide, it is shown a little smaller, and can still be read.
    const fits = image.naturalWidth < 1.5 * holder.clientWidth;
    image.style.maxWidth = fits ? "100%" : "none";
    const wide = holder.scrollWidth > holder.clientWidth + 1;
    const right = holder.scrollWidth - holder.clientWidth - holder.scrollLeft;
    holder.classList.toggle("wide", wide);
    holder.classList.toggle("more-left", wide && holder.scrollLeft > 1);
    holder.classList.toggle("more-right", wide && right > 1);
    if (wide) {
      holder.tabIndex = 0;
      holder.setAttribute("role", "region");
      holder.setAttribute("aria-label", "A picture that is scrolled sideways");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) holder.removeAttribute(name);
    }
  };
  const start = () => {
    const end = Number(image.dataset["end"] ?? 1);
    holder.scrollLeft = end * holder.scrollWidth - holder.clientWidth / 2;
    mark();
  };
  if (image.complete) start();
  image.addEventListener("load", start);
  holder.addEventListener("scroll", mark, { passive: true });
  addEventListener("resize", mark);
}
