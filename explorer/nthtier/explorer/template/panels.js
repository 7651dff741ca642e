"use strict";
// The headline, the paths, the companies, the search and the legend.
(() => {
  const { at, make, button, data } = { ...NT, data: NT.data };
  const WORDS = { listed: "Listed", captured: "Captured by a rule", exposed: "Exposed", possible: "Possible match", none: "Not exposed" };
  const ORDER = Object.keys(WORDS);

  // ---- headline: what the company in focus is on the chosen day
  const several = data.focus.length > 1;
  const focus = several ? "" : data.focus.map(NT.name).join("");
  if (focus) at("name").textContent = focus;
  const verdict = () => {
    const day = NT.state.day;
    if (several) {
      const counts = data.portfolio ? data.portfolio.classes : {};
      const said = ORDER.filter((c) => c !== "none" && counts[c]).map((c) => `${counts[c].toLocaleString("en")} ${WORDS[c].toLowerCase()}`);
      at("verdict").className = `verdict is-${counts.listed ? "listed" : "exposed"}`;
      at("verdict").textContent = said.join(" · ") || NT.count(data.focus.length, "company", "companies");
      return;
    }
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
    const named = own.map((x) => `${NT.short(x)} ${x.since || "(undated)"}`);
    at("lists").textContent = named.slice(0, 3).join(" · ") + (named.length > 3 ? ` · and ${named.length - 3} more` : "");
  };

  // ---- paths
  const chain = (path) => {
    const stops = path.nodes.map((id) => NT.iso(NT.name(id)));
    return stops.length > 1 ? stops.join(" → ") : stops[0];
  };
  NT.chain = chain;
  NT.classWord = (p) => (p.rule && p.rule.answer === "cannot be determined" ? "Cannot be determined" : WORDS[p.class] || p.class || "Path");
  const items = new Map();
  const group = (title, paths) => {
    if (!paths.length) return;
    const list = make("ul", "paths");
    const one = (p) => {
      const b = button("path", "", () => {
        NT.set({ path: NT.state.path === p.id && !NT.state.pick ? null : p.id, pick: null });
        NT.reveal();
      });
      const note = make("span", "path-note"), tag = make("span");
      b.append(make("span", "path-head", "", [tag, note]),
        make("span", "path-chain", chain(p)), make("span", "path-said", p.sentence));
      b.dataset.path = p.id;
      items.set(p.id, { b, note, tag });
      return make("li", "", "", [b]);
    };
    at("paths").append(make("h3", "group", title), list);
    NT.inParts(list, paths, 200, one, () => panel());
  };
  const own = data.paths.filter((p) => !p.around), others = data.paths.filter((p) => p.around);
  group(several ? `Company by company (${own.length})` : `From ${focus || "the subject"} (${own.length})`, own);
  group(`Exposed to ${focus || "it"} by a direct tie (${others.length})`, others);
  if (!data.paths.length) at("paths").append(make("p", "quiet", "No path."));
  const panel = () => {
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
  const company = (n) => {
    const b = button("company", "", () => {
      NT.set({ pick: n.id });
      NT.reveal();
    });
    const badge = make("span", "company-badge");
    b.append(NT.icon(n.icon), make("span", "company-name", n.name), make("span", "company-meta", [n.role, n.country].filter(Boolean).join(" · ")), badge);
    b.dataset.node = n.id;
    companies.set(n.id, { b, badge });
    return make("li", "", "", [b]);
  };
  const companyList = () => {
    for (const [id, { b, badge }] of companies) {
      b.setAttribute("aria-pressed", String(NT.state.pick === id));
      const n = NT.nodes.get(id), said = NT.badge(n), rule = NT.ruleBadge(n);
      badge.textContent = [said && `⚑ ${said}`, rule].filter(Boolean).join(" · ");
    }
  };
  NT.inParts(at("companies"), data.nodes, 200, company, companyList);
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
    if (NT.placed.has(id) && ["paths", "ownership"].includes(NT.state.view)) NT.graph.moveTo({ position: NT.place(id), animation: false });
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

  // ---- count and legend
  const owners = new Set(data.edges.filter((e) => e.stake).flatMap((e) => [e.from, e.to])).size;
  const count = () => {
    const all = data.edges.length;
    at("count").textContent = `${NT.shown.size === all ? "All" : `${NT.shown.size} of`} ${NT.count(all, "relation")}`;
    const held = NT.topDown() ? owners : data.nodes.length;
    at("drawn").textContent = NT.placed.size < held
      ? `${NT.placed.size.toLocaleString("en")} of ${held.toLocaleString("en")} companies drawn; the rest waits in stacks and in the table.` : "";
    at("stacks").replaceChildren(...NT.layout().stacks.map((s) => {
      const [head, said] = NT.stackWords(s), where = NT.topDown() ? `level ${s.tier + 1}` : s.tier < 0 ? "left" : "right";
      return button("stack", `${head} ${said}`, () => NT.openStack(s), `${head} ${said}, ${where}`);
    }));
    at("drawn-box").hidden = !["paths", "ownership"].includes(NT.state.view) || !(at("drawn").textContent || NT.layout().stacks.length);
  };
  const KINDS = { focus: data.portfolio ? "in the portfolio" : "in focus", supplier: "supplier", customer: "customer", investor: "investor", holding: "owned",
    venture: "joint venture", partner: "partner, affiliate", regulator: "regulator", other: "other" };
  for (const [name, said] of Object.entries(KINDS))
    if (data.nodes.some((n) => n.icon === name)) at("legend").append(make("li", "", "", [NT.icon(name), make("span", "", said)]));
  at("legend").append(make("li", "", "", [make("span", "legend-badge", "⚑ list"), make("span", "", "on a list")]));
  if (data.nodes.some((n) => n.rules.length)) at("legend").append(make("li", "", "", [make("span", "legend-rule", "captured"), make("span", "", "reached by a rule")]));
  at("legend").append(make("li", "", "", [make("span", "legend-line"), make("span", "", "stated")]));
  at("legend").append(make("li", "", "", [make("span", "legend-line dashed"), make("span", "", "ended, inferred or disputed")]));

  // A view from a link: its path is in sight.
  NT.showPath = () => {
    const chosen = items.get(NT.state.path), list = at("paths").parentElement;
    if (chosen && !NT.isNarrow() && NT.hash) list.scrollTop += chosen.b.getBoundingClientRect().top - list.getBoundingClientRect().top - 60;
  };
  NT.panels = () => {
    verdict();
    panel();
    companyList();
    count();
  };
  NT.onChange(NT.panels);
})();
