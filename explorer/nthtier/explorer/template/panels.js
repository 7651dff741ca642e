"use strict";
// The headline, the paths, the companies, the search, the filters and the legend.
(() => {
  const { at, make, button, data } = { ...NT, data: NT.data };
  const WORDS = { listed: "Listed", captured: "Captured by a rule", exposed: "Exposed", possible: "Possible match", none: "Not exposed" };
  const ORDER = Object.keys(WORDS);

  // ---- headline: what the company in focus is on the chosen day
  const focus = data.focus.map(NT.name).join(", ");
  if (focus) at("name").textContent = focus;
  const verdict = () => {
    const day = NT.state.day;
    const own = data.focus.flatMap((id) => NT.listingsOn(NT.nodes.get(id), day)).filter((x) => day !== null || !x.until)
      .sort((a, b) => (a.since || "9999").localeCompare(b.since || "9999"));
    const open = data.paths.filter((p) => !p.around && p.class !== "none" && p.class !== "listed" && !NT.broken(p));
    const best = own.length ? "listed" : open.map((p) => p.class).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))[0] || "none";
    const dates = (own.length ? own : open.filter((p) => p.class === best)).map((x) => x.since).filter(Boolean).sort();
    const since = dates.length ? ` since ${dates[0]}` : "";
    const when = day === null ? "" : ` on ${NT.dayText(day)}`;
    const said = {
      listed: `Listed${since}`,
      captured: `Captured by a rule${since}`,
      exposed: `Exposed${since} · ${NT.count(open.length, "path")}`,
      possible: "Possible match, undecided",
      none: `No path found${when}`,
    }[best];
    at("verdict").className = `verdict is-${best}`;
    at("verdict").textContent = said;
    const named = own.map((x) => `${NT.short(x)}${x.since ? ` ${x.since}` : ""}`);
    at("lists").textContent = named.slice(0, 3).join(" · ") + (named.length > 3 ? ` · and ${named.length - 3} more` : "");
  };

  // ---- paths
  const chain = (path) => {
    const stops = path.nodes.map(NT.name);
    return stops.length > 1 ? stops.join(" → ") : stops[0];
  };
  NT.chain = chain;
  NT.classWord = (p) => WORDS[p.class] || p.class || "Path";
  const items = new Map();
  const group = (title, paths) => {
    if (!paths.length) return;
    const list = make("ul", "paths");
    for (const p of paths) {
      const b = button("path", "", () => {
        NT.set({ path: NT.state.path === p.id && !NT.state.pick ? null : p.id, pick: null });
        NT.reveal();
      });
      const note = make("span", "path-note"), tag = make("span");
      b.append(make("span", "path-head", "", [tag, note]),
        make("span", "path-chain", chain(p)), make("span", "path-said", p.sentence));
      b.dataset.path = p.id;
      items.set(p.id, { b, note, tag });
      list.append(make("li", "", "", [b]));
    }
    at("paths").append(make("h3", "group", title), list);
  };
  const own = data.paths.filter((p) => !p.around), others = data.paths.filter((p) => p.around);
  group(`From ${focus || "the subject"} (${own.length})`, own);
  group(`Exposed to ${focus || "it"} by a direct tie (${others.length})`, others);
  if (!data.paths.length) at("paths").append(make("p", "quiet", "No path."));
  const paths = () => {
    for (const [id, { b, note, tag }] of items) {
      const p = NT.paths.get(id), why = NT.broken(p);
      b.setAttribute("aria-pressed", String(NT.state.path === id && !NT.state.pick));
      b.classList.toggle("off", Boolean(why));
      tag.className = `tag is-${why ? "none" : WORDS[p.class] ? p.class : "possible"}`;
      tag.textContent = why ? "Not on this day" : NT.classWord(p);
      note.textContent = why || (p.until && p.class !== "listed" ? `ended ${p.until}` : p.since ? `since ${p.since}` : "");
    }
  };

  // ---- companies and search
  const companies = new Map();
  at("companies-title").textContent = `Companies (${data.nodes.length})`;
  for (const n of data.nodes) {
    const b = button("company", "", () => {
      NT.set({ pick: n.id });
      NT.reveal();
    });
    const badge = make("span", "company-badge");
    b.append(NT.icon(n.icon), make("span", "company-name", n.name), make("span", "company-meta", [n.role, n.country].filter(Boolean).join(" · ")), badge);
    b.dataset.node = n.id;
    companies.set(n.id, { b, badge });
    at("companies").append(make("li", "", "", [b]));
  }
  const companyList = () => {
    for (const [id, { b, badge }] of companies) {
      b.setAttribute("aria-pressed", String(NT.state.pick === id));
      const said = NT.badge(NT.nodes.get(id));
      badge.textContent = said ? `⚑ ${said}` : "";
    }
  };
  const box = at("search"), matches = at("matches");
  const found = () => {
    const wanted = box.value.trim().toLocaleLowerCase("en");
    if (!wanted) return [];
    return data.nodes.filter((n) => [n.name, n.key, ...n.names].some((x) => x.toLocaleLowerCase("en").includes(wanted))).slice(0, 8);
  };
  const choose = (id) => {
    matches.hidden = true;
    box.value = "";
    NT.set({ pick: id });
    if (NT.placed.has(id)) NT.graph.moveTo({ position: NT.place(id), animation: false });
    at("drawer").focus();
  };
  const showMatches = () => {
    const all = found();
    matches.replaceChildren(...all.map((n) => make("li", "", "", [button("", n.name, () => choose(n.id))])));
    if (box.value.trim() && !all.length) matches.replaceChildren(make("li", "quiet", "Not on this page"));
    matches.hidden = !box.value.trim();
  };
  box.addEventListener("input", showMatches);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && found().length) choose(found()[0].id);
    if (event.key === "Escape") matches.hidden = true;
  });
  addEventListener("click", (event) => {
    if (!event.target.closest(".search")) matches.hidden = true;
    for (const open of document.querySelectorAll(".filters details[open]")) if (!open.contains(event.target)) open.open = false;
  });

  // ---- filters
  const typeWords = (t) => (data.edges.find((e) => e.type === t) || { words: t }).words;
  const boxes = [];
  const facet = (title, field, values, words) => {
    const summary = make("summary", "", title);
    const panel = make("div", "options");
    for (const v of values) {
      const input = document.createElement("input");
      input.type = "checkbox";
      input.dataset.facet = field;
      input.addEventListener("change", () => {
        const off = new Set(NT.state[field]);
        if (input.checked) off.delete(v);
        else off.add(v);
        NT.set({ [field]: off });
      });
      boxes.push([input, field, v]);
      panel.append(make("label", "", "", [input, make("span", "", words(v))]));
    }
    const details = make("details", "", "", [summary, panel]);
    details.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      details.open = false;
      summary.focus();
    });
    at("filters").append(details);
    return () => (summary.textContent = NT.state[field].size ? `${title} (${values.length - NT.state[field].size} of ${values.length})` : title);
  };
  const titles = [
    facet("Relation", "types", NT.facets.types, typeWords),
    facet("Basis", "basis", NT.facets.basis, (b) => b),
    facet("Country", "countries", NT.facets.countries, (c) => c || "not known"),
  ];
  const hops = document.createElement("select");
  hops.id = "hops";
  for (let n = 1; n <= NT.mostHops; n++) {
    const option = make("option", "", NT.count(n, "hop"));
    option.value = String(n);
    hops.append(option);
  }
  hops.addEventListener("change", () => NT.set({ hops: Number(hops.value) }));
  if (NT.mostHops > 1) at("filters").append(make("label", "hops", "Within ", [hops]));
  const clear = button("clear", "Clear filters", () =>
    NT.set({ types: new Set(), basis: new Set(), countries: new Set(), hops: NT.mostHops }));
  at("filters").append(clear);
  const filters = () => {
    for (const [input, field, v] of boxes) input.checked = !NT.state[field].has(v);
    for (const title of titles) title();
    hops.value = String(NT.state.hops);
    clear.hidden = !["types", "basis", "countries"].some((f) => NT.state[f].size) && NT.state.hops === NT.mostHops;
  };

  // ---- count and legend
  const count = () => {
    const all = data.edges.length;
    at("count").textContent = `${NT.shown.size === all ? "All" : `${NT.shown.size} of`} ${NT.count(all, "relation")}`;
    if (NT.placed.size < data.nodes.length)
      at("count").textContent += ` · ${NT.placed.size} of ${data.nodes.length} companies drawn, all in the table`;
  };
  const KINDS = { focus: "in focus", supplier: "supplier", customer: "customer", investor: "investor", holding: "owned",
    venture: "joint venture", partner: "partner, affiliate", regulator: "regulator", other: "other" };
  for (const [name, said] of Object.entries(KINDS))
    if (data.nodes.some((n) => n.icon === name)) at("legend").append(make("li", "", "", [NT.icon(name), make("span", "", said)]));
  at("legend").append(make("li", "", "", [make("span", "legend-badge", "⚑ list"), make("span", "", "on a list")]));
  at("legend").append(make("li", "", "", [make("span", "legend-line"), make("span", "", "stated")]));
  at("legend").append(make("li", "", "", [make("span", "legend-line dashed"), make("span", "", "ended, inferred or disputed")]));

  // A view from a link: its path is in sight.
  NT.showPath = () => {
    const chosen = items.get(NT.state.path), list = at("paths").parentElement;
    if (chosen && !NT.isNarrow() && NT.hash) list.scrollTop += chosen.b.getBoundingClientRect().top - list.getBoundingClientRect().top - 60;
  };
  NT.panels = () => {
    verdict();
    paths();
    companyList();
    filters();
    count();
  };
  NT.onChange(NT.panels);
})();
