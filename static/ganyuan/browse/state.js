// What the map shows, and its permalink: the address of the page says all of it.

const FILTERS = [
  "status", "group", "prefecture", "county", "zone", "area_from", "area_to", "dated",
  "date_from", "date_to", "q",
];
const SEVERAL = new Set(["status", "group"]);
const OWN = [...FILTERS, "ds", "v", "day", "colour", "over", "at", "pick", "shape", "off", "fade",
  "with", "split"];

export const LAYERS = ["parcels", "overview", "zones", "footprints", "boundaries", "labels"];

// An address may come from anywhere: what cannot be drawn is as good as not there.
const NUMBER = "-?\\d+(?:\\.\\d+)?", PAIR = `${NUMBER},${NUMBER}`;
const SHAPE = new RegExp(`^(?:circle:${PAIR},${NUMBER}|ring:${PAIR}(?:;${PAIR}){2,299})$`);

function isDay(text) {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  return Number.isFinite(at) && new Date(at).toISOString().slice(0, 10) === text;
}

export function read(config) {
  const asked = new URLSearchParams(location.search);
  const get = (name, otherwise = "") => asked.get(name) ?? otherwise;
  const filters = {};
  for (const name of FILTERS) {
    const text = get(name);
    filters[name] = SEVERAL.has(name) ? text.split(",").filter(Boolean) : text;
  }
  filters.dated = filters.dated === "signed_on" ? "signed_on" : "approved_on";
  const set = config.datasets.find((one) => one.dataset === get("ds")) ||
    config.datasets.find((one) => one.dataset === config.dataset) || config.datasets[0];
  const number = Number(get("v"));
  const version = set.versions.find((one) => one.number === number) || set.versions[0];
  const [lon, lat, zoom] = get("at").split(",").map(Number);
  const fade = Object.fromEntries(get("fade").split(",").filter(Boolean).map((part) => {
    const [name, share] = part.split(":");
    return [name, Math.min(1, Math.max(0, Number(share)))];
  }));
  const off = new Set(get("off", config.layers_off.join(",")).split(","));
  return {
    dataset: set.dataset,
    number: version.number,
    day: isDay(get("day")) ? get("day") : version.day,
    colour: get("colour") === "group" ? "group" : "status",
    over: ["county", "zone"].includes(get("over")) ? get("over") : "grid",
    filters,
    layers: Object.fromEntries(LAYERS.map((name) =>
      [name, { on: !off.has(name), opacity: Number.isFinite(fade[name]) ? fade[name] : 1 }])),
    view: get("at") && Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && Number.isFinite(zoom)
      ? { lon, lat, zoom } : null,
    pick: /^\d+$/.test(get("pick")) ? Number(get("pick")) : null,
    shape: SHAPE.test(get("shape")) ? get("shape") : null,
    other: other(config, get("with")),
    split: Math.min(0.95, Math.max(0.05, Number(get("split")) || 0.5)),
  };
}

function other(config, text) {
  const [dataset, number, day] = text.split("~");
  const set = config.datasets.find((one) => one.dataset === dataset);
  const version = set && set.versions.find((one) => one.number === Number(number));
  return version && isDay(day) ? { dataset, number: version.number, day } : null;
}

// Writes the state into the address; what other parts of the product keep there stays.
export function write(state, config) {
  const address = new URL(location.href), found = address.searchParams;
  for (const name of OWN) found.delete(name);
  const put = (name, text, otherwise = "") => { if (text !== otherwise) found.set(name, text); };
  const set = setOf(config, state.dataset);
  put("ds", state.dataset);
  put("v", String(state.number), String(set.versions[0].number));
  put("day", state.day, versionOf(config, state).day);
  put("colour", state.colour, "status");
  put("over", state.over, "grid");
  for (const name of FILTERS) {
    const value = state.filters[name];
    const text = Array.isArray(value) ? value.join(",") : value;
    put(name, text, name === "dated" ? "approved_on" : "");
  }
  const off = LAYERS.filter((name) => !state.layers[name].on).join(",");
  if (off !== config.layers_off.join(",")) found.set("off", off);
  put("fade", LAYERS.filter((name) => state.layers[name].opacity < 1)
    .map((name) => `${name}:${state.layers[name].opacity.toFixed(2)}`).join(","));
  if (state.view) {
    const { lon, lat, zoom } = state.view;
    put("at", `${lon.toFixed(5)},${lat.toFixed(5)},${zoom.toFixed(2)}`);
  }
  if (state.pick !== null) put("pick", String(state.pick));
  put("shape", state.shape || "");
  if (state.other) {
    put("with", `${state.other.dataset}~${state.other.number}~${state.other.day}`);
    put("split", state.split.toFixed(3), "0.500");
  }
  // Commas, colons and semicolons are allowed in a query and easier to read as they are.
  address.search = found.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")
    .replaceAll("%3B", ";").replaceAll("%7E", "~");
  history.replaceState(history.state, "", address);
}

export const setOf = (config, dataset) => config.datasets.find((one) => one.dataset === dataset);
export const versionOf = (config, { dataset, number }) =>
  setOf(config, dataset).versions.find((one) => one.number === number);

// The filters as parameters of a route; what asks for everything stays out.
export function query(filters, only = null) {
  const out = new URLSearchParams();
  for (const name of FILTERS) {
    if (only && !only.includes(name)) continue;
    const value = filters[name];
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text && !(name === "dated" && !filters.date_from && !filters.date_to)) out.set(name, text);
  }
  return out.toString();
}

export const isFiltered = (filters) => query(filters) !== "";

export const noFilters = () => Object.fromEntries(FILTERS.map((name) =>
  [name, SEVERAL.has(name) ? [] : name === "dated" ? "approved_on" : ""]));
