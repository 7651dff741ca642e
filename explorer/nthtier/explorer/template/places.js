"use strict";
// Where cards stand in each view, which are shown, and what waits in stacks "+N".
(() => {
  const CHUNK = 48; // cards that one opening of a stack adds, in whole lines
  const views = NT.data.layouts;
  let narrow = false;
  NT.isNarrow = () => narrow;
  NT.topDown = () => NT.state.view === "ownership";
  const kind = () => (NT.topDown() ? "ownership" : "paths");
  NT.layout = () => views[kind()][narrow ? "narrow" : "wide"];
  NT.cardSize = () => NT.layout().card;
  const opened = new Map();
  const key = (stack) => `${kind()} ${narrow} ${stack.id}`;
  NT.openCards = (stack) => opened.get(key(stack)) || 0;
  // The spots of a stack are taken in turn: a card that is asked for takes the next one.
  for (const view of Object.values(views))
    for (const layout of Object.values(view)) {
      layout.waits = new Map();
      for (const s of layout.stacks) {
        s.spots = s.hidden.map((id) => layout.at[id]);
        for (const id of s.hidden) {
          layout.waits.set(id, s);
          delete layout.at[id];
        }
      }
    }

  let places = new Map();
  NT.placed = new Set();
  NT.place = (id) => places.get(id);
  NT.stackAt = (id) => NT.layout().stacks.find((s) => s.id === id);
  // A stack that is open moves everything beyond it outward.
  const place = () => {
    const layout = NT.layout(), wide = !narrow && !NT.topDown();
    const open = layout.stacks.filter((s) => NT.openCards(s));
    const beyond = (stack, tier, [x, y], own) => {
      if (own === stack) return false;
      if (!wide) return y > stack.at[1];
      return (tier < 0) === (stack.tier < 0) && Math.abs(tier) > Math.abs(stack.tier);
    };
    const moved = (tier, at, own) => {
      let [x, y] = at;
      for (const s of open) {
        if (!beyond(s, tier, at, own)) continue;
        const lines = Math.ceil(NT.openCards(s) / s.per);
        x += lines * s.step[0];
        y += lines * s.step[1];
      }
      return { x, y };
    };
    places = new Map();
    NT.placed = new Set();
    const put = (id, at, own) => {
      NT.placed.add(id);
      places.set(id, moved(NT.nodes.get(id).tier, at, own));
    };
    for (const [id, at] of Object.entries(layout.at)) put(id, at, null);
    for (const s of open) s.hidden.slice(0, NT.openCards(s)).forEach((id, turn) => put(id, s.spots[turn], s));
    for (const s of layout.stacks) places.set(s.id, moved(s.tier, s.at, s));
    NT.tierColumns = layout.columns.map(([x, first, last]) => [moved(first, [x, 0], null).x, first, last]);
  };
  NT.arrange = () => {
    place();
    NT.onCanvas = new Set([...NT.shown].filter((id) => NT.placed.has(NT.edges.get(id).from) && NT.placed.has(NT.edges.get(id).to)));
  };
  NT.setNarrow = (now) => {
    narrow = now;
    if (NT.shown) NT.refresh();
  };
  NT.turnStack = (stack) => {
    const before = NT.openCards(stack), all = stack.hidden.length;
    opened.set(key(stack), before >= all ? 0 : Math.min(all, before + CHUNK - (before % stack.per)));
    NT.arrange();
  };
  NT.bringOut = (ids) => {
    for (const id of ids) {
      const stack = NT.layout().waits.get(id);
      if (!stack) continue;
      const turn = stack.hidden.indexOf(id), next = NT.openCards(stack);
      if (turn < next) continue;
      stack.hidden.splice(turn, 1);
      stack.hidden.splice(next, 0, id);
      opened.set(key(stack), next + 1);
    }
  };
  const PLURALS = { supplier: "suppliers", investor: "investors", customer: "customers", holding: "owned companies",
    venture: "joint ventures", partner: "partners", regulator: "regulators" };
  NT.plurals = PLURALS;
  NT.stackWords = (stack) => {
    const left = stack.hidden.length - NT.openCards(stack);
    if (!left) return ["Show fewer", "close this stack"];
    const kinds = new Set(stack.hidden.map((id) => NT.nodes.get(id).icon));
    const what = kinds.size === 1 ? PLURALS[[...kinds][0]] || "companies" : "companies";
    return [`+${left.toLocaleString("en")}`, `more ${what}`];
  };
})();
