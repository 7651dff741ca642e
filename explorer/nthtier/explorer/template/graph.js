"use strict";
// The network on the canvas: vis-network keeps the viewport and the hits, scene.js draws.
(() => {
  const holder = document.getElementById("canvas");
  const NAMES = ["card", "focus-card", "ink", "ink-2", "ink-quiet", "line", "accent", "glow", "stage", "edge",
    "edge-quiet", "badge", "badge-ink", "badge-quiet", "badge-quiet-ink", "band-quiet", "icon-quiet", "warn",
    ...Object.keys(NT.icons).map((n) => `role-${n}`)];
  const readColors = () => {
    const style = getComputedStyle(document.documentElement);
    NT.colors = Object.fromEntries(NAMES.map((n) => [n, style.getPropertyValue(`--${n}`).trim()]));
  };
  readColors();

  NT.setNarrow(holder.parentElement.clientWidth < 620);
  NT.begin();

  NT.nodeMode = (id) => {
    if (NT.lit.nodes.has(id)) return "lit";
    if (!NT.linked.has(id)) return "idle";
    return NT.lit.nodes.size ? "muted" : "plain";
  };
  NT.edgeMode = (id) => (NT.lit.edges.has(id) ? "lit" : NT.lit.nodes.size ? "muted" : "plain");

  // What stands in a tier, the most frequent kinds first.
  const title = (icon) => NT.plurals[icon][0].toUpperCase() + NT.plurals[icon].slice(1);
  const tierWords = (first, last) => {
    if (first <= 0 && last >= 0) return NT.data.portfolio ? "The portfolio" : "In focus";
    const near = Math.min(Math.abs(first), Math.abs(last)), far = Math.max(Math.abs(first), Math.abs(last));
    const side = first < 0 ? "upstream" : "downstream";
    if (far > 1) return `${near === far ? far : `${near} to ${far}`} steps ${side}`;
    const counts = new Map();
    for (const n of NT.data.nodes)
      if (n.tier === first && NT.plurals[n.icon]) counts.set(n.icon, (counts.get(n.icon) || 0) + 1);
    const kinds = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([icon]) => title(icon));
    return kinds.length ? kinds.join(", ") : side;
  };
  const headings = () => {
    if (NT.isNarrow()) return [];
    const [left, topmost, across] = NT.bounds();
    if (NT.topDown()) return NT.heading(left + across / 2, topmost + 14, "Owners above, what they own below", NT.colors);
    const seen = new Map();
    for (const [x, first, last] of NT.tierColumns) {
      const key = `${first} ${last}`;
      seen.set(key, [...(seen.get(key) || []), x]);
    }
    const top = topmost + 14;
    return [...seen].flatMap(([key, xs]) => {
      const [first, last] = key.split(" ").map(Number);
      return NT.heading(xs.reduce((a, b) => a + b, 0) / xs.length, top, tierWords(first, last), NT.colors);
    });
  };
  // The picture's box: all cards with their badges and the headings above them.
  NT.bounds = () => {
    const [w, h] = NT.cardSize();
    const narrow = NT.isNarrow(), stacks = NT.layout().stacks.map((s) => s.id);
    const all = [...NT.placed, ...stacks].map(NT.place);
    if (!all.length) return [-100, -50, 200, 100];
    const xs = all.map((p) => p.x), ys = all.map((p) => p.y);
    const left = Math.min(...xs) - w / 2 - 12, right = Math.max(...xs) + w / 2 + 12;
    const top = Math.min(...ys) - h / 2 - (narrow ? 22 : 46), bottom = Math.max(...ys) + h / 2 + (narrow ? 46 : 14);
    return [left, top, right - left, bottom - top];
  };

  const labelRoom = () => {
    if (NT.isNarrow() || NT.topDown()) return NT.cardSize()[0] + 14;
    const xs = NT.tierColumns.map((c) => c[0]);
    const gaps = xs.slice(1).map((x, i) => x - xs[i] - NT.cardSize()[0]);
    return Math.max(52, Math.min(230, ...gaps) - 34);
  };
  // Everything from back to front: quiet lines, lit lines, labels, cards.
  NT.edgeItems = () => {
    const rank = { muted: 0, plain: 1, lit: 2 };
    const lines = [], labels = [], room = labelRoom();
    for (const id of [...NT.onCanvas].sort((a, b) => rank[NT.edgeMode(a)] - rank[NT.edgeMode(b)])) {
      const e = NT.edges.get(id);
      const mode = NT.edgeMode(id);
      const { curve, out } = NT.line(e, NT.place, NT.cardSize(), mode, NT.colors, NT.isNarrow());
      lines.push(...out);
      labels.push(...NT.label(e, curve, room, mode, NT.colors));
    }
    return [...lines, ...labels];
  };
  NT.stackItems = () => NT.layout().stacks.flatMap((s) => NT.stackCard(s, NT.place(s.id), NT.cardSize(), NT.colors));
  NT.nodeItems = (id) => NT.card(NT.nodes.get(id), NT.place(id), NT.cardSize(), NT.nodeMode(id), NT.colors);
  NT.scene = () => [...headings(), ...NT.edgeItems(), ...NT.stackItems(), ...[...NT.placed].flatMap(NT.nodeItems)];

  const stackIds = new Set(Object.values(NT.data.layouts).flatMap((v) => [v.wide, v.narrow]).flatMap((l) => l.stacks.map((s) => s.id)));
  const spot = (id) => ({ id, ...(NT.place(id) || { x: 0, y: 0 }), hidden: !NT.place(id) });
  const nodes = new vis.DataSet([...NT.network.nodes.map((n) => n.id), ...stackIds].map((id) => ({
    ...spot(id), label: " ", shape: "custom",
    ctxRenderer: ({ ctx }) => ({
      drawNode: () => NT.paintCanvas(ctx, cached(id, () => (stackIds.has(id) ? NT.stackCard(NT.stackAt(id), NT.place(id), NT.cardSize(), NT.colors) : NT.nodeItems(id)))),
      nodeDimensions: { width: NT.cardSize()[0], height: NT.cardSize()[1] },
    }),
  })));
  const edges = new vis.DataSet(NT.network.edges.map(({ id }) => ({ id, from: NT.edges.get(id).from, to: NT.edges.get(id).to, hidden: !NT.onCanvas.has(id) })));
  const graph = (NT.graph = new vis.Network(holder, { nodes, edges }, { ...NT.network.options, autoResize: false }));

  const cache = new Map();
  const cached = (key, make) => {
    if (!cache.has(key)) cache.set(key, make());
    return cache.get(key);
  };
  // vis takes a custom shape for 50 by 50, and knows only its own curves.
  for (const node of Object.values(graph.body.nodes)) {
    if (!NT.nodes.has(node.id) && !stackIds.has(node.id)) continue;
    const shape = node.shape;
    shape.updateBoundingBox = shape.resize = function resize() {
      [this.width, this.height] = NT.cardSize();
      this.left = node.x - this.width / 2;
      this.top = node.y - this.height / 2;
      this.boundingBox = { left: this.left, top: this.top - 10, right: this.left + this.width, bottom: this.top + this.height };
    };
    shape.resize();
  }
  const ours = (id) => {
    const edge = graph.body.edges[id];
    edge.draw = edge.drawArrows = () => {}; // drawn all at once, lit ones last
    edge.edgeType.getDistanceToEdge = (_x1, _y1, _x2, _y2, left, top) => {
      if (!NT.onCanvas.has(edge.id)) return Infinity;
      const curve = NT.curve(NT.edges.get(edge.id), NT.place, NT.cardSize(), NT.isNarrow());
      let least = Infinity;
      for (let i = 0; i <= 32; i++) {
        const [x, y] = NT.pointAt(curve, i / 32);
        least = Math.min(least, Math.hypot(x - left, y - top));
      }
      return least;
    };
  };
  NT.network.edges.forEach((e) => ours(e.id));
  graph.on("beforeDrawing", (ctx) => {
    NT.paintCanvas(ctx, cached("headings", headings));
    NT.paintCanvas(ctx, cached("edges", NT.edgeItems));
  });
  graph.on("click", ({ pointer }) => {
    const node = graph.getNodeAt(pointer.DOM), edge = graph.getEdgeAt(pointer.DOM);
    if (stackIds.has(node)) NT.openStack(NT.stackAt(node));
    else if (node) NT.set({ pick: node });
    else if (edge) NT.set({ pick: edge });
    else if (NT.state.pick) NT.set({ pick: null });
    if (NT.isNarrow() && (NT.nodes.has(node) || edge)) NT.toast("The evidence stands below the picture");
  });
  for (const [on, cursor] of [["hoverNode", "pointer"], ["hoverEdge", "pointer"], ["blurNode", ""], ["blurEdge", ""]])
    graph.on(on, () => (holder.style.cursor = cursor));

  NT.fit = () => {
    if (!holder.clientWidth) return; // on paper, or in another view
    const narrow = NT.isNarrow();
    const [x, y, w, h] = NT.bounds();
    if (narrow) holder.style.height = `${Math.min(2400, Math.ceil(h * Math.min(1.1, holder.clientWidth / w)) + 8)}px`;
    else holder.style.height = "";
    // On a narrow screen a finger scrolls the page, unless there is more than it can show.
    const still = narrow && h * holder.clientWidth / w <= 2400;
    graph.setOptions({ interaction: { dragView: !still, zoomView: !still } });
    graph.setSize("100%", "100%");
    for (const part of holder.querySelectorAll("div, canvas")) part.style.touchAction = still ? "pan-y" : "none";
    graph.redraw();
    const scale = Math.min(1.15, holder.clientWidth / w, holder.clientHeight / h);
    const least = narrow ? Math.min(1.1, holder.clientWidth / w) : NT.placed.size > 25 ? 0.62 : 0;
    const used = Math.max(scale, least);
    let [cx, cy] = [x + w / 2, y + h / 2];
    if (used > scale) { // too large for the canvas: begin at the company in focus
      const at = NT.place([...NT.lit.nodes, ...NT.data.focus].find((id) => NT.data.focus.includes(id) && NT.place(id))) || { x: cx, y: cy };
      const within = (wanted, first, length, room) =>
        room >= length ? first + length / 2 : Math.min(first + length - room / 2, Math.max(first + room / 2, wanted));
      // From the top, if that shows the company in focus too.
      const downTo = (wanted, first, length, room) => (wanted < first + room - 60 ? first + room / 2 : within(wanted, first, length, room));
      cx = within(at.x, x, w, holder.clientWidth / used);
      cy = narrow ? y + holder.clientHeight / used / 2 : downTo(at.y, y, h, holder.clientHeight / used);
    }
    graph.moveTo({ position: { x: cx, y: cy }, scale: used, animation: false });
  };
  // What was chosen comes into sight.
  NT.follow = () => {
    const all = [...NT.lit.nodes].filter((id) => NT.placed.has(id)).map(NT.place);
    if (!all.length || all.length > 30 || NT.isNarrow() || !holder.clientWidth) return;
    const [w, h] = NT.cardSize(), seen = all.map((p) => graph.canvasToDOM(p));
    if (seen.every((p) => p.x > 20 && p.x < holder.clientWidth - 20 && p.y > 20 && p.y < holder.clientHeight - 20)) return;
    const xs = all.map((p) => p.x), ys = all.map((p) => p.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min(graph.getScale(), holder.clientWidth / (right - left + w + 40), holder.clientHeight / (bottom - top + h + 40));
    graph.moveTo({ position: { x: (left + right) / 2, y: (top + bottom) / 2 }, scale: Math.max(scale, 0.2), animation: false });
  };
  const zoom = (by) => graph.moveTo({ scale: Math.min(4, Math.max(0.05, graph.getScale() * by)), animation: false });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.25));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(0.8));
  document.getElementById("fit").addEventListener("click", () => NT.fit());
  // The wheel scrolls the page, as everywhere; with Ctrl it zooms the picture.
  holder.addEventListener("wheel", (event) => event.ctrlKey || event.stopPropagation(), { capture: true, passive: true });

  NT.repaint = () => {
    cache.clear();
    graph.redraw();
  };
  NT.recolor = () => {
    readColors();
    NT.repaint();
  };
  let kept = "", followed = "";
  NT.settle = () => {
    const moved = nodes.get().filter((n) => {
      const now = spot(n.id);
      return now.hidden !== n.hidden || now.x !== n.x || now.y !== n.y;
    });
    if (moved.length) nodes.update(moved.map((n) => spot(n.id)));
    const turned = edges.get().filter((e) => e.hidden === NT.onCanvas.has(e.id));
    if (turned.length) edges.update(turned.map((e) => ({ id: e.id, hidden: !NT.onCanvas.has(e.id) })));
    turned.forEach((e) => ours(e.id)); // an update makes vis forget
    NT.repaint();
    if (kept && kept !== NT.state.view) NT.fit();
    const chosen = `${NT.state.path} ${NT.state.pick}`;
    if (chosen !== followed) NT.follow();
    followed = chosen;
    kept = NT.state.view;
    holder.setAttribute("aria-label", `Network of ${NT.placed.size} companies; the lists of paths and companies and the table of relations hold all of it`);
  };
  NT.openStack = (stack) => {
    NT.turnStack(stack);
    NT.settle();
    NT.changed({});
  };
  NT.onChange(NT.settle);
  NT.drawn = () => edges.getIds({ filter: (e) => !e.hidden });
  new ResizeObserver(() => {
    if (!holder.parentElement.clientWidth) return;
    const now = holder.parentElement.clientWidth < 620;
    if (now !== NT.isNarrow()) {
      NT.setNarrow(now);
      NT.settle();
      NT.changed({});
    }
    cache.clear();
    NT.fit();
    NT.follow();
  }).observe(holder.parentElement);
  NT.fit();
  holder.setAttribute("role", "img");
  NT.settle();
  for (const inner of holder.querySelectorAll("[tabindex]")) inner.setAttribute("tabindex", "-1");
})();
