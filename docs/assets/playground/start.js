/** Starts the playgrounds of a page; what they need is loaded only where there is one. */

async function start() {
  for (const holder of document.querySelectorAll(".playground:not([data-started])")) {
    const folded = holder.closest("details");
    holder.dataset.started = "";
    if (!folded || folded.open) await put(holder);
    else folded.addEventListener("toggle", () => put(holder), { once: true });
  }
}

async function put(holder) {
  const { Playground } = await import("./playground.js");
  holder.playground = new Playground(holder);
}

// The theme says when a page is shown, at first and on instant navigation.
if (window.document$) window.document$.subscribe(start);
else start();
