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
  const rows = new Map();
  for (const e of NT.data.edges) {
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
  }
  let before = "";
  NT.table = () => {
    const shown = [...rows].filter(([id]) => NT.shown.has(id));
    const key = shown.map(([id]) => id).join();
    if (key !== before || !before) at("rows").replaceChildren(...shown.map(([, row]) => row));
    before = key;
    for (const [id, row] of shown) {
      row.classList.toggle("lit", NT.lit.edges.has(id));
    }
    const day = NT.state.day === null ? "at any date" : `on ${NT.dayText(NT.state.day)}`;
    at("table-count").textContent = `Showing ${shown.length} of ${NT.data.edges.length} relations, ${day}.`;
  };
  NT.onChange(NT.table);
})();
