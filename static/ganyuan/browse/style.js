// Layers of the map for MapLibre, from the symbols that the server's layer specifications state.

const FONT = ["Ganyuan"];
export const FIRST_CELLS = 3, FIRST_PARCEL_ZOOM = 12, LAST_CELLS = FIRST_PARCEL_ZOOM - 1;
const FIRST_EDGE_ZOOM = 12.8;

const name = (config) => (config.language === "en" ? "name_en" : "name");
const short = (config) => (config.language === "en" ? "name_en" : "short_name");

export function empty(config) {
  const sources = {};
  for (const layer of ["ground", "county", "lines", "labels", "zones"]) {
    sources[layer] = {
      type: "geojson",
      data: `${config.base}/gy/map/base/${layer}?v=${config.base_version}`,
    };
  }
  sources.picked = { type: "geojson", data: collection([]) };
  sources.hovered = { type: "geojson", data: collection([]) };
  if (config.basemap) config.basemap.forEach((one, i) => { sources[`basemap-${i}`] = raster(one); });
  return {
    version: 8,
    // A class that is switched off is off in the next frame.
    transition: { duration: 0, delay: 0 },
    sources,
    "font-faces": { Ganyuan: `${config.base}/app/static/fonts/NotoSansSC-Regular.woff2` },
    layers: [
      ...ground(config), ...lines(), ...marks(), ...labels(config),
    ],
  };
}

export const collection = (features) => ({ type: "FeatureCollection", features });

const raster = ({ url, size, attribution, first, last }) => ({
  type: "raster", tiles: [url], tileSize: size, attribution, minzoom: first, maxzoom: last,
});

function ground(config) {
  if (config.basemap) {
    return config.basemap.map((_, i) =>
      ({ id: `basemap-${i}`, type: "raster", source: `basemap-${i}` }));
  }
  const fill = ["match", ["get", "kind"], "neighbour", config.colours.neighbour,
    config.colours.province];
  return [{ id: "ground", type: "fill", source: "ground", paint: { "fill-color": fill } }];
}

const lines = () => [
  { id: "county-line", type: "line", source: "lines", filter: ["==", ["get", "level"], "county"],
    paint: { "line-color": "#BDBDBD", "line-width": 0.7 } },
  { id: "prefecture-line", type: "line", source: "lines",
    filter: ["==", ["get", "level"], "prefecture"],
    paint: { "line-color": "#8A8A8A", "line-width": 1.1 } },
];

const marks = () => [
  { id: "hovered", type: "line", source: "hovered",
    paint: { "line-color": "#0B4F8A", "line-width": 1.5, "line-opacity": 0.7 } },
  { id: "picked-halo", type: "line", source: "picked",
    paint: { "line-color": "#FFFFFF", "line-width": 5, "line-opacity": 0.8 } },
  { id: "picked", type: "line", source: "picked",
    paint: { "line-color": "#0B4F8A", "line-width": 2.5 } },
  { id: "zones", type: "symbol", source: "zones",
    layout: {
      "icon-image": ["concat", "zone-", ["get", "zone_class"]],
      "icon-allow-overlap": true, "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 6, 0.75, 10, 1.1],
    } },
];

const halo = { "text-halo-color": "#FFFFFF", "text-halo-width": 1.4 };

const labels = (config) => [
  { id: "zone-names", type: "symbol", source: "zones", minzoom: 9.5,
    layout: {
      "text-field": ["get", config.language === "en" ? "name_en" : "name_zh"],
      "text-font": FONT, "text-size": 11, "text-offset": [0, 1.1], "text-anchor": "top",
      "text-max-width": 9, "text-optional": true,
    },
    paint: { "text-color": "#0B4F8A", ...halo } },
  { id: "county-names", type: "symbol", source: "labels", minzoom: 8.2,
    filter: ["==", ["get", "level"], "county"],
    layout: { "text-field": ["get", name(config)], "text-font": FONT, "text-size": 11.5,
      "text-max-width": 8 },
    paint: { "text-color": "#5B5B5B", ...halo } },
  { id: "prefecture-names", type: "symbol", source: "labels", maxzoom: 10.5,
    filter: ["==", ["get", "level"], "prefecture"],
    layout: { "text-field": ["get", short(config)], "text-font": FONT, "text-size": 13.5,
      "text-padding": 1, "text-max-width": 7 },
    paint: { "text-color": "#333333", ...halo } },
];

// The layers of one version: cells or units at small scales, parcels beyond. They lie below the
// boundaries, and each class is a layer of its own, so that switching one costs a frame.
export function data(config, state, numbers) {
  const classes = config.classes[state.colour];
  return [...overview(config, state), ...classes.flatMap((one) => parcels(one, numbers, state))];
}

function overview(config, state) {
  if (state.over !== "grid") return [];
  const amounts = ["match", ["get", "b"],
    ...config.ramp.slice(1).flatMap((colour, i) => [i, colour]), config.ramp[1]];
  return [{
    id: "cells", type: "fill", source: "cells", "source-layer": "cells",
    maxzoom: FIRST_PARCEL_ZOOM,
    paint: { "fill-color": amounts, "fill-antialias": false },
  }];
}

function parcels(one, numbers, state) {
  const drawn = {
    source: "parcels", "source-layer": `c${one.number}`, minzoom: FIRST_PARCEL_ZOOM,
    filter: filter(state.filters, numbers, state.colour),
    metadata: { parcels: true, key: one.key },
  };
  const fill = one.hatch ? { "fill-pattern": `hatch-${one.key}` } : {
    "fill-color": one.fill, "fill-opacity": one.opacity,
  };
  return [
    { ...drawn, id: `parcels-${one.key}`, type: "fill",
      paint: { "fill-antialias": false, ...fill } },
    { ...drawn, id: `edges-${one.key}`, type: "line", minzoom: FIRST_EDGE_ZOOM,
      paint: { "line-color": one.stroke, "line-width": one.weight,
        ...(one.dash.length ? { "line-dasharray": one.dash } : {}) } },
  ];
}

const DAY = 86_400_000, PER_M2 = 100;

// Which parcels of a tile are drawn. Classes of the colours are layers of their own and not asked
// about here; a text is, by the server.
export function filter(filters, numbers, colour) {
  const all = ["all"];
  const other = colour === "status" ? "group" : "status";
  const key = { status: "s", group: "g" };
  if (filters[other].length) {
    const codes = filters[other].map((one) => numbers[other][one]).filter((n) => n !== undefined);
    all.push(["in", ["get", key[other]], ["literal", codes]]);
  }
  for (const [place, short] of [["prefecture", "p"], ["county", "k"], ["zone", "z"]]) {
    if (filters[place]) all.push(["==", ["get", short], numbers[place][filters[place]] ?? -1]);
  }
  if (filters.area_from) all.push([">=", ["get", "a"], Number(filters.area_from) * PER_M2]);
  if (filters.area_to) all.push(["<=", ["get", "a"], Number(filters.area_to) * PER_M2]);
  const day = filters.dated === "signed_on" ? "ds" : "da";
  const present = ["coalesce", ["get", day], -1e9];
  if (filters.date_from) all.push([">=", present, Date.parse(filters.date_from) / DAY]);
  if (filters.date_to) {
    all.push(["all", [">", present, -1e8], ["<=", present, Date.parse(filters.date_to) / DAY]]);
  }
  return all;
}

// Whether a class is drawn under the filters: its opacity and nothing else changes.
export const classOpacity = (one, filters, colour, opacity) => {
  const wanted = filters[colour];
  const shown = !wanted.length || wanted.includes(one.key);
  return shown ? opacity * (one.hatch ? 1 : one.opacity) : 0;
};
