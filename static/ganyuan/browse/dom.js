// Small helpers for building nodes. Text always goes in as text, never as markup.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

// A picture of a symbol as layers/legend.py draws it.
export function swatch(symbol) {
  const box = svg("svg", { width: 20, height: 12, viewBox: "0 0 20 12", "aria-hidden": "true" });
  if (symbol.hatch) {
    const strokes = [-6, -1, 4, 9, 14].map((x) => `M${x} 11L${x + 10} 1`).join("");
    box.append(svg("path", { d: strokes, stroke: symbol.fill, "stroke-width": 1.2 }));
  }
  box.append(svg("rect", {
    x: 1, y: 1, width: 18, height: 10,
    fill: symbol.hatch || !symbol.fill ? "none" : symbol.fill,
    "fill-opacity": symbol.opacity ?? 1,
    stroke: symbol.stroke, "stroke-width": symbol.weight ?? 1,
    ...(symbol.dash && symbol.dash.length ? { "stroke-dasharray": symbol.dash.join(" ") } : {}),
  }));
  return box;
}

export function segmented(label, options, chosen, choose) {
  const group = el("div", { class: "gb-segments", role: "radiogroup", "aria-label": label });
  const buttons = options.map(({ value, text }) => el("button", {
    type: "button", role: "radio", "aria-checked": String(value === chosen), "data-value": value,
    onclick: () => { mark(value); choose(value); },
  }, text));
  const mark = (value) => buttons.forEach((button) =>
    button.setAttribute("aria-checked", String(button.dataset.value === value)));
  group.append(...buttons);
  group.mark = mark;
  return group;
}

export function select(label, options, chosen, choose) {
  const list = el("select", { "aria-label": label, onchange: () => choose(list.value) });
  list.fill = (entries, value) => {
    list.replaceChildren(...entries.map(({ value: code, text }) =>
      el("option", { value: code, selected: code === value }, text)));
    list.value = value;
  };
  list.fill(options, chosen);
  return list;
}

// Loads a classic script once, however often it is asked for.
const scripts = new Map();

export function script(address) {
  if (!scripts.has(address)) {
    scripts.set(address, new Promise((done, fail) => {
      const node = el("script", { src: address });
      node.onload = done;
      node.onerror = () => { scripts.delete(address); fail(new Error(address)); };
      document.head.append(node);
    }));
  }
  return scripts.get(address);
}

// Calls once things have been quiet for a while.
export function quiet(milliseconds, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), milliseconds);
  };
}
