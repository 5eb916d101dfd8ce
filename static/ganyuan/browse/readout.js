// The line under the map: scale bar, coordinates in degrees and in the 3-degree zone, sources.

import { el, script } from "./dom.js";

const NICE = [1, 2, 5], WIDEST = 110;
const A = 6378137, E2 = 0.006694380022900788;

export class Readout {
  constructor(stage, config) {
    this.config = config;
    this.bar = el("i", {});
    this.length = el("span", {});
    this.place = el("span", { class: "gb-place" });
    this.zoom = el("span", {});
    this.node = el("div", { class: "gb-foot gb-control" },
      el("span", { class: "gb-scale" }, this.bar, this.length), this.zoom, this.place,
      el("span", { class: "gb-sources", title: config.sources.join(" · ") },
        config.sources.join(" · ")));
    stage.append(this.node);
    script(`${config.base}/app/static/ganyuan/geometry.js`).catch(() => {});
  }

  // The metre along the parallel of the middle of the map, on the ellipsoid.
  update(chart) {
    const { width, height } = this.node.parentElement.getBoundingClientRect();
    const [west, lat] = chart.unproject([width / 2 - 50, height / 2]);
    const [east] = chart.unproject([width / 2 + 50, height / 2]);
    const phi = (lat * Math.PI) / 180;
    const radius = A / Math.sqrt(1 - E2 * Math.sin(phi) ** 2);
    const perPixel = (radius * Math.cos(phi) * ((east - west) * Math.PI)) / 180 / 100;
    const most = perPixel * WIDEST, power = 10 ** Math.floor(Math.log10(most));
    const metres = Math.max(...NICE.map((n) => n * power).filter((n) => n <= most));
    this.bar.style.width = `${metres / perPixel}px`;
    this.length.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
    this.zoom.textContent = `z ${chart.view().zoom.toFixed(1)}`;
  }

  point(place) {
    if (!place) return;
    const [lon, lat] = place, { config } = this;
    const zone = Math.round(lon / 3);
    let text = `CGCS2000 ${lon.toFixed(5)}°E ${lat.toFixed(5)}°N`;
    if (window.ganyuan?.gaussKruger) {
      const { x, y } = window.ganyuan.gaussKruger(lat, lon, zone);
      text += `　${config.texts.crs_zone.replace("{zone}", zone)} X ${x.toFixed(1)} ` +
        `Y ${zone}${y.toFixed(1).padStart(8, "0")}`;
    }
    this.place.textContent = text;
  }
}
