// The map drawn by the graphics processor: one MapLibre map that lives as long as the page does.

import * as style from "./style.js";
import { hatching, marker, pixelRatio } from "./symbols.js";
import { query } from "./state.js";

const LAST_PARCELS = 16;
const BELOW = "county-line";

export const supported = () => {
  const probe = document.createElement("canvas");
  try {
    return Boolean(probe.getContext("webgl2"));
  } catch {
    return false;
  }
};

export class GlChart {
  static async make(node, config, state, events) {
    const home = `${config.base}/app/static/vendor/maplibre-gl`;
    const library = await import(`${home}/maplibre-gl.mjs`);
    library.setWorkerUrl(`${location.origin}${home}/maplibre-gl-worker.mjs`);
    const chart = new GlChart(library, node, config, state, events);
    await new Promise((done) => chart.map.once("style.load", done));
    chart.symbols();
    return chart;
  }

  constructor(library, node, config, state, events) {
    this.config = config;
    this.events = events;
    this.drawn = [];
    const view = state.view;
    this.map = new library.Map({
      container: node,
      style: style.empty(config),
      ...(view ? { center: [view.lon, view.lat], zoom: view.zoom }
        : { bounds: config.bounds, fitBoundsOptions: { padding: { top: 12, right: 12, bottom: 28, left: 44 } } }),
      minZoom: 4, maxZoom: 19, dragRotate: false, pitchWithRotate: false, maxPitch: 0,
      attributionControl: false, fadeDuration: 0, trackResize: true,
      localIdeographFontFamily: false,
      transformRequest: (url) => ({ url: url.startsWith("/") ? location.origin + url : url }),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    for (const name of ["move", "moveend", "idle", "resize"]) {
      this.map.on(name, () => events[name]?.());
    }
    this.map.on("click", (event) => events.click(this.at(event.point), event.lngLat));
    this.map.on("mousemove", (event) => events.hover(this.at(event.point), event.lngLat, event.point));
    this.map.on("mouseout", () => events.hover(null, null, null));
    // Tiles on their way are work that a person waits for.
    this.map.on("dataloading", () => events.loading?.(true));
    this.map.on("idle", () => events.loading?.(false));
    this.map.on("error", ({ error }) => events.trouble(error));
  }

  symbols() {
    const { config, map } = this;
    for (const one of [...config.classes.status, ...config.classes.group]) {
      if (one.hatch) map.addImage(`hatch-${one.key}`, hatching(one), { pixelRatio });
    }
    for (const [key, symbol] of Object.entries(config.zone_symbols)) {
      map.addImage(`zone-${key}`, marker(symbol), { pixelRatio });
    }
  }

  // ---- what is shown -------------------------------------------------------------------------

  // Shows a version on a day, in the colours and under the filters of the state.
  show(where, numbers, state) {
    this.where = where;
    this.numbers = numbers;
    this.clear();
    const { map } = this;
    map.addSource("cells", {
      type: "vector", tiles: [this.cellsUrl(state)], minzoom: style.FIRST_CELLS,
      maxzoom: style.LAST_CELLS,
    });
    map.addSource("parcels", {
      type: "vector", tiles: [this.parcelsUrl(state)],
      minzoom: style.FIRST_PARCEL_ZOOM, maxzoom: LAST_PARCELS,
    });
    this.text = state.filters.q;
    this.addLayers(state);
  }

  addLayers(state) {
    for (const layer of style.data(this.config, state, this.numbers)) {
      this.map.addLayer(layer, BELOW);
      if (layer.source === "parcels") this.drawn.push(layer);
    }
    this.opacities(state);
  }

  clear() {
    const { map } = this;
    for (const { id } of this.drawn) map.removeLayer(id);
    this.drawn = [];
    if (map.getLayer("cells")) map.removeLayer("cells");
    for (const source of ["cells", "parcels"]) if (map.getSource(source)) map.removeSource(source);
  }

  url(path, parameters) {
    const { base } = this.config, { ticket, day } = this.where;
    return `${location.origin}${base}/gy/map/${ticket}/${day}/${path}?${parameters}`;
  }

  cellsUrl(state) {
    return this.url("tile/{z}/{x}/{y}", `colour=${state.colour}&${query(state.filters)}`);
  }

  parcelsUrl(state) {
    const text = query(state.filters, ["q"]);
    return this.url("tile/{z}/{x}/{y}", `colour=${state.colour}&${text}`);
  }

  // Filters that changed: classes by their opacity, the rest by the tiles that are here already.
  filters(state, changed) {
    const { map } = this;
    map.getSource("cells").setTiles([this.cellsUrl(state)]);
    if (this.text !== state.filters.q) {
      this.text = state.filters.q;
      map.getSource("parcels").setTiles([this.parcelsUrl(state)]);
    }
    if (!changed || changed.some((name) => name !== state.colour && name !== "q")) {
      const passes = style.filter(state.filters, this.numbers, state.colour);
      for (const { id } of this.drawn) map.setFilter(id, passes);
    }
    this.opacities(state);
  }

  colour(state) {
    this.show(this.where, this.numbers, state);
  }

  over(state) {
    const { map } = this;
    if (map.getLayer("cells")) map.removeLayer("cells");
    if (state.over === "grid") {
      const [cells] = style.data(this.config, state, this.numbers);
      map.addLayer(cells, BELOW);
    }
    this.opacities(state);
  }

  // Counties or zones coloured by amount: code to class number.
  unitClasses(level, classes) {
    const { map, config } = this;
    for (const id of ["units", "unit-points"]) if (map.getLayer(id)) map.removeLayer(id);
    if (!level) return;
    const key = level === "county" ? "adcode" : "zone_id";
    const entries = Object.entries(classes);
    const paint = entries.length ? ["match", ["get", key],
      ...entries.flatMap(([code, b]) => [code, config.ramp[b + 1]]), "rgba(0,0,0,0)"]
      : "rgba(0,0,0,0)";
    if (level === "county") {
      map.addLayer({ id: "units", type: "fill", source: "county",
        maxzoom: style.FIRST_PARCEL_ZOOM, paint: { "fill-color": paint } }, BELOW);
    } else {
      map.addLayer({ id: "unit-points", type: "circle", source: "zones",
        maxzoom: style.FIRST_PARCEL_ZOOM,
        paint: { "circle-color": paint, "circle-stroke-width": 1, "circle-stroke-color": "#FFFFFF",
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 6, 5.5, 9, 10] } }, "zones");
    }
  }

  footprints(data) {
    const { map } = this;
    if (map.getSource("footprints")) return;
    map.addSource("footprints", { type: "geojson", data });
    map.addLayer({ id: "footprints", type: "line", source: "footprints",
      paint: { "line-color": "#0B4F8A", "line-width": 1.4, "line-dasharray": [4, 2] } }, "hovered");
  }

  opacities(state) {
    const { map, config } = this, { layers } = state;
    const strength = (name) => (layers[name].on ? layers[name].opacity : 0);
    for (const one of config.classes[state.colour]) {
      const share = style.classOpacity(one, state.filters, state.colour, strength("parcels"));
      map.setPaintProperty(`parcels-${one.key}`, "fill-opacity", share);
      map.setPaintProperty(`edges-${one.key}`, "line-opacity", share > 0 ? strength("parcels") : 0);
    }
    const paint = (id, property, name) => {
      if (map.getLayer(id)) map.setPaintProperty(id, property, strength(name));
    };
    paint("cells", "fill-opacity", "overview");
    paint("units", "fill-opacity", "overview");
    paint("unit-points", "circle-opacity", "overview");
    paint("unit-points", "circle-stroke-opacity", "overview");
    paint("footprints", "line-opacity", "footprints");
    for (const id of ["county-line", "prefecture-line"]) paint(id, "line-opacity", "boundaries");
    paint("zones", "icon-opacity", "zones");
    // Circles of amounts stand where the markers do.
    const amounts = map.getLayer("unit-points") && layers.overview.on;
    map.setLayerZoomRange("zones", amounts ? style.FIRST_PARCEL_ZOOM : 0, 24);
    paint("zone-names", "text-opacity", "zones");
    for (const id of ["county-names", "prefecture-names"]) paint(id, "text-opacity", "labels");
  }

  // ---- what lies where -----------------------------------------------------------------------

  at(point) {
    // As a pair: anything but a pair or a point of the library would mean the whole view to it.
    const near = 3, here = [point.x, point.y];
    const box = [[point.x - near, point.y - near], [point.x + near, point.y + near]];
    const [zone] = this.seen(box, ["zones", "unit-points"], "icon-opacity");
    if (zone) return { kind: "zone", id: zone.properties.zone_id, feature: zone };
    const fills = this.drawn.filter(({ type }) => type === "fill").map(({ id }) => id);
    const [parcel] = this.seen(here, fills, "fill-opacity");
    if (parcel) return { kind: "parcel", row: parcel.id, feature: parcel };
    const [cell] = this.seen(here, ["cells"], "fill-opacity");
    if (cell) return { kind: "cell", id: cell.id, feature: cell };
    const [unit] = this.seen(here, ["units"], "fill-opacity");
    return unit ? { kind: "unit", id: unit.properties.adcode, feature: unit } : null;
  }

  // What is drawn there: a class that is switched off is still in the map, at no opacity.
  seen(where, ids, property) {
    const { map } = this;
    const layers = ids.filter((id) => map.getLayer(id) &&
      (map.getPaintProperty(id, id === "unit-points" ? "circle-opacity" : property) ?? 1) > 0);
    return layers.length ? map.queryRenderedFeatures(where, { layers }) : [];
  }

  outline(source, features) {
    this.map.getSource(source).setData(style.collection(features));
  }

  // ---- the view ------------------------------------------------------------------------------

  view() {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }

  jump({ lon, lat, zoom }) {
    this.map.jumpTo({ center: [lon, lat], zoom });
  }

  fit(bounds, most = 17) {
    const [west, south, east, north] = bounds;
    this.map.fitBounds([[west, south], [east, north]], { padding: 40, maxZoom: most, duration: 0 });
  }

  zoomBy(step) {
    this.map.zoomTo(this.map.getZoom() + step, { duration: 150 });
  }

  project([lon, lat]) {
    const { x, y } = this.map.project([lon, lat]);
    return [x, y];
  }

  unproject([x, y]) {
    const { lng, lat } = this.map.unproject([x, y]);
    return [lng, lat];
  }

  // While a person draws, the map neither moves by dragging nor zooms by double clicks.
  hold(held) {
    for (const handler of ["dragPan", "doubleClickZoom", "boxZoom"]) {
      this.map[handler][held ? "disable" : "enable"]();
    }
  }

  resize() {
    this.map.resize();
  }

  remove() {
    this.map.remove();
  }
}
