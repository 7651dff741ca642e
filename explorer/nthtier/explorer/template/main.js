"use strict";
// Colours, the footer, and the first view.
(() => {
  const { at, make, data } = { ...NT, data: NT.data };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  NT.theme = (now) => {
    document.documentElement.dataset.theme = now;
    at("theme").textContent = now === "dark" ? "Light" : "Dark";
    at("theme").setAttribute("aria-label", `Switch to ${now === "dark" ? "light" : "dark"} colours`);
    NT.recolor();
  };
  const theme = () => NT.theme(chosen ?? (dark.matches ? "dark" : "light"));
  at("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    theme();
  });
  dark.addEventListener("change", theme);

  for (const s of data.sources) {
    const item = make("li", "", `${s.title || s.id}${s.publisher ? `, ${s.publisher}` : ""}`);
    if (s.date) item.append(", ", make("span", "nowrap", `edition ${s.date}`));
    if (s.sha256) item.append(make("code", "sha", s.sha256.slice(0, 12)));
    at("sources").append(item);
  }
  at("version").textContent = data.version;
  at("command").textContent = data.command;
  const c = data.covered;
  at("coverage").textContent = `Searched: ${c.entities || "?"} companies and bodies, ${c.relations || "?"} relations${c.hops ? `, up to ${c.hops} hops` : ""}${c.lens && c.lens !== "any" ? `, by the lens ${c.lens}` : ""}${c.known ? `, as known on ${c.known}` : ""}.` +
    (c.complete ? "" : ` The search stopped early${c.stopped ? ` (${c.stopped})` : ""}; there may be more paths.`);
  NT.panels();
  NT.filters();
  NT.showPath();
  NT.drawer();
  NT.timeline();
  NT.table();
  NT.showView();
  theme();
  NT.bars();
  const ready = () => (document.documentElement.dataset.ready = String(Math.round(performance.now())));
  if (at("canvas").hidden) requestAnimationFrame(ready);
  else NT.graph.once("afterDrawing", ready);
  NT.graph.redraw();
})();
