"use strict";
// Painters for the primitives of scene.js: a canvas, and SVG as text.
(() => {
  const outlines = new Map();
  const outline = (d) => {
    if (outlines.size > 20000) outlines.clear();
    if (!outlines.has(d)) outlines.set(d, new Path2D(d));
    return outlines.get(d);
  };
  NT.paintCanvas = (ctx, items) => {
    for (const item of items) {
      if (item.said !== undefined) {
        ctx.font = `${item.weight} ${item.size}px ${NT.family}`;
        ctx.fillStyle = item.fill;
        ctx.textAlign = item.anchor === "middle" ? "center" : "left";
        ctx.textBaseline = "alphabetic";
        ctx.fillText(item.said, item.x, item.y);
        continue;
      }
      ctx.save();
      if (item.at) ctx.translate(item.at[0], item.at[1]);
      if (item.scale) ctx.scale(item.scale, item.scale);
      const shape = outline(item.d);
      if (item.fill) {
        ctx.fillStyle = item.fill;
        ctx.fill(shape);
      }
      if (item.stroke) {
        ctx.strokeStyle = item.stroke;
        ctx.lineWidth = item.width;
        ctx.lineJoin = "round";
        ctx.lineCap = item.dash ? "butt" : "round";
        ctx.setLineDash(item.dash || []);
        ctx.stroke(shape);
      }
      ctx.restore();
    }
  };

  // Characters that XML 1.0 does not know become U+FFFD.
  const clean = (text) => text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const element = (item) => {
    if (item.said !== undefined) {
      const anchor = item.anchor === "middle" ? ' text-anchor="middle"' : "";
      return `<text x="${item.x}" y="${item.y}" font-size="${item.size}" font-weight="${item.weight}" fill="${item.fill}"${anchor}>${clean(item.said)}</text>`;
    }
    const move = item.at ? ` transform="translate(${item.at})${item.scale ? ` scale(${item.scale})` : ""}"` : "";
    const stroke = item.stroke
      ? ` stroke="${item.stroke}" stroke-width="${item.width}" stroke-linejoin="round"${item.dash ? ` stroke-dasharray="${item.dash}"` : ""}`
      : "";
    return `<path d="${item.d}" fill="${item.fill || "none"}"${stroke}${move}/>`;
  };
  NT.paintSvg = (items, [x, y, w, h], background, title) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x} ${y} ${w} ${h}" width="${w}" height="${h}" font-family="${clean(NT.family)}">` +
    `<title>${clean(title)}</title><rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${background}"/>` +
    `${items.map(element).join("\n")}</svg>\n`;
})();
