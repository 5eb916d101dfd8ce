// The buttons on the map.

import { el, svg } from "./dom.js";

// Drawn here, so that they look the same whatever fonts a machine has.
const SIGNS = {
  in: "M8 2.5V13.5M2.5 8H13.5", out: "M2.5 8H13.5", home: "M2 8L8 2.5L14 8M4 7V13.5H12V7",
  box: "M2.5 3.5H13.5V12.5H2.5Z", outline: "M3 4L9 2.5L13.5 7L11 13L4 12Z",
  circle: "M8 2.5A5.5 5.5 0 1 1 7.99 2.5ZM8 8H13.5",
  length: "M2 12L14 4M2 9.5V14M14 2V6.5M6 7.7L7.3 9.6M9.4 5.5L10.7 7.4",
  area: "M2.5 13.5V5L8 2.5L13.5 6V13.5ZM5.5 13V9M8 13V7M10.5 13V9",
  compare: "M8 1.5V14.5M2.5 4H6V12H2.5ZM10 4H13.5V12H10Z",
  link: "M6.5 9.5L9.5 6.5M7.5 4.5L9.5 2.5A2.8 2.8 0 0 1 13.5 6.5L11.5 8.5M8.5 11.5L6.5 13.5" +
    "A2.8 2.8 0 0 1 2.5 9.5L4.5 7.5",
  help: "M5.5 6A2.5 2.5 0 1 1 8.6 8.4C8.1 8.6 8 9 8 10M8 12.3V12.6",
  panel: "M2.5 3H13.5V13H2.5ZM6.5 3V13",
};

export function toolbar(config, app) {
  const { texts } = config, buttons = new Map();
  const button = (name, work, key = "") => {
    const sign = svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" },
      svg("path", { d: SIGNS[name] }));
    const node = el("button", { type: "button", title: texts[`tool_${name}`] + (key && ` (${key})`),
      "aria-label": texts[`tool_${name}`], "data-tool": name, onclick: work }, sign);
    buttons.set(name, node);
    return node;
  };
  const drawing = (name, key) => button(name, () =>
    (app.tools.tool === name ? app.tools.stop() : app.tools.start(name)), key);
  const node = el("div", { class: "gb-tools gb-control", role: "toolbar", "aria-label": texts.tools },
    el("div", {}, button("panel", () => app.root.classList.toggle("gb-folded"), "L"),
      button("in", () => app.chart.zoomBy(1), "+"), button("out", () => app.chart.zoomBy(-1), "−"),
      button("home", () => app.home(), "H")),
    el("div", {}, drawing("box", "B"), drawing("outline", "P"), drawing("circle", "C")),
    el("div", {}, drawing("length", "D"), drawing("area", "A")),
    el("div", {}, button("compare", () => app.compare(!app.state.other), "S"),
      button("link", () => app.copyLink(), "K"), button("help", () => app.keys.help(), "?")));
  return {
    node,
    mark: (tool) => buttons.forEach((one, name) =>
      one.setAttribute("aria-pressed", String(name === tool))),
  };
}
