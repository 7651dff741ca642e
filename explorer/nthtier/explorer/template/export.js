"use strict";
// PNG, SVG, CSV, the link to this view, and the printed page.
(() => {
  const { at } = NT;
  const stem = () => (NT.data.focus.map(NT.name).join("-").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "nthtier");
  const save = (blob, ending) => {
    const made = document.createElement("a");
    made.href = URL.createObjectURL(blob);
    made.download = `${stem()}.${ending}`;
    document.body.append(made);
    made.click();
    made.remove();
    setTimeout(() => URL.revokeObjectURL(made.href), 10_000);
  };
  NT.svgText = () => NT.paintSvg(NT.scene(), NT.bounds(), NT.colors.stage, at("name").textContent);
  // A spreadsheet must not take a name for a formula.
  const cell = (said) => {
    const safe = /^[=+\-@\t\r]/.test(said) ? `'${said}` : said;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  NT.csvText = () => `\ufeff${[NT.columns, ...NT.rowsShown()].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
  NT.picture = () => {
    const [x, y, w, h] = NT.bounds();
    const scale = Math.min(2, 12_000 / Math.max(w, h));
    const canvas = document.createElement("canvas");
    canvas.width = Math.ceil(w * scale);
    canvas.height = Math.ceil(h * scale);
    const ctx = canvas.getContext("2d");
    ctx.fillStyle = NT.colors.stage;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    ctx.scale(scale, scale);
    ctx.translate(-x, -y);
    NT.paintCanvas(ctx, NT.scene());
    return canvas;
  };
  at("png").addEventListener("click", () => NT.picture().toBlob((blob) => save(blob, "png")));
  at("svg").addEventListener("click", () => save(new Blob([NT.svgText()], { type: "image/svg+xml" }), "svg"));
  at("csv").addEventListener("click", () => save(new Blob([NT.csvText()], { type: "text/csv;charset=utf-8" }), "csv"));
  at("link").addEventListener("click", async () => {
    const url = location.href.split("#")[0] + NT.hash;
    try {
      await navigator.clipboard.writeText(url);
    } catch { // no permission: the old way
      const field = document.createElement("textarea");
      field.value = url;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    NT.toast("Link to this view copied");
  });
  at("print").addEventListener("click", () => print());
  // On paper everything is light, and the picture is drawn once more as SVG.
  let dark = false;
  addEventListener("beforeprint", () => {
    dark = document.documentElement.dataset.theme === "dark";
    if (dark) NT.theme("light");
    const read = new DOMParser().parseFromString(NT.svgText(), "image/svg+xml").documentElement;
    at("figure").replaceChildren(document.importNode(read, true));
  });
  addEventListener("afterprint", () => {
    at("figure").replaceChildren();
    if (dark) NT.theme("dark");
  });
})();
