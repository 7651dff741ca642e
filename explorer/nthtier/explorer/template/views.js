"use strict";
// The views of the same data, and what a thing is for when it is pointed at or focused.
(() => {
  const { at, button } = NT;
  const VIEWS = {
    paths: ["Paths", "Who stands between the company and a list. Left: what comes in; right: what goes out."],
    ownership: ["Ownership", "Who owns or controls whom: owners above, what they own below. A share that nobody states is marked “?”."],
    timeline: ["Timeline", "Since when each listing and relation holds. The upright line is the as-of date: drag it, or use the arrow keys."],
    portfolio: ["Portfolio", "The screened companies, grouped by the company through which they reach a list."],
  };
  const tabs = new Map();
  for (const name of NT.views) {
    const [said, why] = VIEWS[name];
    const tab = button("view", said, () => NT.set({ view: name }));
    tab.dataset.why = why;
    tabs.set(name, tab);
    at("views").append(tab);
  }
  at("views").hidden = NT.views.length < 2;
  NT.showView = () => {
    const { view } = NT.state, drawn = view === "paths" || view === "ownership";
    for (const [name, tab] of tabs) tab.setAttribute("aria-pressed", String(name === view));
    at("canvas").hidden = !drawn;
    for (const tool of ["zoom", "png", "svg"]) at(tool).hidden = !drawn;
    at("bars").hidden = view !== "timeline";
    at("portfolio").hidden = view !== "portfolio";
    at("legend").hidden = !drawn;
    at("bar-key").hidden = view !== "timeline";
    at("network-title").textContent = VIEWS[view][0];
  };
  NT.onChange(NT.showView);

  // ---- why: a short text beside what the pointer or the keyboard is on; Escape hides it
  const tip = at("why");
  let over = null;
  const hide = () => {
    over = null;
    tip.hidden = true;
  };
  const show = (said, x, y) => {
    tip.textContent = said;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(innerWidth - box.width - 8, x))}px`;
    tip.style.top = `${y + box.height + 8 > innerHeight ? y - box.height - 44 : y}px`;
  };
  const on = (event) => {
    const it = event.target.closest?.("[data-why]");
    if (it === over || tip.contains(event.target)) return;
    if (!it) {
      hide();
      return;
    }
    over = it;
    const box = it.getBoundingClientRect();
    show(it.dataset.why, box.left, box.bottom + 6);
  };
  for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, on);
  document.addEventListener("focusout", hide);
  addEventListener("scroll", hide, { capture: true, passive: true });
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  for (const it of document.querySelectorAll("[data-why]")) it.setAttribute("aria-description", it.dataset.why);

  const listed = (n) => n.listings.map((x) => `on the ${NT.short(x)} ${x.since ? `since ${x.since}` : "(undated)"}${x.until ? ` until ${x.until}` : ""}`);
  const ofNode = (n) => [n.name, [n.role, n.country].filter(Boolean).join(" · "), ...listed(n).slice(0, 4), NT.ruleBadge(n), "Click for its evidence"];
  const ofEdge = (e) => [`${NT.iso(NT.name(e.from))} ${e.phrase} ${NT.iso(NT.name(e.to))}`, [e.share, NT.span(e.since, e.until), NT.basisOf(e)].filter(Boolean).join(" · "),
    e.evidence.length ? `Says ${e.evidence[0].publisher || e.evidence[0].source}` : ""];
  const pointed = (lines, pointer) => {
    const box = at("canvas").getBoundingClientRect();
    show(lines.filter(Boolean).join("\n"), box.left + pointer.DOM.x + 14, box.top + pointer.DOM.y + 18);
  };
  NT.graph.on("hoverNode", ({ node, pointer }) => NT.nodes.has(node)
    ? pointed(ofNode(NT.nodes.get(node)), pointer) : pointed(["Companies that wait here. Click to open."], pointer));
  NT.graph.on("hoverEdge", ({ edge, pointer }) => NT.edges.has(edge) && NT.onCanvas.has(edge) && pointed(ofEdge(NT.edges.get(edge)), pointer));
  for (const kind of ["blurNode", "blurEdge", "dragStart", "zoom"]) NT.graph.on(kind, hide);
})();
