// Drawing on the map: measuring lengths and areas, selecting by box, outline and circle.
// The lines are drawn over the map and not in it, so they work with any kind of map.

import { el, script, svg } from "./dom.js";

const CLOSE_PX = 10, MOST_POINTS = 300;
export const TOOLS = ["box", "outline", "circle", "length", "area"];

// Karney's geodesics on the ellipsoid of CGCS2000.
async function ellipsoid(base) {
  await script(`${base}/app/static/vendor/geographiclib/geodesic.js`);
  return new window.geodesic.Geodesic.Geodesic(6378137, 1 / 298.257222101);
}

export class Tools {
  constructor(host, config, events) {
    this.config = config;
    this.events = events;
    this.tool = null;
    this.points = [];
    this.cursor = null;
    this.shape = null;
    this.measured = null;
    this.sheet = svg("svg", { class: "gb-sheet", "aria-hidden": "true" });
    this.label = el("div", { class: "gb-measure", hidden: true });
    host.append(this.sheet, this.label);
    this.host = host;
    // Before the map: what a person draws is no click on a parcel.
    const catchers = {
      pointerdown: (event) => this.down(event), pointermove: (event) => this.move(event),
      pointerup: (event) => this.up(event), dblclick: (event) => this.double(event),
      click: (event) => (this.tool || this.drew) && this.within(event) && event.stopPropagation(),
    };
    for (const [name, work] of Object.entries(catchers)) host.addEventListener(name, work, true);
  }

  attach(chart) {
    this.chart = chart;
    this.redraw();
  }

  async start(tool) {
    this.stop();
    this.measured = null;
    this.tool = tool;
    this.host.classList.add("gb-drawing");
    this.chart.hold(true);
    this.events.tool(tool);
    if (["length", "area", "circle"].includes(tool)) {
      this.earth ??= await ellipsoid(this.config.base);
    }
    this.redraw();
  }

  stop() {
    if (!this.tool) return false;
    this.tool = null;
    this.points = [];
    this.cursor = null;
    this.host.classList.remove("gb-drawing");
    this.chart.hold(false);
    this.events.tool(null);
    this.redraw();
    return true;
  }

  clear() {
    this.measured = null;
    this.shape = null;
    this.redraw();
  }

  // ---- the hand ------------------------------------------------------------------------------

  within({ target }) {
    return !target.closest(".gb-control");
  }

  spot(event) {
    const box = this.host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    this.drew = false;
    if (!this.tool || event.button !== 0 || !this.within(event)) return;
    event.stopPropagation();
    this.pressed = this.spot(event);
    if (["box", "circle"].includes(this.tool)) {
      this.points = [this.chart.unproject(this.pressed)];
      this.host.setPointerCapture?.(event.pointerId);
    }
  }

  move(event) {
    if (!this.tool || !this.within(event)) return;
    event.stopPropagation();
    this.cursor = this.chart.unproject(this.spot(event));
    this.redraw();
  }

  up(event) {
    if (!this.tool || !this.pressed) return;
    event.stopPropagation();
    // The click that follows the last point comes when the tool is put away already.
    this.drew = true;
    const spot = this.spot(event), place = this.chart.unproject(spot);
    const dragged = Math.hypot(spot[0] - this.pressed[0], spot[1] - this.pressed[1]) > 4;
    this.pressed = null;
    if (["box", "circle"].includes(this.tool)) {
      if (dragged) this.finish([...this.points, place]);
      else this.points = [];
      return;
    }
    if (this.points.length >= 2 && this.near(spot, this.points[0]) && this.tool !== "length") {
      this.finish(this.points);
      return;
    }
    const last = this.points.at(-1);
    if (!last || !this.near(spot, last, 2)) this.points.push(place);
    if (this.points.length >= MOST_POINTS) this.finish(this.points);
    else this.redraw();
  }

  double(event) {
    if (!this.tool || !this.within(event)) return;
    event.stopPropagation();
    this.done();
  }

  near(spot, place, limit = CLOSE_PX) {
    const [x, y] = this.chart.project(place);
    return Math.hypot(spot[0] - x, spot[1] - y) <= limit;
  }

  undo() {
    if (!this.tool || !this.points.length) return false;
    this.points.pop();
    this.redraw();
    return true;
  }

  done() {
    if (!this.tool) return false;
    if (this.points.length >= (this.tool === "length" ? 2 : 3)) this.finish(this.points);
    return true;
  }

  finish(points) {
    const { tool } = this;
    const write = ([lon, lat]) => `${lon.toFixed(6)},${lat.toFixed(6)}`;
    if (tool === "length" || tool === "area") this.measured = { tool, points };
    else if (tool === "outline") this.shape = `ring:${points.map(write).join(";")}`;
    else if (tool === "box") {
      const [[a, b], [c, d]] = points;
      this.shape = `ring:${[[a, b], [c, b], [c, d], [a, d]].map(write).join(";")}`;
    } else {
      const metres = Math.min(500_000, this.distance(points[0], points[1]));
      this.shape = `circle:${write(points[0])},${metres.toFixed(1)}`;
    }
    this.stop();
    if (!this.measured) this.events.shape(this.shape);
    this.redraw();
  }

  // ---- figures -------------------------------------------------------------------------------

  distance([a, b], [c, d]) {
    return this.earth ? this.earth.Inverse(b, a, d, c).s12 : 0;
  }

  length(points) {
    return points.slice(1).reduce((sum, place, i) => sum + this.distance(points[i], place), 0);
  }

  area(points) {
    const polygon = this.earth.Polygon(false);
    for (const [lon, lat] of points) polygon.AddPoint(lat, lon);
    return Math.abs(polygon.Compute(false, true).area);
  }

  figure(tool, points) {
    if (!this.earth || points.length < 2) return "";
    const { texts, unit_text: unit, unit_m2: size, decimals } = this.config;
    const number = (value, digits) => value.toLocaleString("en-US",
      { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const metres = (value) => (value < 10_000 ? `${number(value, 1)} m` : `${number(value / 1000, 3)} km`);
    if (tool === "length") return metres(this.length(points));
    if (tool === "circle") return `${texts.radius} ${metres(this.distance(points[0], points[1]))}`;
    const ring = [...points, points[0]];
    const area = points.length > 2 ? this.area(points) : 0;
    return `${number(area / size, decimals)} ${unit} · ${number(area, 0)} m² · ` +
      `${texts.perimeter} ${metres(this.length(ring))}`;
  }

  // ---- the sheet -----------------------------------------------------------------------------

  redraw() {
    if (!this.chart) return;
    const drawn = [];
    if (this.shape) drawn.push(this.outlineOf(this.shape, "gb-shape"));
    const under = this.tool && this.points.length
      ? { tool: this.tool, points: this.cursor ? [...this.points, this.cursor] : this.points }
      : this.measured;
    if (under) drawn.push(...this.draft(under));
    this.sheet.replaceChildren(...drawn.filter(Boolean));
    this.tell(under);
  }

  draft({ tool, points }) {
    if (tool === "box" && points.length > 1) {
      const [[a, b], [c, d]] = points;
      return [this.path([[a, b], [c, b], [c, d], [a, d]], true, "gb-shape")];
    }
    if (tool === "circle" && points.length > 1) {
      const metres = this.distance(points[0], points[1]);
      return [this.path(this.round(points[0], metres), true, "gb-shape"),
        this.path(points, false, "gb-line")];
    }
    const closed = tool !== "length";
    const dots = points.map((place) => {
      const [x, y] = this.chart.project(place);
      return svg("circle", { cx: x, cy: y, r: 3.5, class: "gb-dot" });
    });
    return [this.path(points, closed, closed ? "gb-shape" : "gb-line"), ...dots];
  }

  round([lon, lat], metres) {
    return Array.from({ length: 96 }, (_, i) => {
      const { lon2, lat2 } = this.earth.Direct(lat, lon, (i * 360) / 96, metres);
      return [lon2, lat2];
    });
  }

  outlineOf(text, name) {
    const [kind, rest] = text.split(":");
    const pairs = rest.split(";").map((pair) => pair.split(",").map(Number));
    if (kind === "ring") return this.path(pairs, true, name);
    if (this.earth) return this.path(this.round(pairs[0], pairs[0][2]), true, name);
    ellipsoid(this.config.base).then((earth) => { this.earth = earth; this.redraw(); });
    return null;
  }

  path(points, closed, name) {
    const steps = points.map((place) => this.chart.project(place)
      .map((n) => n.toFixed(1)).join(" "));
    return svg("path", { d: `M${steps.join("L")}${closed ? "Z" : ""}`, class: name });
  }

  tell(under) {
    const { texts } = this.config;
    const text = under ? this.figure(under.tool, under.points) : "";
    const hint = this.tool ? texts[`hint_${this.tool}`] : "";
    this.label.hidden = !text && !hint;
    this.label.replaceChildren(
      ...[text && el("b", {}, text), hint && el("span", {}, hint)].filter(Boolean));
  }
}
