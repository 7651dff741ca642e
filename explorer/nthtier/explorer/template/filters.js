"use strict";
// The filters: which relations, bases, countries and how many hops are shown.
(() => {
  const { at, make, button, data } = { ...NT, data: NT.data };
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
  NT.filters = filters;
  NT.onChange(filters);
})();
