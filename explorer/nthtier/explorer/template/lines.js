"use strict";
// The lines between cards: their ways, arrows and labels.
(() => {
  const { box, cut, measure, path, text } = NT.draw;
  const SIZES = NT.sizes;
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

  // How many companies an owner or a holding is tied to: the label stands where lines are apart.
  const fan = (id) => NT.ties.get(id).size;
  NT.ties = new Map(NT.data.nodes.map((n) => [n.id, new Set()]));
  for (const e of NT.data.edges) if (e.stake) {
    NT.ties.get(e.from).add(e.to);
    NT.ties.get(e.to).add(e.from);
  }

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
    if (NT.topDown() && b.y > a.y) { // from the owner above to what it owns
      const p0 = [a.x + spread * 1.6, a.y + h / 2], p3 = [b.x + spread * 1.6, b.y - h / 2], k = (p3[1] - p0[1]) * 0.55;
      const curve = { points: [p0, [p0[0], p0[1] + k], [p3[0], p3[1] - k], p3] };
      return { ...curve, label: NT.pointAt(curve, Math.max(0.14, Math.min(0.86, (fan(edge.from) > fan(edge.to) ? 0.66 : NT.lanes(edge) > 1 ? 0.5 : 0.34) + lane * 0.25))) };
    }
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
  // Among owners the share is what counts; an unknown one says so.
  NT.shareWords = (e) => (e.type === "CONTROLS" && !e.share ? e.words : `${e.words} ${e.share || "?"}`);
  NT.label = (edge, curve, room, mode, c) => {
    if (curve.crowded || (mode === "muted" && NT.data.edges.length > 60)) return [];
    const weight = mode === "lit" ? 600 : 400;
    const said = NT.topDown() ? [NT.shareWords(edge), edge.years].filter(Boolean) : edge.label;
    const whole = said.join(" · "), [kind, ...rest] = said;
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
})();
