"use strict";
// Making elements: text is text, and a link leads to http(s) or nowhere.
(() => {
  NT.at = (id) => document.getElementById(id);
  NT.make = (tag, className = "", said = "", children = []) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (said) made.textContent = said;
    made.append(...children.filter(Boolean));
    return made;
  };
  NT.button = (className, said, press, label = "") => {
    const made = NT.make("button", className, said);
    made.type = "button";
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", press);
    return made;
  };
  NT.link = (url, said) => {
    let parsed = null;
    try {
      parsed = new URL(url);
    } catch { /* no address: shown as text */ }
    if (!parsed || !["http:", "https:"].includes(parsed.protocol)) return NT.make("span", "", said);
    const made = NT.make("a", "", said);
    made.href = parsed.href;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  };
  const SVG = "http://www.w3.org/2000/svg";
  NT.icon = (name) => {
    const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", `icon role-${name in NT.icons ? name : "other"}`);
    path.setAttribute("d", NT.icons[name] || NT.icons.other);
    svg.append(path);
    return svg;
  };
  NT.span = (since, until) =>
    since && until ? (since === until ? since : `${since} to ${until}`) : since ? `since ${since}` : until ? `until ${until}` : "undated";
  // A name written from right to left must not turn round what stands beside it.
  const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
  NT.iso = (said) => (RIGHT_TO_LEFT.test(said) ? `\u2068${said}\u2069` : said);
  // A long list comes in parts: the first so many, and a button for the next.
  NT.inParts = (list, all, size, one, after = () => {}) => {
    let done = 0;
    const more = () => {
      list.append(...all.slice(done, done + size).map(one));
      done = Math.min(all.length, done + size);
      if (done >= all.length) return;
      const next = NT.button("more", `Showing ${done.toLocaleString("en")} of ${all.length.toLocaleString("en")}. Show more`, () => {
        const li = next.parentElement, last = li.previousElementSibling;
        li.remove();
        more();
        after();
        last.nextElementSibling?.querySelector("button")?.focus();
      });
      list.append(NT.make("li", "", "", [next]));
    };
    more();
  };
  NT.count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
  // On a narrow screen the evidence is elsewhere on the page.
  NT.reveal = () => NT.isNarrow() && NT.at("drawer").scrollIntoView({ block: "start" });
  NT.toast = (said) => {
    NT.at("toast").textContent = said;
    NT.at("toast").classList.add("up");
    setTimeout(() => NT.at("toast").classList.remove("up"), 2500);
  };
})();
