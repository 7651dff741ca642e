"use strict";
// All relations as a table: one row for each one drawn, in the same state.
(() => {
  const { at, make, button } = NT;
  const cells = (e) => {
    const said = [...new Set(e.evidence.map((x) => x.publisher || x.source))].join("; ");
    return [NT.name(e.from), e.words, NT.name(e.to), [e.share, e.amount].filter(Boolean).join(", "), e.since, e.until, NT.basisOf(e), said];
  };
  NT.columns = [...document.querySelectorAll("#table th")].map((th) => th.textContent);
  NT.rowsShown = () => NT.data.edges.filter((e) => NT.shown.has(e.id)).map(cells);
  const MOST = 500; // rows in the page at a time; the CSV has all
  const rows = new Map();
  const rowOf = (e) => {
    if (rows.has(e.id)) return rows.get(e.id);
    const row = make("tr");
    row.dataset.edge = e.id;
    cells(e).forEach((said, i) => {
      const pick = i === 0 ? e.from : i === 2 ? e.to : i === 1 ? e.id : null;
      const cell = make("td", "", pick ? "" : said);
      if (pick) cell.append(button("inline", said, () => {
        NT.set({ pick });
        at("drawer").focus({ preventScroll: false });
      }));
      row.append(cell);
    });
    rows.set(e.id, row);
    return row;
  };
  let before = "", room = MOST;
  NT.table = () => {
    const all = NT.data.edges.filter((e) => NT.shown.has(e.id)), shown = all.slice(0, room);
    const key = shown.map((e) => e.id).join();
    if (key !== before || !before) at("rows").replaceChildren(...shown.map(rowOf));
    before = key;
    for (const e of shown) rowOf(e).classList.toggle("lit", NT.lit.edges.has(e.id));
    const day = NT.state.day === null ? "at any date" : `on ${NT.dayText(NT.state.day)}`;
    const what = NT.topDown() ? "relations, only those of ownership and control" : "relations";
    at("table-count").textContent = `Showing ${shown.length} of ${NT.data.edges.length} ${what}, ${day}.`;
    at("more-rows").hidden = shown.length === all.length;
    at("more-rows").textContent = `Show ${Math.min(MOST, all.length - shown.length).toLocaleString("en")} more of ${all.length.toLocaleString("en")}`;
  };
  at("more-rows").addEventListener("click", () => {
    const last = at("rows").lastElementChild;
    room += MOST;
    NT.table();
    last.nextElementSibling?.querySelector("button").focus();
  });
  NT.onChange(NT.table);
})();
