"use strict";
// What is chosen, and what follows from it. Nothing here touches the DOM.
(() => {
  const data = NT.data;
  NT.dayOf = (text) => {
    const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
    const time = found ? Date.UTC(+found[1], +found[2] - 1, +found[3]) : NaN;
    return Number.isFinite(time) ? Math.floor(time / 864e5) : null;
  };
  NT.dayText = (day) => new Date(day * 864e5).toISOString().slice(0, 10);

  // A relation or listing holds on both its first and its last day; a missing end is open.
  NT.holds = ([first, last], day) =>
    day === null || ((first === null || first <= day) && (last === null || day <= last));

  const facets = (NT.facets = {
    types: [...new Set(data.edges.map((e) => e.type))],
    basis: [...new Set(data.edges.map((e) => (e.contested ? "disputed" : e.basis)))],
    countries: [...new Set(data.nodes.filter((n) => !data.focus.includes(n.id)).map((n) => n.country))],
  });
  for (const values of Object.values(facets)) values.sort();
  NT.basisOf = (e) => (e.contested ? "disputed" : e.basis);
  NT.mostHops = Math.max(1, ...data.nodes.map((n) => Math.abs(n.tier)));

  const changes = new Set();
  for (const e of data.edges) changes.add(e.days[0]).add(e.days[1] === null ? null : e.days[1] + 1);
  for (const n of data.nodes)
    for (const x of n.listings) changes.add(x.days[0]).add(x.days[1] === null ? null : x.days[1] + 1);
  changes.delete(null);
  NT.changes = [...changes].sort((a, b) => a - b);
  const asOf = data.asOf.length === 4 ? `${data.asOf}-12-31` : data.asOf;
  NT.firstDay = Math.min(...NT.changes, NT.dayOf(asOf) ?? Infinity);
  NT.lastDay = Math.max(...NT.changes, NT.dayOf(asOf) ?? -Infinity);

  // A view that has nothing to show is not offered.
  NT.views = ["paths"];
  if (data.edges.some((e) => e.stake)) NT.views.push("ownership");
  if (NT.changes.length) NT.views.push("timeline");
  if (data.portfolio && (data.portfolio.companies.length || data.portfolio.unresolved.length)) NT.views.push("portfolio");
  const firstView = NT.views.includes("portfolio") ? "portfolio" : "paths";

  NT.strongest = (data.paths.find((p) => p.edges.length) || data.paths[0] || { id: null }).id;
  const fresh = () => ({
    view: firstView, day: NT.dayOf(asOf), types: new Set(), basis: new Set(), countries: new Set(),
    hops: NT.mostHops, path: NT.strongest, pick: null,
  });
  // types, basis, countries: what is switched off.
  NT.state = fresh();

  // Whether the filters let a relation pass, whatever the day.
  NT.passes = (e) => {
    const s = NT.state;
    if (s.types.has(e.type) || s.basis.has(NT.basisOf(e)) || (s.view === "ownership" && !e.stake)) return false;
    return [e.from, e.to].every((id) => {
      if (data.focus.includes(id)) return true;
      const n = NT.nodes.get(id);
      return !s.countries.has(n.country) && Math.abs(n.tier) <= s.hops;
    });
  };
  NT.allowed = (e) => NT.holds(e.days, NT.state.day) && NT.passes(e);
  NT.listingsOn = (node, day) => node.listings.filter((x) => NT.holds(x.days, day));

  // Why a path does not hold on the chosen day, or "" when it does.
  NT.broken = (path, day = NT.state.day) => {
    if (day === null) return "";
    for (const id of path.edges) {
      const e = NT.edges.get(id);
      const [first, last] = e.days;
      if (last !== null && last < day) return `ended ${e.until}`;
      if (first !== null && first > day) return `begins ${e.since}`;
    }
    if (path.class === "none" || (path.class === "possible" && !path.edges.length)) return "";
    const target = NT.nodes.get(path.target);
    if (!target.listings.length || NT.listingsOn(target, day).length) return "";
    const next = target.listings.filter((x) => x.days[0] > day).sort((a, b) => a.days[0] - b.days[0])[0];
    return next ? `${target.name} listed only since ${next.since || NT.dayText(next.days[0])}` : `${target.name} no longer listed`;
  };

  const recompute = () => {
    NT.shown = new Set(data.edges.filter(NT.allowed).map((e) => e.id));
    const path = NT.paths.get(NT.state.path);
    NT.lit = { edges: new Set(), nodes: new Set() };
    if (NT.state.pick && NT.edges.has(NT.state.pick)) {
      const e = NT.edges.get(NT.state.pick);
      NT.lit = { edges: new Set([e.id]), nodes: new Set([e.from, e.to]) };
    } else if (NT.state.pick && NT.nodes.has(NT.state.pick)) {
      const own = data.edges.filter((e) => e.from === NT.state.pick || e.to === NT.state.pick);
      NT.lit = {
        edges: new Set(own.map((e) => e.id)),
        nodes: new Set([NT.state.pick, ...own.filter((e) => NT.shown.has(e.id)).flatMap((e) => [e.from, e.to])]),
      };
    } else if (path) {
      NT.lit = { edges: new Set(path.edges), nodes: new Set(path.nodes) };
    }
    const asked = NT.nodes.has(NT.state.pick) ? [NT.state.pick] : [...NT.lit.nodes];
    for (const id of NT.lit.edges) if (!NT.shown.has(id)) NT.lit.edges.delete(id);
    if (NT.state.view === "ownership" && !NT.state.pick && !NT.lit.edges.size) NT.lit.nodes.clear(); // no owner on it
    NT.bringOut(asked);
    NT.arrange();
    NT.linked = new Set(data.focus);
    for (const id of NT.shown) NT.linked.add(NT.edges.get(id).from).add(NT.edges.get(id).to);
  };

  NT.refresh = recompute;

  const save = () => {
    const s = NT.state;
    const q = new URLSearchParams();
    if (s.view !== firstView) q.set("view", s.view);
    if (s.day !== NT.dayOf(asOf)) q.set("date", s.day === null ? "all" : NT.dayText(s.day));
    for (const f of ["types", "basis", "countries"]) for (const v of [...s[f]].sort()) q.append(`no-${f}`, v);
    if (s.hops !== NT.mostHops) q.set("hops", s.hops);
    if (s.path !== NT.strongest) q.set("path", s.path ?? "none");
    if (s.pick) q.set("pick", s.pick);
    const text = q.toString();
    NT.hash = text ? `#${text}` : "";
    try { // refused inside an iframe's srcdoc: the view then lives as long as the page
      history.replaceState(null, "", NT.hash || location.pathname + location.search);
    } catch { /* nothing to keep it in */ }
  };
  const restore = () => {
    const q = new URLSearchParams(location.hash.slice(1));
    const s = fresh();
    if (NT.views.includes(q.get("view"))) s.view = q.get("view");
    if (q.get("date") === "all") s.day = null;
    else if (q.has("date")) s.day = NT.dayOf(q.get("date")) ?? s.day;
    for (const f of ["types", "basis", "countries"]) s[f] = new Set(q.getAll(`no-${f}`).filter((v) => facets[f].includes(v)));
    const hops = Number(q.get("hops"));
    if (Number.isInteger(hops) && hops >= 1 && hops <= NT.mostHops) s.hops = hops;
    if (q.has("path")) s.path = NT.paths.has(q.get("path")) ? q.get("path") : null;
    if (NT.nodes.has(q.get("pick")) || NT.edges.has(q.get("pick"))) s.pick = q.get("pick");
    NT.state = s;
    recompute();
  };

  const listeners = [];
  NT.onChange = (f) => listeners.push(f);
  NT.set = (change) => {
    Object.assign(NT.state, change);
    recompute();
    save();
    NT.changed(change);
  };
  NT.changed = (change) => {
    for (const f of listeners) f(change);
  };
  NT.hash = location.hash;
  NT.begin = restore; // once places.js and graph.js know how wide the screen is
  addEventListener("hashchange", () => {
    if (location.hash === NT.hash) return;
    restore();
    for (const f of listeners) f(NT.state);
  });
})();
