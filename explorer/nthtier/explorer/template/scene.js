"use strict";
// What is drawn, as a few primitives (path, text) that a canvas and an SVG paint alike.
(() => {
  const ICONS = { // on a grid of 16 by 16
    focus: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13zM8 4.7a3.3 3.3 0 1 0 0 6.6a3.3 3.3 0 1 0 0-6.6z",
    supplier: "M1 13V6l4 2.6V6l4 2.6V3h2.4l.6 5.4h3V13z",
    customer: "M1.5 3h2l1.7 7h6.6l1.7-5H5M6 12.6a1 1 0 1 0 .1 0zM11 12.6a1 1 0 1 0 .1 0z",
    investor: "M8 2c3 0 5.5 1 5.5 2.2S11 6.4 8 6.4S2.5 5.4 2.5 4.2S5 2 8 2zM2.5 4.2v7.6C2.5 13 5 14 8 14s5.5-1 5.5-2.200V4.200M2.5 8C2.5 9.2 5 10.2 8 10.200S13.5 9.2 13.5 8",
    holding: "M2.5 14V3.500h6V14M8.5 7h5v7M1 14h14M4.7 6h1.600M4.7 9h1.6",
    venture: "M6 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM10 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
    partner: "M6.5 9.500l3-3M7 5l1.5-1.500a2.7 2.7 0 0 1 4 4L11 9M9 11l-1.5 1.500a2.7 2.7 0 0 1-4-4L5 7",
    regulator: "M8 2v12M4 14h8M3 4.500h10M3 4.500L1 9.500h4zM13 4.500l-2 5h4z",
    other: "M8 2l6 6l-6 6l-6-6z",
  };
  const FLAG = "M2.5 13V2.500h7.500L8.4 5l1.6 2.500H2.5";
  NT.icons = ICONS;
  const SIZES = { name: 14, meta: 11.5, badge: 10.5, label: 11.5, head: 11.5 };
  NT.sizes = SIZES;
  const family = getComputedStyle(document.body).fontFamily;
  NT.family = family;
  const ruler = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  const measure = (text, size, weight) => {
    const key = `${weight} ${size} ${text}`;
    if (!widths.has(key)) {
      ruler.font = `${weight} ${size}px ${family}`;
      widths.set(key, ruler.measureText(text).width);
    }
    return widths.get(key);
  };
  const cut = (text, size, weight, room) => {
    if (measure(text, size, weight) <= room) return text;
    const letters = [...text];
    let low = 0, high = letters.length;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (measure(`${letters.slice(0, mid).join("").trimEnd()}…`, size, weight) <= room) low = mid;
      else high = mid - 1;
    }
    return `${letters.slice(0, low).join("").trimEnd()}…`;
  };
  const wrap = (text, size, weight, room, most) => {
    const clean = text.replace(/\s+/g, " ").trim().slice(0, 300);
    if (measure(clean, size, weight) <= room) return [clean];
    const lines = [];
    let rest = clean;
    while (lines.length < most - 1 && measure(rest, size, weight) > room) {
      const words = rest.split(" ");
      let line = words.shift();
      while (words.length && measure(`${line} ${words[0]}`, size, weight) <= room) line += ` ${words.shift()}`;
      if (measure(line, size, weight) > room) { // one long word, or a script without spaces
        const letters = [...line];
        let n = letters.length;
        while (n > 1 && measure(letters.slice(0, n).join(""), size, weight) > room) n--;
        line = letters.slice(0, n).join("");
      }
      lines.push(line);
      rest = rest.slice(line.length).trim();
    }
    if (rest) lines.push(cut(rest, size, weight, room));
    return lines;
  };

  const box = (x, y, w, h, r) =>
    `M${x + r} ${y}h${w - 2 * r}a${r} ${r} 0 0 1 ${r} ${r}v${h - 2 * r}a${r} ${r} 0 0 1 ${-r} ${r}` +
    `h${2 * r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z`;
  const leftBand = (x, y, w, h, r) =>
    `M${x + r} ${y}h${w - r}v${h}h${r - w}a${r} ${r} 0 0 1 ${-r} ${-r}v${2 * r - h}a${r} ${r} 0 0 1 ${r} ${-r}z`;
  const path = (d, style) => ({ d, ...style });
  const text = (x, y, said, size, weight, fill, anchor = "start") => ({ x, y, said, size, weight, fill, anchor });

  const PAST = "was on ";
  NT.short = (listing) => listing.short || listing.name || listing.list;
  NT.badge = (node, day = NT.state.day) => {
    const on = NT.listingsOn(node, day);
    const now = on.filter((x) => day !== null || !x.until);
    const first = (now.length ? now : on)[0];
    if (!first) return "";
    const more = on.length > 1 ? ` +${on.length - 1}` : "";
    return `${now.length ? "" : PAST}${NT.short(first)}${more}`;
  };

  // What a rule says of a company: captured, or not to be told.
  NT.ruleBadge = (node) => {
    const met = node.rules.filter((p) => p.class === "captured"), open = node.rules.filter((p) => p.rule.answer === "cannot be determined");
    const first = met[0] || open[0];
    if (!first) return "";
    const name = first.rule.name || first.rule.id, more = met.length > 1 ? ` +${met.length - 1}` : "";
    return met.length ? `captured: ${name}${more}` : `captured? ${name}`;
  };

  // A card around the middle of a node; `mode` is lit, plain, muted or idle.
  NT.card = (node, at, size, mode, c) => {
    const [w, h] = size;
    const x = at.x - w / 2, y = at.y - h / 2, band = 30;
    const quiet = mode === "muted" || mode === "idle", idle = mode === "idle";
    const role = c[`role-${node.icon}`] || c["role-other"];
    const focus = node.icon === "focus";
    const out = [];
    if (mode === "lit") out.push(path(box(x - 3, y - 3, w + 6, h + 6, 11), { stroke: c.glow, width: 4 }));
    out.push(path(box(x, y, w, h, 8), {
      fill: focus && !quiet ? c["focus-card"] : c.card, stroke: mode === "lit" ? c.accent : focus ? role : c.line,
      width: mode === "lit" ? 2 : focus ? 2 : 1.2, dash: mode === "idle" ? [4, 3] : null,
    }));
    out.push(path(leftBand(x + 1, y + 1, band, h - 2, 7), { fill: idle ? c["band-quiet"] : role }));
    out.push(path(ICONS[node.icon] || ICONS.other, { stroke: idle ? c["icon-quiet"] : "#ffffff", width: 1.6, at: [x + 8, y + h / 2 - 8] }));
    const room = w - band - 16;
    const ink = quiet ? c["ink-quiet"] : c.ink;
    const name = wrap(node.name, SIZES.name, 600, room, 2);
    const meta = cut([node.role, node.country].filter(Boolean).join(" · "), SIZES.meta, 400, room);
    const block = name.length * 17 + (meta ? 15 : 0);
    const badge = NT.badge(node), rule = NT.ruleBadge(node);
    let line = at.y - block / 2 + 13 + (rule ? (badge ? -2 : -5) : badge && name.length > 1 ? 2.5 : 0);
    for (const said of name) {
      out.push(text(x + band + 9, line, said, SIZES.name, 600, ink));
      line += 17;
    }
    if (meta) out.push(text(x + band + 9, line, meta, SIZES.meta, 400, quiet ? c["ink-quiet"] : c["ink-2"]));
    if (badge) {
      const faint = idle || badge.startsWith(PAST);
      const said = cut(badge, SIZES.badge, 600, w - 40);
      const wide = measure(said, SIZES.badge, 600) + 25;
      const left = x + w - wide + 6, top = y - 13;
      out.push(path(box(left, top, wide, 18, 9), { fill: faint ? c["badge-quiet"] : c.badge, stroke: c.stage, width: 1.5 }));
      out.push(path(FLAG, { stroke: faint ? c["badge-quiet-ink"] : c["badge-ink"], width: 1.7, at: [left + 7, top + 4.2], scale: 0.68 }));
      out.push(text(left + 17, top + 12.6, said, SIZES.badge, 600, faint ? c["badge-quiet-ink"] : c["badge-ink"]));
    }
    if (rule) {
      const said = cut(rule, SIZES.badge, 600, w - 20);
      const wide = measure(said, SIZES.badge, 600) + 14;
      out.push(path(box(x + w - wide + 6, y + h - 5, wide, 18, 5), { fill: c.card, stroke: c.warn, width: 1.5, dash: rule.startsWith("captured?") ? [3, 2] : null }));
      out.push(text(x + w - wide + 13, y + h + 7.8, said, SIZES.badge, 600, c.warn));
    }
    return out;
  };

  // The cards of a tier that wait: a pile that opens.
  NT.stackCard = (stack, at, size, c) => {
    const [w, h] = size;
    const x = at.x - w / 2, y = at.y - h / 2;
    const [head, said] = NT.stackWords(stack);
    const pile = [8, 4, 0].map((by) => path(box(x + by, y - by, w - 8, h, 8), { fill: c.card, stroke: c.accent, width: 1.2 }));
    return [...pile, text(at.x - 4, at.y - 1, head, SIZES.name + 2, 600, c.accent, "middle"),
      text(at.x - 4, at.y + 16, said, SIZES.meta, 400, c["ink-2"], "middle")];
  };
  NT.heading = (x, y, said, c) => [text(x, y, said.toUpperCase(), SIZES.head, 600, c["ink-2"], "middle")];
  NT.draw = { box, cut, measure, path, text };
})();
