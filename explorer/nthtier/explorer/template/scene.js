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
    const badge = NT.badge(node);
    let line = at.y - block / 2 + 13 + (badge && name.length > 1 ? 2.5 : 0);
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
    return out;
  };

  // Parallel relations alternate above and below the straight way.
  const siblings = new Map();
  for (const e of NT.data.edges) {
    const key = [e.from, e.to].sort().join(" ");
    if (!siblings.has(key)) siblings.set(key, []);
    siblings.get(key).push(e.id);
  }
  const beside = (edge) => siblings.get([edge.from, edge.to].sort().join(" ")).filter((id) => NT.shown.has(id));
  NT.lanes = (edge) => beside(edge).length;
  NT.lane = (edge) => {
    const all = beside(edge);
    return Math.max(0, all.indexOf(edge.id)) - (all.length - 1) / 2;
  };

  // On a narrow screen lines run down the gutter between two columns; captions stand under cards.
  const trunk = (edge, a, b, [w, h], outer) => {
    const lane = NT.lane(edge), shift = lane * 7;
    const end = (p, other) => {
      if (p.x !== 0) return [[p.x - Math.sign(p.x) * w / 2, p.y + shift * 1.6]];
      return [[shift, p.y + (other.y > p.y ? h / 2 : -h / 2)]];
    };
    const [from] = end(a, b), [to] = end(b, a);
    const poly = [from];
    if (a.x !== 0) poly.push([shift, from[1]]);
    if (b.x !== 0) poly.push([shift, to[1]]);
    poly.push(to);
    const card = (outer ? b : a).x === 0 ? (outer ? a : b) : outer ? b : a;
    const number = Math.round(lane + (NT.lanes(edge) - 1) / 2);
    return { poly, label: [card.x, card.y + h / 2 + 11 + number * 14], crowded: number > 2 };
  };
  const polyPath = (poly) => {
    let d = `M${poly[0]}`;
    for (let i = 1; i < poly.length - 1; i++) {
      const [p, q, r] = [poly[i - 1], poly[i], poly[i + 1]];
      const toward = (to) => {
        const far = Math.hypot(to[0] - q[0], to[1] - q[1]) || 1, k = Math.min(8, far / 2) / far;
        return [q[0] + (to[0] - q[0]) * k, q[1] + (to[1] - q[1]) * k];
      };
      d += `L${toward(p)}Q${q} ${toward(r)}`;
    }
    return `${d}L${poly[poly.length - 1]}`;
  };

  // The curve of an edge: its four control points, and where its label stands.
  NT.curve = (edge, place, size, narrow) => {
    const a = place(edge.from), b = place(edge.to);
    const [w, h] = size;
    const lane = NT.lane(edge);
    if (edge.from === edge.to) {
      const x = a.x + w / 2, k = 34 + 14 * Math.abs(lane);
      return { points: [[x, a.y - 12], [x + k, a.y - 30], [x + k, a.y + 30], [x, a.y + 12]], label: [x + k, a.y] };
    }
    const outer = Math.abs(NT.nodes.get(edge.to).tier) >= Math.abs(NT.nodes.get(edge.from).tier) ? 1 : 0;
    if (narrow) return trunk(edge, a, b, size, outer);
    const spread = lane * Math.min(24, 52 / Math.max(1, NT.lanes(edge) - 1));
    if (Math.abs(a.x - b.x) < w) { // in one column: round the outside
      const side = a.x < 0 ? -1 : 1, x1 = a.x + side * w / 2, x2 = b.x + side * w / 2, k = side * (38 + Math.abs(spread));
      return { points: [[x1, a.y + spread / 2], [x1 + k, a.y + spread / 2], [x2 + k, b.y + spread / 2], [x2, b.y + spread / 2]],
        label: [(x1 + x2) / 2 + k * 0.75, (a.y + b.y) / 2 + spread] };
    }
    const side = b.x > a.x ? 1 : -1;
    const p0 = [a.x + side * w / 2, a.y + spread], p3 = [b.x - side * w / 2, b.y + spread];
    // Flatter at the outer card, where the label stands.
    const far = Math.max(50, Math.abs(p3[0] - p0[0]));
    const [first, last] = outer ? [0.36 * far, 0.6 * far] : [0.6 * far, 0.36 * far];
    return { points: [p0, [p0[0] + side * first, p0[1]], [p3[0] - side * last, p3[1]], p3], outer, side };
  };
  NT.pointAt = ({ points, poly }, t) => {
    if (poly) {
      const far = poly.slice(1).map((p, i) => Math.hypot(p[0] - poly[i][0], p[1] - poly[i][1]));
      let left = t * far.reduce((x, y) => x + y, 0);
      for (let i = 0; i < far.length; i++) {
        if (left <= far[i] || i === far.length - 1) {
          const part = far[i] ? left / far[i] : 0;
          return [0, 1].map((k) => poly[i][k] + (poly[i + 1][k] - poly[i][k]) * part);
        }
        left -= far[i];
      }
    }
    const [a, b, c, d] = points, u = 1 - t;
    return [0, 1].map((i) => u * u * u * a[i] + 3 * u * u * t * b[i] + 3 * u * t * t * c[i] + t * t * t * d[i]);
  };

  const head = (from, tip) => {
    const angle = Math.atan2(tip[1] - from[1], tip[0] - from[0]), k = 8.5;
    const wing = (turn) => `${tip[0] - k * Math.cos(angle + turn)} ${tip[1] - k * Math.sin(angle + turn)}`;
    return `M${tip[0]} ${tip[1]}L${wing(0.42)}L${wing(-0.42)}z`;
  };
  NT.line = (edge, place, size, mode, c, narrow) => {
    const curve = NT.curve(edge, place, size, narrow);
    const [a, b, d, e] = curve.points || [];
    const ink = mode === "lit" ? c.accent : mode === "muted" ? c["edge-quiet"] : c.edge;
    const way = curve.poly ? polyPath(curve.poly) : `M${a}C${b} ${d} ${e}`;
    const out = [path(way, { stroke: ink, width: mode === "lit" ? 2.6 : 1.4, dash: edge.dashed ? [6, 4] : null })];
    const [start, end] = curve.poly ? [curve.poly[0], curve.poly[curve.poly.length - 1]] : [a, e];
    const before = curve.poly ? curve.poly[curve.poly.length - 2] : NT.pointAt(curve, 0.93);
    const after = curve.poly ? curve.poly[1] : NT.pointAt(curve, 0.07);
    out.push(path(head(before, end), { fill: ink }));
    if (edge.mutual) out.push(path(head(after, start), { fill: ink }));
    return { curve, out };
  };
  NT.label = (edge, curve, room, mode, c) => {
    if (curve.crowded || (mode === "muted" && NT.data.edges.length > 60)) return [];
    const weight = mode === "lit" ? 600 : 400;
    const whole = edge.label.join(" · "), [kind, ...rest] = edge.label;
    const split = !curve.poly && rest.length && measure(whole, SIZES.label, weight) > room;
    const lines = (split ? [kind, rest.join(" · ")] : [whole]).map((said) => cut(said, SIZES.label, weight, room));
    const wide = Math.max(...lines.map((said) => measure(said, SIZES.label, weight))) + 8;
    const high = lines.length * 12 + 4;
    let [x, y] = curve.label || NT.pointAt(curve, 0.5);
    if (!curve.label) { // beside the outer card, where each line is on its own
      const end = curve.points[curve.outer ? 3 : 0];
      const inward = curve.outer ? -curve.side : curve.side;
      x = end[0] + inward * (16 + wide / 2);
      let near = 0, far = 1; // the part of the curve, from the outer card on, that ends at x
      for (let i = 0; i < 12; i++) {
        const part = (near + far) / 2;
        const p = NT.pointAt(curve, curve.outer ? 1 - part : part);
        if (inward * (p[0] - x) < 0) near = part;
        else far = part;
      }
      y = NT.pointAt(curve, curve.outer ? 1 - near : near)[1];
    }
    const ink = mode === "lit" ? c.accent : mode === "muted" ? c["ink-quiet"] : c["ink-2"];
    return [
      path(box(x - wide / 2, y - high / 2, wide, high, 4), { fill: c.stage }),
      ...lines.map((said, i) => text(x, y + 4 + (i - (lines.length - 1) / 2) * 12, said, SIZES.label, weight, ink, "middle")),
    ];
  };
  NT.heading = (x, y, said, c) => [text(x, y, said.toUpperCase(), SIZES.head, 600, c["ink-2"], "middle")];
})();
