// What was clicked or selected, at the right of the map.

import { el } from "./dom.js";

export class Drawer {
  constructor(node, config, events) {
    this.node = node;
    this.config = config;
    this.events = events;
  }

  get open() {
    return !this.node.hidden;
  }

  close() {
    this.node.hidden = true;
    this.node.replaceChildren();
  }

  frame(title, kind, ...content) {
    const { texts } = this.config;
    const shut = el("button", { type: "button", class: "gb-shut", "aria-label": texts.close,
      title: `${texts.close} (Esc)`, onclick: () => this.events.close() }, "×");
    this.node.replaceChildren(shut, el("h2", {}, title), el("p", { class: "gb-kind" }, kind),
      ...content.flat().filter(Boolean));
    this.node.hidden = false;
    this.node.scrollTop = 0;
  }

  waiting() {
    this.frame("…", "", el("p", { class: "gb-small" }, this.config.texts.loading));
  }

  trouble(text) {
    this.frame(this.config.texts.trouble, "", el("p", { class: "gb-trouble" }, text));
  }

  card(card) {
    const { texts } = this.config, sources = new Map();
    const cite = (source) => {
      if (!source) return null;
      if (!sources.has(source)) sources.set(source, sources.size + 1);
      return el("sup", {}, `[${sources.get(source)}]`);
    };
    const mark = (certainty) => (certainty === "sourced" ? null : el("abbr",
      { class: "gb-mark", title: texts[`mark_${certainty}_help`] }, texts[`mark_${certainty}`]));
    const groups = card.facts.flatMap(({ heading, rows }) => [
      heading ? el("h3", {}, heading) : null,
      el("table", {}, rows.map(({ label, value, source, certainty, note }) => el("tr", {},
        el("th", {}, label),
        el("td", {}, value, cite(source), mark(certainty), note ? el("small", {}, note) : null)))),
    ]);
    this.frame(card.title, card.kind,
      card.demonstration ? el("p", { class: "gb-demo" }, texts.demonstration) : null,
      card.bounds ? el("p", { class: "gb-actions" },
        el("button", { type: "button", onclick: () => this.events.zoom(card.bounds) },
          texts.zoom_to)) : null,
      card.amounts ? [el("h3", {}, texts.kind_zone),
        this.table([texts.class, texts.count, card.unit], card.amounts)] : null,
      groups, el("h3", {}, texts.sources), el("p", { class: "gb-small" }, card.source),
      el("ol", {}, [...sources.keys()].map((source) => el("li", {}, source))));
  }

  // A cell, county or zone of the overview: its parcels by class.
  amounts(title, kind, rows, unit, bounds) {
    const { texts } = this.config;
    this.frame(title, kind,
      bounds ? el("p", { class: "gb-actions" }, el("button", { type: "button",
        onclick: () => this.events.zoom(bounds) }, texts.zoom_to)) : null,
      this.table([texts.class, texts.count, unit], rows));
  }

  selection(found, shape, download) {
    const { texts } = this.config;
    const facts = [
      [texts.sel_count, found.count_text],
      [texts.sel_area, `${found.area} ${found.unit}`],
      [texts.sel_inside, `${found.inside} ${found.unit}`],
      [texts.sel_whole, found.whole],
      [texts.sel_shape, `${found.shape} ${found.unit}`],
    ];
    this.frame(texts.selection, texts.sel_note,
      el("p", { class: "gb-actions" },
        el("a", { href: download, class: "gb-button", download: "" }, texts.sel_export),
        el("button", { type: "button", onclick: () => this.events.unselect() }, texts.sel_clear)),
      el("table", {}, facts.map(([label, value]) => el("tr", {}, el("th", {}, label),
        el("td", { class: "gb-number" }, value)))),
      el("h3", {}, texts.sel_status),
      this.table([texts.class, texts.count, found.unit],
        found.status.map(([, label, count, area]) => [label, count, area])),
      el("h3", {}, found.count > found.listed
        ? texts.sel_list_some.replace("{n}", found.listed) : texts.sel_list),
      this.parcels(found.rows, found.unit));
  }

  parcels(rows, unit) {
    const { texts } = this.config;
    const columns = [["id", texts.parcel], ["status_text", texts.colour_status],
      ["area_m2", unit]];
    let by = "area_m2", up = false;
    const body = el("tbody", {});
    const fill = () => {
      const sorted = [...rows].sort((a, b) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
      if (!up) sorted.reverse();
      body.replaceChildren(...sorted.map((one) => el("tr", { tabindex: "0", class: "gb-row",
        onclick: () => this.events.pick(one.row, one.bounds),
        onkeydown: ({ key }) => key === "Enter" && this.events.pick(one.row, one.bounds) },
      el("td", { title: [one.name, one.holder, one.county].filter(Boolean).join(" · ") }, one.id),
      el("td", {}, one.status_text), el("td", { class: "gb-number" }, one.area))));
    };
    const heads = columns.map(([key, text]) => el("th",
      { class: key === "area_m2" ? "gb-number" : "" }, el("button", { type: "button",
      class: "gb-link", onclick: () => { up = by === key ? !up : key !== "area_m2"; by = key; fill(); } },
    text)));
    fill();
    return el("table", { class: "gb-list" }, el("thead", {}, el("tr", {}, heads)), body);
  }

  table(heads, rows) {
    return el("table", { class: "gb-list" },
      el("thead", {}, el("tr", {}, heads.map((text, i) => el("th", { class: i ? "gb-number" : "" }, text)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((text, i) =>
        el("td", { class: i ? "gb-number" : "" }, text))))));
  }

  help(keys) {
    const { texts } = this.config;
    this.frame(texts.help, texts.help_note, el("table", {}, keys.map(([key, text]) =>
      el("tr", {}, el("th", {}, el("kbd", {}, key)), el("td", {}, text)))));
  }
}
