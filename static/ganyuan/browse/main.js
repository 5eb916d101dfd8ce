// The browse map: one map object that lives as long as the page, fed by the routes of the product.

import { Asker, Refused, aborted } from "./ask.js";
import { el, quiet } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Finder } from "./finder.js";
import { FlatChart } from "./flat.js";
import { GlChart, supported } from "./gl.js";
import { Hover } from "./hover.js";
import { Keys } from "./keys.js";
import { Panel } from "./panel.js";
import { Readout } from "./readout.js";
import { Split } from "./split.js";
import * as permalink from "./state.js";
import { FIRST_CELLS, FIRST_PARCEL_ZOOM, LAST_CELLS } from "./style.js";
import { Tools } from "./tools.js";
import { toolbar } from "./toolbar.js";

// Called by the page at every run; the first call makes the map, later ones change nothing but it.
export async function show(root, config) {
  const identity = JSON.stringify(config);
  if (root.ganyuan?.identity === identity) return;
  root.ganyuan?.app.remove();
  const app = new App(root, config);
  root.ganyuan = { identity, app };
  await app.start();
}

class App {
  constructor(root, config) {
    this.root = root;
    this.config = config;
    this.state = permalink.read(config);
    this.asker = new Asker(config);
    this.numbers = new Map();
    this.build();
  }

  build() {
    const { config, root } = this, { texts } = config;
    this.mapNode = el("div", { class: "gb-map", tabindex: "-1", role: "application",
      "aria-label": texts.map });
    this.stage = el("div", { class: "gb-stage" }, this.mapNode);
    this.panelNode = el("aside", { class: "gb-panel", "aria-label": texts.panel });
    this.drawerNode = el("aside", { class: "gb-drawer gb-control", hidden: true,
      "aria-live": "polite" });
    this.busy = el("div", { class: "gb-busy", hidden: true }, texts.loading);
    this.notice = el("div", { class: "gb-notice", hidden: true, role: "status" });
    this.stage.append(this.drawerNode, this.busy, this.notice);
    this.hand = new Hover(this);
    // Over what is shown, and not over the page: real data may stand beside invented ones.
    this.ribbon = el("div", { class: "gb-ribbon", role: "note", hidden: true }, texts.ribbon);
    this.body = el("div", { class: "gb" }, this.panelNode, this.stage);
    root.replaceChildren(this.ribbon, this.body);
    this.note();
    this.fit();
    this.onresize = () => { this.fit(); this.chart?.resize(); this.split?.resize(); };
    addEventListener("resize", this.onresize);
    // A page that shows something else takes this one out of the document.
    this.watch = new MutationObserver(() => { if (!root.isConnected) this.remove(); });
    this.watch.observe(document.body, { childList: true, subtree: true });
  }

  fit() {
    const top = this.body.getBoundingClientRect().top + scrollY;
    const height = Math.max(420, Math.min(innerHeight - Math.max(top, 40) - 10, innerHeight - 60));
    this.root.style.setProperty("--gb-height", `${Math.round(height)}px`);
  }

  async start() {
    const { config, state } = this;
    this.waiting = { routes: false, maps: new Set() };
    this.asker.onbusy = (n) => { this.waiting.routes = n > 0; this.tellBusy(); };
    this.drawer = new Drawer(this.drawerNode, config, {
      close: () => this.unpick(), zoom: (bounds) => this.chart.fit(bounds),
      pick: (row, bounds) => this.pick(row, bounds), unselect: () => this.select(null),
    });
    this.panel = new Panel(this.panelNode, config, state, {
      filters: (next, changed) => this.filter(next, changed),
      colour: (value) => this.colour(value), over: (value) => this.over(value),
      layer: (name, change) => this.layer(name, change),
      source: (change) => this.source(change), beside: (change) => this.beside(change),
      compare: (on) => this.compare(on),
    });
    this.finder = new Finder(config, {
      ask: (text) => this.asker.json("find", this.where(), "find",
        `text=${encodeURIComponent(text)}`),
      parcel: (one) => this.pick(one.row, one.bounds), place: (one) => this.goTo(one),
      zone: (one) => this.goTo(one),
    });
    this.panelNode.prepend(this.finder.node);
    const events = this.mapEvents();
    const make = supported() && !config.flat ? GlChart : FlatChart;
    this.flat = make === FlatChart;
    this.root.classList.toggle("gb-flat", this.flat);
    if (this.flat) this.say(config.texts.no_webgl);
    const chart = await make.make(this.mapNode, config, state, events);
    if (this.removed) { chart.remove(); return; }
    this.chart = chart;
    this.readout = new Readout(this.stage, config);
    this.tools = new Tools(this.stage, config, {
      tool: (tool) => this.bar.mark(tool), shape: (shape) => this.select(shape),
    });
    this.tools.attach(this.chart);
    this.bar = toolbar(config, this);
    this.stage.append(this.bar.node);
    this.split = new Split(this.stage, config, this);
    this.keys = new Keys(this);
    if (config.footprints) this.chart.footprints(config.footprints);
    await this.showVersion();
    if (state.shape) { this.tools.shape = state.shape; this.tools.redraw(); this.select(state.shape); }
    if (state.pick !== null) this.pick(state.pick, null);
    if (state.other) this.split.open();
    this.readout.update(this.chart);
    this.note();
    this.root.dataset.ready = "1";
  }

  // Words appear late (see the style sheet): most waits are over before.
  tellBusy() {
    this.busy.hidden = !this.waiting.routes && !this.waiting.maps.size;
  }

  loading(name, on) {
    if (on) this.waiting.maps.add(name);
    else this.waiting.maps.delete(name);
    this.tellBusy();
  }

  where(source = this.state) {
    const { ticket } = permalink.versionOf(this.config, source);
    return { ticket, day: source.day };
  }

  // What the numbers in the tiles of a version mean.
  async numbersOf(source) {
    const where = this.where(source);
    if (!this.numbers.has(where.ticket)) {
      const { config } = this;
      const found = await this.asker.json(`codes ${where.ticket}`, where, "codes");
      const own = Object.fromEntries(["status", "group"].map((name) =>
        [name, Object.fromEntries(config.classes[name].map((one) => [one.key, one.number]))]));
      this.numbers.set(where.ticket, { ...found, ...own });
    }
    return this.numbers.get(where.ticket);
  }

  async showVersion() {
    await this.attempt(async () => {
      const numbers = await this.numbersOf(this.state);
      this.chart.show(this.where(), numbers, this.state);
      await this.amounts();
    });
  }

  // ---- amounts -------------------------------------------------------------------------------

  async amounts() {
    const { state } = this;
    const open = { ...state.filters, [state.colour]: [] };
    const narrowed = state.filters[state.colour].length > 0;
    const [summary, whole] = await Promise.all([
      this.asker.json("summary", this.where(), "summary", permalink.query(state.filters)),
      narrowed ? this.asker.json("whole", this.where(), "summary", permalink.query(open)) : null,
      this.overLegend(),
    ]);
    this.panel.amounts(summary, whole || summary);
    this.root.dataset.count = summary.count;
  }

  get close() {
    return this.chart.view().zoom >= FIRST_PARCEL_ZOOM;
  }

  async overLegend() {
    const legend = await this.paintOver(this.chart, this.state, "legend");
    this.legendZoom = this.state.over === "grid" ? this.cellZoom : null;
    this.panel.overLegend(legend, this.close);
    await this.split.over();
  }

  get cellZoom() {
    const zoom = Math.floor(this.chart.view().zoom);
    return Math.min(LAST_CELLS, Math.max(FIRST_CELLS, zoom));
  }

  // Colours the overview of one map by the amounts of its version.
  async paintOver(chart, source, kind) {
    const { state } = this, asked = permalink.query(state.filters);
    if (state.over === "grid") {
      chart.unitClasses(null, {});
      return this.asker.json(kind, this.where(source), `cells/${this.cellZoom}`,
        `colour=${state.colour}&${asked}`);
    }
    const legend = await this.asker.json(kind, this.where(source), `units/${state.over}`, asked);
    if (state.over === "grid" || (chart !== this.chart && chart !== this.split.chart)) return legend;
    chart.unitClasses(state.over, legend.of);
    chart.opacities(state);
    return legend;
  }

  // ---- changes -------------------------------------------------------------------------------

  filter(next, changed) {
    this.state.filters = next;
    this.chart.filters(this.state, changed);
    this.split.filters(changed);
    this.panel.refresh();
    this.note();
    return this.attempt(async () => {
      await this.amounts();
      if (this.state.shape) await this.select(this.state.shape);
    });
  }

  colour(value) {
    this.state.colour = value;
    this.panel.fillLegend();
    this.chart.colour(this.state);
    this.split.colour();
    this.note();
    return this.attempt(() => this.amounts());
  }

  over(value) {
    this.state.over = value;
    this.chart.over(this.state);
    this.split.layers();
    this.note();
    return this.attempt(() => this.overLegend());
  }

  layer(name, change) {
    Object.assign(this.state.layers[name], change);
    this.chart.opacities(this.state);
    this.split.opacities();
    this.note();
  }

  source(change) {
    Object.assign(this.state, change);
    this.unpick();
    this.panel.refresh();
    this.note();
    return this.showVersion();
  }

  beside(change) {
    Object.assign(this.state.other, change);
    this.panel.refresh();
    this.note();
    this.split.show();
  }

  compare(on) {
    const { state, config } = this;
    const { versions } = permalink.setOf(config, state.dataset);
    const earlier = versions.find((one) => one.number < state.number);
    const { dataset, number, day } = state;
    // The version before; where there is none, the same one a year earlier.
    state.other = !on ? null : earlier ? { dataset, number: earlier.number, day: earlier.day }
      : { dataset, number, day: yearBefore(day, config.first_day) };
    if (on) this.split.open();
    else this.split.close();
    this.panel.refresh();
    this.note();
  }

  // ---- picking -------------------------------------------------------------------------------

  async pick(row, bounds, source = this.state) {
    this.state.pick = source === this.state ? row : null;
    if (bounds) this.chart.fit(bounds, 16);
    this.drawer.waiting();
    this.note();
    await this.attempt(async () => {
      const card = await this.asker.json("card", this.where(source), `card/${row}`);
      this.outline("picked", source, card.shape);
      this.drawer.card(card);
    }, true);
  }

  // Outlines a parcel on the map whose version it belongs to, and nothing on the other.
  outline(layer, source, shape) {
    const features = shape ? [{ type: "Feature", properties: {}, geometry: shape }] : [];
    const beside = source === this.state.other;
    this.chart?.outline(layer, beside ? [] : features);
    this.split?.chart?.outline(layer, beside ? features : []);
  }

  unpick() {
    this.state.pick = null;
    this.outline("picked", this.state, null);
    this.drawer?.close();
    this.note();
  }

  async select(shape) {
    this.state.shape = shape;
    this.note();
    if (!shape) {
      this.tools.clear();
      this.drawer.close();
      return;
    }
    this.drawer.waiting();
    const asked = `shape=${shape}&${permalink.query(this.state.filters)}`;
    await this.attempt(async () => {
      const found = await this.asker.json("select", this.where(), "select", asked);
      this.drawer.selection(found, shape, this.asker.address(this.where(), "select.csv", asked));
    }, true);
  }

  goTo(one) {
    if (one.bounds) this.chart.fit(one.bounds, 14);
    else if (one.at) this.chart.jump({ lon: one.at[0], lat: one.at[1], zoom: 12.5 });
    else this.say(this.config.texts.no_place.replace("{name}", one.name));
  }

  // ---- the map -------------------------------------------------------------------------------

  mapEvents() {
    const moved = quiet(200, () => {
      this.state.view = this.chart.view();
      this.note();
      const other = this.state.over === "grid" && this.cellZoom !== this.legendZoom;
      if (other || this.wasClose !== this.close) this.attempt(() => this.overLegend());
      this.wasClose = this.close;
    });
    return {
      move: () => { this.tools?.redraw(); this.readout?.update(this.chart); this.split?.follow(); },
      moveend: moved,
      idle: () => { this.root.dataset.idle = String(Number(this.root.dataset.idle || 0) + 1); },
      resize: () => this.tools?.redraw(),
      loading: (on) => this.loading("main", on),
      click: (hit, place) => this.click(hit, place),
      hover: (hit, place, point) => this.hand.over(hit, place, point),
      trouble: (error) => this.trouble(error),
    };
  }

  async click(hit, { lng, lat }) {
    if (this.tools?.tool) return;
    if (this.flat) {
      await this.attempt(async () => {
        const { row } = await this.asker.json("at", this.where(), "at",
          `lon=${lng}&lat=${lat}&${permalink.query(this.state.filters)}`);
        if (row === null) this.unpick();
        else await this.pick(row, null);
      });
      return;
    }
    const beside = this.split.at(lng, lat);
    const found = beside ? beside.hit : hit, source = beside ? this.state.other : this.state;
    if (!found) this.unpick();
    else if (found.kind === "parcel") await this.pick(found.row, null, source);
    else await this.overview(found, source);
  }

  // A cell, county or zone: what its parcels add up to.
  async overview(hit, source) {
    const { config, state } = this, { texts } = config;
    const asked = `colour=${state.colour}&${permalink.query(state.filters)}`;
    await this.attempt(async () => {
      const where = this.where(source);
      if (hit.kind === "zone") {
        this.drawer.card(await this.asker.json("card", where, `zone/${hit.id}`, asked));
        return;
      }
      const path = hit.kind === "cell" ? `cell/${this.cellZoom}/${hit.id}` : `unit/${hit.id}`;
      const found = await this.asker.json("card", where, path, asked);
      this.drawer.amounts(found.title, texts[`kind_${hit.kind}`], found.rows, found.unit, found.bounds);
    }, true);
  }

  // ---- the rest ------------------------------------------------------------------------------

  note() {
    const { config, state } = this;
    permalink.write(state, config);
    const invented = [state, state.other].some((source) =>
      source && permalink.versionOf(config, source).demonstration);
    if (this.ribbon.hidden === invented) {
      this.ribbon.hidden = !invented;
      this.fit();
      this.chart?.resize();
      this.split?.resize();
    }
  }

  home() {
    this.chart.fit(permalink.setOf(this.config, this.state.dataset).bounds || this.config.bounds);
  }

  async copyLink() {
    this.state.view = this.chart.view();
    this.note();
    const { texts } = this.config;
    try {
      await navigator.clipboard.writeText(location.href);
      this.say(texts.copied);
    } catch {
      this.say(`${texts.copy_by_hand} ${location.href}`);
    }
  }

  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => { this.notice.hidden = true; }, 6000);
  }

  // Runs something that asks the server; a refusal is said in words.
  async attempt(work, inDrawer = false) {
    try {
      await work();
    } catch (error) {
      if (aborted(error)) return;
      const refused = error instanceof Refused;
      // A fault of ours: said to the person in general words, and in full to whoever looks.
      if (!refused) console.error(error);
      const text = refused ? error.message : this.config.texts.trouble;
      if (inDrawer) this.drawer.trouble(text);
      else this.say(text);
    }
  }

  trouble(error) {
    if (error?.status === 403) this.say(this.config.texts.reload);
    else if (error && !aborted(error)) this.say(this.config.texts.unreachable);
  }

  remove() {
    this.removed = true;
    removeEventListener("resize", this.onresize);
    this.watch.disconnect();
    this.keys?.remove();
    this.split?.close();
    this.chart?.remove();
    delete this.root.ganyuan;
  }
}

function yearBefore(day, first) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCFullYear(date.getUTCFullYear() - 1);
  const before = date.toISOString().slice(0, 10);
  return before < first ? first : before;
}
