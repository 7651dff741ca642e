"use strict";
// A screened portfolio: how many companies are touched, and through whom.
(() => {
  const { at, make, button, data } = { ...NT, data: NT.data };
  const { portfolio } = data;
  if (!portfolio) return;
  const WORDS = { listed: "on a list", captured: "captured by a rule", exposed: "exposed", possible: "possible match", none: "no path found" };
  const box = at("portfolio");
  const tile = (n, said, style, why) => {
    const made = make("li", `tile ${style}`, "", [make("strong", "", n.toLocaleString("en")), make("span", "", said)]);
    made.title = why;
    return made;
  };
  const WHY = { listed: "The company itself is on a list.", exposed: "A chain of relations leads from it to a listed company.",
    captured: "A rule reaches it, for instance by the shares of listed owners.", none: "Nothing was found in these sources; that is no clearance." };
  const tiles = Object.keys(WORDS).filter((c) => portfolio.classes[c]).map((c) => tile(portfolio.classes[c], WORDS[c], `is-${c}`, WHY[c] || ""));
  if (portfolio.unresolved.length) tiles.push(tile(portfolio.unresolved.length + portfolio.moreUnresolved, "not found: not screened", "is-none", "No company of this graph is certainly meant; see below."));
  box.append(make("ul", "tiles", "", tiles));

  const buttons = [];
  const byNode = new Map();
  for (const c of portfolio.companies) {
    const path = data.paths[c.path];
    if (!byNode.has(path.subject)) byNode.set(path.subject, []);
    byNode.get(path.subject).push({ ...c, path });
  }
  const hopsOf = (p) => (p.class === "listed" ? "itself listed" : NT.count(p.edges.length, "hop"));
  const chip = ({ path, given, row }) => {
    const name = NT.name(path.subject);
    const b = button("chip", "", () => {
      NT.set({ path: path.id, pick: null });
      NT.reveal();
    });
    b.append(make("span", `dot is-${path.class}`), make("span", "chip-name", name), make("span", "chip-hops", hopsOf(path)));
    b.dataset.why = [given && given !== name ? `Given as “${given}”${row ? ` in row ${row}` : ""}.` : "", path.sentence].filter(Boolean).join(" ");
    buttons.push([b, path.id]);
    return make("li", "", "", [b]);
  };
  const chips = (all) => {
    const list = make("ul", "chips");
    NT.inParts(list, all, 24, chip);
    return list;
  };
  const part = (title, said, all, icon = null) => {
    const made = make("section", "choke");
    made.append(make("h3", "", "", [icon, title].filter(Boolean)));
    if (said) made.append(make("p", "quiet", said));
    made.append(chips(all));
    box.append(made);
  };
  const grouped = new Set();
  if (portfolio.points.length) box.append(make("h2", "portfolio-title", "Choke points: companies that several of the portfolio share"));
  for (const point of portfolio.points) {
    const n = NT.nodes.get(point.node), all = point.companies.flatMap((id) => byNode.get(id) || []);
    if (!all.length) continue;
    for (const c of all) grouped.add(c.path.id);
    const badge = NT.badge(n, null), many = NT.count(point.companies.length, "company", "companies");
    const end = point.ends >= point.companies.length ? "and end there" : point.ends ? `, ${point.ends} end there` : "and go on from there";
    const title = make("span", "", "", [button("inline", n.name, () => NT.set({ pick: n.id })), badge ? make("span", "company-badge", ` ⚑ ${badge}`) : null].filter(Boolean));
    part(title, `The strongest paths of ${many} lead through it ${end}.`.replace(" ,", ","), all, NT.icon(n.icon));
  }
  const rest = portfolio.companies.map((c) => ({ ...c, path: data.paths[c.path] })).filter((c) => !grouped.has(c.path.id));
  const direct = rest.filter((c) => c.path.class === "listed"), own = rest.filter((c) => c.path.class !== "listed");
  if (direct.length) part("On a list themselves", "", direct);
  if (own.length) part("Each by a way of its own", "No other company of the portfolio shares their strongest path.", own);
  if (portfolio.morePoints) box.append(make("p", "quiet", `and ${portfolio.morePoints} more choke points in the JSON result`));
  if (portfolio.unresolved.length) {
    const list = make("ul", "unresolved");
    for (const u of portfolio.unresolved) {
      const near = u.candidates.length ? ` Candidates: ${u.candidates.map(NT.iso).join("; ")}.` : "";
      list.append(make("li", "", "", [make("strong", "", u.name || "(no name)"), document.createTextNode(`${u.row ? `, row ${u.row}` : ""}: ${u.reason}.${near}`)]));
    }
    box.append(make("section", "choke", "", [make("h3", "", "No company found for these rows: they were not screened"), list,
      portfolio.moreUnresolved ? make("p", "quiet", `and ${portfolio.moreUnresolved} more in the JSON result`) : null].filter(Boolean)));
  }
  NT.onChange(() => {
    if (NT.state.view === "portfolio") for (const [b, id] of buttons) b.setAttribute("aria-pressed", String(NT.state.path === id && !NT.state.pick));
  });
  for (const [b, id] of buttons) b.setAttribute("aria-pressed", String(NT.state.path === id));
})();
