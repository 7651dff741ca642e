"use strict";
// The as-of slider: a day, or all dates; ticks where relations and listings begin or end.
(() => {
  const { at, make } = NT;
  const slider = at("day");
  const dated = NT.changes.length > 0;
  const from = dated ? NT.firstDay - Math.max(60, Math.round((NT.lastDay - NT.firstDay) * 0.03)) : 0;
  const to = dated ? NT.lastDay + Math.max(60, Math.round((NT.lastDay - NT.firstDay) * 0.03)) : 1;
  slider.min = String(from);
  slider.max = String(to);
  const events = new Map();
  const note = (day, said) => day !== null && events.set(day, [...(events.get(day) || []), said]);
  for (const e of NT.data.edges) {
    const line = `${NT.name(e.from)} ${e.words} ${NT.name(e.to)}`;
    note(e.days[0], `${line} begins`);
    note(e.days[1] === null ? null : e.days[1] + 1, `${line} has ended`);
  }
  for (const n of NT.data.nodes)
    for (const x of n.listings) {
      note(x.days[0], `${n.name} on the ${NT.short(x)}${x.since ? "" : " (undated, counted from the list's first edition)"}`);
      note(x.days[1] === null ? null : x.days[1] + 1, `${n.name} off the ${NT.short(x)}`);
    }
  const part = (day) => (day - from) / (to - from);
  NT.range = { from, to, part };
  for (const day of NT.changes) {
    const listed = events.get(day).some((s) => / (on|off) the /.test(s));
    const tick = make("span", listed ? "tick listed" : "tick");
    tick.style.left = `${part(day) * 100}%`;
    at("ticks").append(tick);
  }
  if (dated) {
    const first = new Date(from * 864e5).getUTCFullYear() + 1, last = new Date(to * 864e5).getUTCFullYear();
    const step = [1, 2, 5, 10, 20, 50, 100].find((s) => (last - first) / s <= 7) || 200;
    for (let y = Math.ceil(first / step) * step; y <= last; y += step) {
      const mark = make("span", "", String(y));
      mark.style.left = `${part(Date.UTC(y, 0, 1) / 864e5) * 100}%`;
      at("scale").append(mark);
    }
    if (!at("scale").children.length) { // less than a year
      const mark = make("span", "nowrap", NT.dayText(NT.firstDay));
      mark.style.left = `${part(NT.firstDay) * 100}%`;
      at("scale").append(mark);
    }
  }
  const now = () => NT.state.day ?? to;
  let waiting = 0;
  slider.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => NT.set({ day: Number(slider.value) }));
  });
  at("earlier").addEventListener("click", () => {
    const day = [...NT.changes].reverse().find((d) => d < now());
    NT.set({ day: day ?? from });
  });
  at("later").addEventListener("click", () => {
    const day = NT.state.day === null ? undefined : NT.changes.find((d) => d > NT.state.day);
    NT.set({ day: day ?? null });
  });
  at("all-dates").addEventListener("click", () => NT.set({ day: null }));
  NT.timeline = () => {
    const day = NT.state.day;
    slider.value = String(day === null ? to : Math.min(to, Math.max(from, day)));
    slider.disabled = !dated;
    at("day-text").textContent = day === null ? "All dates" : `As of ${NT.dayText(day)}`;
    slider.setAttribute("aria-valuetext", day === null ? "all dates" : NT.dayText(day));
    at("all-dates").setAttribute("aria-pressed", String(day === null));
    at("earlier").disabled = !dated || now() <= from;
    at("later").disabled = !dated || day === null;
    const all = day === null ? [] : events.get(day) || [];
    const before = day === null ? null : [...NT.changes].reverse().find((d) => d <= day);
    const said = all.length ? all : before === undefined || before === null ? [] : events.get(before);
    at("event").textContent = day === null
      ? "Everything the sources say, at any time. Move the slider to see what held on a day."
      : said.length ? `${all.length ? "This day" : `Latest change, ${NT.dayText(before)}`}: ${said.slice(0, 3).join("; ")}${said.length > 3 ? ` and ${said.length - 3} more` : ""}` : "Nothing dated before this day.";
  };
  NT.onChange((change) => ("day" in change ? NT.timeline() : undefined));
})();
