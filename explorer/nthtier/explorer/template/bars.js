"use strict";
// The timeline: listings and relations as bars; the upright line is the as-of date.
(() => {
  const { at, make, button, range } = NT;
  const MOST = 300; // bars at a time; the table has all
  const list = at("bar-rows"), cursor = at("cursor");
  const listings = NT.data.nodes.flatMap((n) => n.listings.map((x) => ({
    days: x.days, since: x.since, until: x.until, listing: true, pick: n.id, edge: null,
    said: `${NT.iso(n.name)} on the ${NT.short(x)}`,
  })));
  const ties = NT.data.edges.map((e) => ({
    days: e.days, since: e.since, until: e.until, listing: false, pick: e.id, edge: e,
    said: `${NT.iso(NT.name(e.from))} ${e.phrase} ${NT.iso(NT.name(e.to))}`,
  }));
  const byDay = (a, b) => (a.days[0] ?? -Infinity) - (b.days[0] ?? -Infinity) || (a.days[1] ?? Infinity) - (b.days[1] ?? Infinity);
  const all = [...listings.sort(byDay), ...ties.sort(byDay)];
  const percent = (day) => `${Math.max(0, Math.min(100, range.part(day) * 100))}%`;
  const bar = (x) => {
    const b = button("bar-row", "", () => {
      NT.set({ pick: x.pick });
      NT.reveal();
    });
    const track = make("span", "bar-track"), mark = make("span", x.listing ? "bar-mark listed" : "bar-mark");
    const [first, last] = x.days;
    mark.style.left = first === null ? "0%" : percent(first);
    mark.style.right = last === null ? "0%" : `calc(100% - ${percent(last + 1)})`;
    mark.classList.toggle("no-start", !x.since);
    mark.classList.toggle("no-end", last === null);
    mark.classList.toggle("dashed", Boolean(x.edge && x.edge.dashed && !x.until));
    track.append(mark);
    const dates = NT.span(x.since, x.until);
    b.append(make("span", "bar-name", x.said), make("span", "bar-dates", dates), track);
    return b;
  };
  let rows = [], before = null;
  const fill = () => {
    const passing = all.filter((x) => !x.edge || NT.passes(x.edge));
    const key = passing.length === all.length ? "all" : passing.map((x) => x.pick).join();
    if (key === before) return;
    before = key;
    rows = passing.slice(0, MOST).map((x) => ({ x, b: bar(x) }));
    const part = (title, which) => {
      const own = rows.filter(({ x }) => x.listing === which);
      return own.length ? [make("h3", "bar-title", title), ...own.map(({ b }) => b)] : [];
    };
    list.replaceChildren(...part("Listings", true), ...part("Relations", false),
      ...(passing.length > MOST ? [make("p", "quiet", `Showing ${MOST} of ${passing.length.toLocaleString("en")} bars; the table has every relation.`)] : []));
  };
  const scale = () => {
    const marks = [...at("scale").children].map((mark) => mark.cloneNode(true));
    at("bar-scale").replaceChildren(...marks);
  };
  NT.bars = () => {
    if (NT.state.view !== "timeline") return;
    fill();
    if (!at("bar-scale").children.length) scale();
    const { day } = NT.state;
    for (const { x, b } of rows) {
      const held = NT.holds(x.days, day);
      b.classList.toggle("off", !held);
      b.setAttribute("aria-pressed", String(NT.state.pick === x.pick));
      b.setAttribute("aria-label", `${x.said}, ${NT.span(x.since, x.until)}${day === null ? "" : held ? ", holds then" : ", does not hold then"}`);
    }
    cursor.style.left = percent(day ?? range.to);
    cursor.style.height = `${Math.max(at("bars").clientHeight, 200)}px`;
    cursor.setAttribute("aria-valuemin", String(range.from));
    cursor.setAttribute("aria-valuemax", String(range.to));
    cursor.setAttribute("aria-valuenow", String(day ?? range.to));
    cursor.setAttribute("aria-valuetext", day === null ? "all dates" : NT.dayText(day));
    at("cursor-day").textContent = day === null ? "All dates" : NT.dayText(day);
    at("cursor-day").classList.toggle("left", range.part(day ?? range.to) > 0.5);
  };
  const keep = (day) => Math.max(range.from, Math.min(range.to, day));
  const next = (sign) => {
    const now = NT.state.day ?? range.to;
    return sign > 0 ? NT.changes.find((d) => d > now) ?? range.to : [...NT.changes].reverse().find((d) => d < now) ?? range.from;
  };
  const MOVES = { ArrowLeft: (d) => d - 1, ArrowDown: (d) => d - 1, ArrowRight: (d) => d + 1, ArrowUp: (d) => d + 1,
    PageDown: () => next(-1), PageUp: () => next(1), Home: () => range.from, End: () => range.to };
  cursor.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    NT.set({ day: keep(move(NT.state.day ?? range.to)) });
  });
  const tracks = at("bar-tracks");
  const toDay = (event) => {
    const box = tracks.getBoundingClientRect();
    return keep(Math.round(range.from + ((event.clientX - box.left) / box.width) * (range.to - range.from)));
  };
  let waiting = 0;
  cursor.addEventListener("pointerdown", (event) => cursor.setPointerCapture(event.pointerId));
  cursor.addEventListener("pointermove", (event) => {
    if (!cursor.hasPointerCapture(event.pointerId)) return;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => NT.set({ day: toDay(event) }));
  });
  at("bar-scale").addEventListener("click", (event) => NT.set({ day: toDay(event) }));
  NT.onChange(NT.bars);
})();
