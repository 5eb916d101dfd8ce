// Two versions or two days side by side: a second map over the first, cut at a line to drag.

import { el } from "./dom.js";
import { FlatChart } from "./flat.js";
import { GlChart } from "./gl.js";
import { versionOf } from "./state.js";

export class Split {
  constructor(stage, config, app) {
    this.stage = stage;
    this.config = config;
    this.app = app;
    this.chart = null;
  }

  async open() {
    if (this.node) { await this.show(); return; }
    const { texts } = this.config;
    this.map = el("div", { class: "gb-map" });
    this.handle = el("div", { class: "gb-handle gb-control", role: "slider", tabindex: "0",
      "aria-label": texts.split, "aria-valuemin": "0", "aria-valuemax": "100",
      onkeydown: (event) => this.key(event) });
    this.left = el("div", { class: "gb-side gb-left" });
    this.right = el("div", { class: "gb-side gb-right" });
    this.node = el("div", { class: "gb-split" }, this.map);
    this.app.mapNode.after(this.node, this.handle, this.left, this.right);
    this.handle.addEventListener("pointerdown", (event) => this.drag(event));
    this.place(this.app.state.split);
    const { app } = this;
    // The hand goes through to the first map, which tells what is right of the line.
    const events = {
      click: () => {}, hover: () => {}, trouble: (error) => app.trouble(error),
      loading: (on) => app.loading("other", on),
    };
    const make = app.flat ? FlatChart : GlChart;
    const state = { ...app.state, view: app.chart.view() };
    const chart = await make.make(this.map, this.config, state, events);
    if (!this.node) { chart.remove(); return; }
    this.chart = chart;
    await this.show();
  }

  async show() {
    const { app } = this, { state } = app;
    if (!this.chart || !state.other) return;
    await app.attempt(async () => {
      const numbers = await app.numbersOf(state.other);
      if (!this.chart || !state.other) return;
      this.chart.show(app.where(state.other), numbers, state);
      this.follow();
      await this.over();
    });
    // It may have been closed while its tiles were on their way.
    if (!this.node || !state.other) return;
    const { texts } = this.config;
    const label = (source) => `${source.dataset} · ${versionOf(this.config, source).label} · ` +
      `${texts.day} ${source.day}`;
    this.left.textContent = label(state);
    this.right.textContent = label(state.other);
  }

  close() {
    this.chart?.remove();
    for (const node of [this.node, this.handle, this.left, this.right]) node?.remove();
    this.node = this.chart = null;
    this.app.loading("other", false);
  }

  follow() {
    if (this.chart) this.chart.jump(this.app.chart.view());
  }

  // What of the second map lies at a place; null where the first one shows.
  at(lng, lat) {
    if (!this.chart?.at) return null;
    const [x, y] = this.app.chart.project([lng, lat]);
    const { width } = this.stage.getBoundingClientRect();
    return x / width > this.app.state.split ? { hit: this.chart.at({ x, y }) } : null;
  }

  filters(changed) {
    if (this.chart) this.chart.filters(this.app.state, changed);
  }

  layers() {
    if (this.chart) this.chart.over(this.app.state);
  }

  async over() {
    const { other } = this.app.state;
    if (this.chart && other) await this.app.paintOver(this.chart, other, "legend beside");
  }

  colour() {
    if (this.chart) this.chart.colour(this.app.state);
  }

  opacities() {
    if (this.chart) this.chart.opacities(this.app.state);
  }

  resize() {
    this.chart?.resize();
  }

  // The map on the left is the main one; the second shows right of the line and takes no clicks.
  place(share) {
    this.app.state.split = share;
    const per = (share * 100).toFixed(2);
    this.node.style.clipPath = `inset(0 0 0 ${per}%)`;
    this.handle.style.left = `${per}%`;
    this.handle.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }

  drag(event) {
    event.preventDefault();
    event.stopPropagation();
    const box = this.stage.getBoundingClientRect();
    const move = ({ clientX }) =>
      this.place(Math.min(0.95, Math.max(0.05, (clientX - box.left) / box.width)));
    const end = () => {
      removeEventListener("pointermove", move, true);
      removeEventListener("pointerup", end, true);
      this.app.note();
    };
    addEventListener("pointermove", move, true);
    addEventListener("pointerup", end, true);
  }

  key(event) {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.place(Math.min(0.95, Math.max(0.05, this.app.state.split + step)));
    this.app.note();
  }
}
