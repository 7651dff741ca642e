"use strict";
// The data of the page, put together again from the tables that its records share.
const NT = {};
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = (NT.data = read("data"));
  NT.network = read("network");
  NT.network.options = JSON.parse(NT.network.options); // pyvis hands them on as text

  const saidBy = data.saidBy.map(([source, title, publisher, date, url]) => ({ source, title, publisher, date, url }));
  const evidence = data.evidence.map(([by, statement = "", locator = "", note = "", basis = "stated"]) =>
    ({ ...saidBy[by], statement, locator, note, basis }));
  const lists = data.lists.map(([list, name, short, regulator, kind, begins]) => ({ list, name, short, regulator, kind, begins }));
  const whole = (row, texts) => {
    for (const field of texts) row[field] ??= "";
    row.evidence = (row.evidence || []).map((n) => evidence[n]);
    row.days ??= [null, null];
    row.basis ??= "stated";
    return row;
  };
  // The years of an interval, short enough for a label.
  const years = (since, until) => {
    const [first, last] = [since.slice(0, 4), until.slice(0, 4)];
    if (first && last) return first === last ? first : `${first}–${last}`;
    return first ? `since ${first}` : last ? `until ${last}` : "";
  };
  data.nodes.forEach((n, i) => {
    n.id = `n${i}`;
    for (const field of ["key", "name", "type", "country", "role"]) n[field] ??= "";
    n.names ??= [];
    n.listings = (n.listings || []).map((x) => ({
      ...lists[x.list], ...whole(x, ["since", "until", "citation", "note", "requirement", "policy"]), list: lists[x.list].list,
    }));
    n.rules = [];
  });
  data.edges.forEach((e, i) => {
    e.id = `e${i}`;
    const [type, words, now, before, mutual, stake] = data.types[e.kind];
    whole(e, ["relation", "since", "until", "share", "amount", "note"]);
    e.contested ??= false;
    Object.assign(e, { type, words, mutual, stake, phrase: e.until ? before : now });
    e.years = years(e.since, e.until);
    e.label = [words, e.share, e.years].filter(Boolean);
    e.dashed = Boolean(e.until) || e.basis !== "stated" || e.contested;
  });
  data.paths.forEach((p, i) => {
    p.id = `p${i}`;
    for (const field of ["class", "sentence", "since", "until"]) p[field] ??= "";
    p.strength ??= null;
    p.edges ??= [];
    p.subject ??= data.focus[0];
    p.nodes ??= p.subject === p.target ? [p.subject] : [p.subject, p.target];
    p.around ??= false;
    p.rule ??= null;
    if (p.rule) for (const field of ["id", "name", "answer", "plain", "effect", "citation", "status"]) p.rule[field] ??= "";
    if (p.rule) for (const field of ["arithmetic", "missing"]) p.rule[field] ??= [];
  });
  NT.nodes = new Map(data.nodes.map((n) => [n.id, n]));
  NT.edges = new Map(data.edges.map((e) => [e.id, e]));
  NT.paths = new Map(data.paths.map((p) => [p.id, p]));
  for (const p of data.paths) if (p.rule) NT.nodes.get(p.subject).rules.push(p);
  NT.name = (id) => NT.nodes.get(id).name;
  for (const n of NT.network.nodes) data.layouts.paths.wide.at[n.id] = [n.x, n.y];
})();
