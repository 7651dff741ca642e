"use strict";
// The evidence of what is chosen: a path, a relation or a company.
(() => {
  const { make, button, link, span } = NT;
  const pairs = (rows) => {
    const list = make("dl", "facts");
    for (const [word, value] of rows)
      if (value) list.append(make("dt", "", word), typeof value === "string" ? make("dd", "", value) : make("dd", "", "", [value]));
    return list.children.length ? list : null;
  };
  const WHY = {
    strength: "How firmly exposure passes along the path: the product over its relations of kind, basis and share. It ranks paths; it is no probability.",
    stated: "A source says so.", inferred: "It follows from what a source says.", disputed: "Sources contradict each other.",
  };
  const asked = (word, shown) => {
    const made = make("span", "asked", shown);
    made.tabIndex = 0;
    made.dataset.why = WHY[word];
    return made;
  };
  const said = (e, known = "") => {
    const title = e.title || e.source;
    const body = make("div", "said");
    body.append(make("p", "said-who", "", [make("strong", "", e.publisher || e.source || "Unknown source"), e.date ? document.createTextNode(" · ") : null, e.date ? make("span", "nowrap", e.date) : null]));
    body.append(make("p", "said-title", "", [e.url ? link(e.url, title) : make("span", "", title)]));
    if (e.locator) body.append(make("p", "said-where", `At: ${e.locator}`));
    if (e.note && e.note !== known) body.append(make("p", "said-note", e.note));
    if (e.statement) body.append(make("p", "said-id", "", [make("code", "", e.statement)]));
    return body;
  };
  const evidence = (all, known) => (all.length ? all.map((e) => said(e, known)) : [make("p", "quiet", "No source is recorded.")]);
  const state = (days, since, until) => {
    const day = NT.state.day;
    if (day === null || NT.holds(days, day)) return "";
    return days[1] !== null && days[1] < day ? `ended ${until}, not in force on ${NT.dayText(day)}` : `begins ${since}, not yet in force on ${NT.dayText(day)}`;
  };
  const basisTag = (e) => {
    const known = WHY[NT.basisOf(e)] ? NT.basisOf(e) : "inferred", made = asked(known, NT.basisOf(e));
    made.className = `basis is-${known}`;
    return made;
  };
  const claim = (e) => {
    const out = make("div", "claim");
    const off = state(e.days, e.since, e.until);
    out.append(pairs([["Dates", span(e.since, e.until)], ["Share", e.share], ["Amount", e.amount], ["Basis", basisTag(e)], ["Note", e.note]]));
    if (off) out.append(make("p", "off-note", `This relation ${off}.`));
    out.append(...evidence(e.evidence, e.note));
    return out;
  };
  const rivals = (e) => NT.data.edges.filter((x) => x.id !== e.id && x.type === e.type && x.from === e.from && x.to === e.to);
  const who = (id) => button("inline", NT.name(id), () => NT.set({ pick: id }));
  const relation = (e, level = "h4") => {
    const out = make("section", "relation");
    out.append(make(level, "relation-title", "", [who(e.from), document.createTextNode(` ${e.phrase} `), who(e.to)]));
    const others = rivals(e);
    if (!others.length) {
      out.append(claim(e));
      return out;
    }
    out.append(make("p", "competing", `${others.length + 1} claims about this tie, side by side:`));
    const grid = make("div", "claims");
    for (const x of [e, ...others]) {
      const one = claim(x);
      if (x !== e) one.prepend(button("inline small", "Show this claim", () => NT.set({ pick: x.id })));
      else one.prepend(make("span", "this-claim", "Shown claim"));
      grid.append(one);
    }
    out.append(grid);
    return out;
  };
  // A listing without a date holds from the list's own beginning on, where that is known.
  const dated = (x) => (x.since ? span(x.since, x.until)
    : `undated${x.until ? `, until ${x.until}` : ""}: counted ${x.begins ? `from the list's first edition, ${x.begins}, on` : "at every date"}`);
  const listing = (x) => {
    const out = make("section", "listing");
    out.append(make("h4", "", x.name));
    const off = state(x.days, x.since || x.begins, x.until);
    out.append(pairs([["Dates", dated(x)], ["Maintained by", x.regulator], ["Effect", x.kind], ["Citation", x.citation],
      ["Requirement", x.requirement], ["Review policy", x.policy],
      ["Programme", x.programmes], ["Measures", x.measures], ["Reasons", x.reasons], ["Basis", x.basis === "stated" ? "" : x.basis], ["Note", x.note]]));
    if (off) out.append(make("p", "off-note", `This listing ${off}.`));
    out.append(...evidence(x.evidence, x.note));
    return out;
  };
  const jump = (p) => {
    const days = p.edges.map((id) => NT.edges.get(id).days);
    const last = Math.min(...days.map((d) => d[1] ?? Infinity)), first = Math.max(...days.map((d) => d[0] ?? -Infinity));
    const day = Number.isFinite(last) && last < NT.state.day ? last : Number.isFinite(first) && first > NT.state.day ? first : null;
    return day === null || last < first ? null : button("inline small", `Show ${NT.dayText(day)}`, () => NT.set({ day }));
  };
  const ruled = (r) => [make("h3", "part", "Rule"),
    pairs([["Rule", r.name || r.id], ["Answer", r.answer && make("strong", "", r.answer)], ["Status", r.status], ["Effect", r.effect], ["Citation", r.citation]]),
    ...(r.plain ? [make("p", "sentence", r.plain)] : []),
    ...(r.arithmetic.length ? [make("h4", "", "How it adds up"), make("ul", "arithmetic", "", r.arithmetic.map((x) => make("li", "", x)))] : []),
    ...(r.missing.length ? [make("h4", "", "What is not known and would decide"), make("ul", "arithmetic", "", r.missing.map((x) => make("li", "", x)))] : [])];
  const pathView = (p) => {
    const out = [make("p", "kind", NT.classWord(p)), make("h3", "", NT.chain(p)), make("p", "sentence", p.sentence)];
    const why = NT.broken(p);
    if (why) out.push(make("p", "off-note", `Does not hold on ${NT.dayText(NT.state.day)}: ${why}. `, [jump(p)]));
    const strength = p.strength !== null && p.edges.length ? `${p.strength > 0 && p.strength < 0.005 ? "under 1" : Math.round(p.strength * 100)} of 100` : "";
    out.push(pairs([["Holds", p.edges.length && (p.since || p.until) ? span(p.since, p.until) : ""], ["Strength", strength && asked("strength", strength)]]));
    if (p.rule) {
      out.push(...ruled(p.rule));
    }
    if (p.edges.length) out.push(make("h3", "part", p.edges.length === 1 ? "The relation" : `The ${p.edges.length} relations`));
    const seen = new Set();
    for (const id of p.edges) {
      const e = NT.edges.get(id), key = `${e.from} ${e.type} ${e.to}`;
      if (!seen.has(key)) out.push(relation(e));
      seen.add(key);
    }
    const target = NT.nodes.get(p.target);
    if (target.listings.length && p.class !== "none") out.push(make("h3", "part", `Listings of ${target.name}`), ...target.listings.map(listing));
    return out;
  };
  const edgeView = (e) => [make("p", "kind", `Relation · ${e.words}`), relation(e, "h3")];
  const nodeView = (n) => {
    const out = [make("p", "kind", "Company"), make("h3", "", n.name)];
    out.push(pairs([["Role", n.role], ["Country", n.country || "not known"], ["Kind", n.type],
      ["Other names", n.names.filter((x) => x !== n.name).join(", ")], ["Id", make("code", "", n.key)]]));
    out.push(make("h3", "part", n.listings.length ? "Listings" : "Not on a list in these sources"), ...n.listings.map(listing));
    for (const p of n.rules) out.push(...ruled(p.rule), button("inline small", "Show the finding", () => NT.set({ path: p.id, pick: null })));
    const own = NT.data.edges.filter((e) => e.from === n.id || e.to === n.id);
    out.push(make("h3", "part", `Relations (${own.length})`));
    const list = make("ul", "relations");
    for (const e of own.slice(0, 200)) {
      const extra = [e.share, e.since || e.until ? span(e.since, e.until) : ""].filter(Boolean).join(", ");
      const line = `${NT.iso(NT.name(e.from))} ${e.phrase} ${NT.iso(NT.name(e.to))}${extra ? ` (${extra})` : ""}`;
      list.append(make("li", "", "", [button("inline", line, () => NT.set({ pick: e.id }))]));
    }
    if (own.length > 200) list.append(make("li", "quiet", `Showing 200 of ${own.length}; the table has all.`));
    out.push(list);
    return out;
  };
  NT.drawer = () => {
    const { pick, path } = NT.state;
    const view = NT.edges.has(pick) ? edgeView(NT.edges.get(pick)) : NT.nodes.has(pick) ? nodeView(NT.nodes.get(pick))
      : NT.paths.has(path) ? pathView(NT.paths.get(path))
        : [make("p", "quiet", "Choose a path, a company or a relation to see who said it, when, and where.")];
    const back = pick && path ? [button("inline small back", "‹ Back to the path", () => NT.set({ pick: null }))] : [];
    NT.at("evidence").replaceChildren(...[...back, ...view].filter(Boolean));
    NT.at("drawer").scrollTop = 0;
  };
  NT.onChange(NT.drawer);
})();
