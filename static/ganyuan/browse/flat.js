// The same map in pictures, for browsers without WebGL: Leaflet over tiles that the server paints.

import { script } from "./dom.js";
import { query } from "./state.js";

export class FlatChart {
  static async make(node, config, state, events) {
    await script(`${config.base}/app/static/vendor/leaflet/leaflet.js`);
    return new FlatChart(window.L, node, config, state, events);
  }

  constructor(library, node, config, state, events) {
    this.L = library;
    this.config = config;
    this.events = events;
    this.map = library.map(node, {
      zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 18, zoomSnap: 1,
      doubleClickZoom: true, fadeAnimation: false,
    });
    const { view } = state;
    if (view) this.map.setView([view.lat, view.lon], Math.round(view.zoom) + 1);
    else this.fit(config.bounds);
    this.map.createPane("lines").style.zIndex = 450;
    this.map.getPane("lines").style.pointerEvents = "none";
    this.map.createPane("ground").style.zIndex = 150;
    for (const { url, size, first, last } of config.basemap || []) {
      library.tileLayer(url, { tileSize: size, minZoom: first, maxNativeZoom: last, maxZoom: 18,
        pane: "ground" }).addTo(this.map);
    }
    this.boundaries = library.layerGroup().addTo(this.map);
    this.picked = library.geoJSON(null, { style: { color: "#0B4F8A", weight: 2.5, fill: false } })
      .addTo(this.map);
    this.map.on("move zoom", () => events.move?.());
    this.map.on("moveend", () => { events.moveend?.(); events.idle?.(); });
    this.map.on("click", ({ latlng }) => events.click(null, latlng));
    this.map.on("mousemove", ({ latlng, containerPoint }) =>
      events.hover(null, latlng, containerPoint));
    this.ground();
  }

  async ground() {
    const { base, base_version, language } = this.config;
    const got = async (name) =>
      (await fetch(`${base}/gy/map/base/${name}?v=${base_version}`)).json();
    const [ground, lines, labels] = await Promise.all(["ground", "lines", "labels"].map(got));
    if (!this.config.basemap) {
      const { neighbour, province } = this.config.colours;
      this.L.geoJSON(ground, { pane: "ground", interactive: false, style: ({ properties }) =>
        ({ stroke: false, fillOpacity: 1,
          fillColor: properties.kind === "neighbour" ? neighbour : province }) }).addTo(this.map);
    }
    const looks = { county: { color: "#BDBDBD", weight: 0.7 },
      prefecture: { color: "#8A8A8A", weight: 1.1 } };
    this.boundaries.addLayer(this.L.geoJSON(lines, { pane: "lines", interactive: false,
      style: ({ properties }) => ({ fill: false, ...looks[properties.level] }) }));
    this.names = this.L.layerGroup().addTo(this.map);
    for (const { properties, geometry } of labels.features) {
      if (properties.level !== "prefecture") continue;
      const label = document.createElement("span");
      label.className = "gb-name";
      label.textContent = language === "en" ? properties.name_en : properties.short_name;
      const [lon, lat] = geometry.coordinates;
      this.names.addLayer(this.L.marker([lat, lon], { interactive: false, keyboard: false,
        icon: this.L.divIcon({ html: label, className: "", iconSize: [0, 0] }) }));
    }
    if (this.state) this.opacities(this.state);
  }

  show(where, numbers, state) {
    this.where = where;
    this.state = state;
    this.tiles?.remove();
    this.tiles = this.L.tileLayer(this.url(state), { minZoom: 4, maxZoom: 18 }).addTo(this.map);
    this.tiles.on("loading", () => this.events.loading?.(true));
    this.tiles.on("load", () => { this.events.loading?.(false); this.events.idle?.(); });
    this.opacities(state);
  }

  url(state) {
    const { base } = this.config, { ticket, day } = this.where;
    const asked = `colour=${state.colour}&${query(state.filters)}`;
    return `${base}/gy/map/${ticket}/${day}/picture/{z}/{x}/{y}?${asked}`;
  }

  filters(state) {
    this.state = state;
    this.tiles.setUrl(this.url(state));
  }

  colour(state) {
    this.filters(state);
  }

  over() {}

  unitClasses() {}

  async footprints(address) {
    if (this.outlines) return;
    this.outlines = this.L.geoJSON(null,
      { pane: "lines", interactive: false, style: { color: "#0B4F8A", weight: 1.2, fill: false } })
      .addTo(this.map);
    try {
      this.outlines.addData(await (await fetch(address)).json());
    } catch (error) {
      this.events.trouble(error);
    }
    if (this.state) this.opacities(this.state);
  }

  opacities(state) {
    const { layers } = state;
    const parcels = layers.parcels.on ? layers.parcels.opacity : 0;
    this.tiles?.setOpacity(parcels);
    const { on, opacity } = layers.footprints;
    this.outlines?.setStyle({ opacity: on ? opacity : 0 });
    this.map.getPane("lines").style.opacity = layers.boundaries.on ? layers.boundaries.opacity : 0;
    this.map.getPane("markerPane").style.opacity = layers.labels.on ? layers.labels.opacity : 0;
  }

  outline(source, features) {
    if (source !== "picked") return;
    this.picked.clearLayers();
    if (features.length) this.picked.addData({ type: "FeatureCollection", features });
  }

  view() {
    const { lng, lat } = this.map.getCenter();
    // A tile of Leaflet has 256 pixels, one of MapLibre 512: zooms differ by one.
    return { lon: lng, lat, zoom: this.map.getZoom() - 1 };
  }

  jump({ lon, lat, zoom }) {
    this.map.setView([lat, lon], Math.round(zoom) + 1, { animate: false });
  }

  fit([west, south, east, north], most = 17) {
    this.map.fitBounds([[south, west], [north, east]], { maxZoom: most + 1, animate: false });
  }

  zoomBy(step) {
    this.map.setZoom(this.map.getZoom() + Math.sign(step));
  }

  project([lon, lat]) {
    const { x, y } = this.map.latLngToContainerPoint([lat, lon]);
    return [x, y];
  }

  unproject([x, y]) {
    const { lat, lng } = this.map.containerPointToLatLng([x, y]);
    return [lng, lat];
  }

  hold(held) {
    for (const handler of ["dragging", "doubleClickZoom", "boxZoom"]) {
      this.map[handler][held ? "disable" : "enable"]();
    }
  }

  resize() {
    this.map.invalidateSize({ pan: false });
  }

  remove() {
    this.map.remove();
  }
}
