/* Where several versions are published side by side: says that a page belongs to an older one. */
(function () {
  "use strict";

  const config = JSON.parse(document.getElementById("__config").textContent);
  if (!config.version || config.version.provider !== "mike") return;
  // Told of the page that was loaded: the theme puts others into the same document.
  const base = new URL(`${config.base}/`, location.href);
  const root = new URL("../", base);
  const listed = fetch(new URL("versions.json", root)).then((answer) => answer.json());

  function start() {
    listed.then((versions) => {
      const article = document.querySelector("article");
      const mine = base.pathname.split("/").filter(Boolean).pop();
      const newest = versions[0];
      if (!article || article.querySelector(".old-version") || mine === newest.version) return;
      const link = document.createElement("a");
      link.href = new URL(location.href.slice(base.href.length).split(/[?#]/)[0], root);
      link.textContent = `see it in ${newest.title}`;
      // Across versions the theme must load the page anew.
      link.addEventListener("click", (event) => event.stopPropagation());
      const note = document.createElement("aside");
      note.className = "old-version";
      note.setAttribute("aria-label", "Version");
      note.append(`This page is of version ${mine}, which is not the newest: `, link, ".");
      article.prepend(note);
    });
  }

  if (window.document$) window.document$.subscribe(start);
  else document.addEventListener("DOMContentLoaded", start);
})();
