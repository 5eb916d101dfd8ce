// The panel beside the map: what the colours mean, how much there is, what is asked for.

import { el, quiet, segmented, select, swatch } from "./dom.js";
import { LAYERS, isFiltered, noFilters, setOf, versionOf } from "./state.js";

export class Panel {
  constructor(node, config, state, events) {
    this.config = config;
    this.state = state;
    this.events = events;
    this.node = node;
    this.rows = new Map();
    this.fields = {};
    node.append(
      this.totals(), this.legend(), this.overview(), this.filters(), this.layers(), this.source(),
    );
  }

  section(name, open, ...content) {
    const { texts } = this.config;
    return el("details", { class: `gb-section gb-${name}`, open },
      el("summary", {}, texts[`section_${name}`]), ...content);
  }

  // ---- amounts and colours -------------------------------------------------------------------

  totals() {
    this.total = el("div", { class: "gb-total", "aria-live": "polite" });
    this.reset = el("button", { type: "button", class: "gb-link", hidden: true,
      onclick: () => this.events.filters({ ...noFilters() }, null) }, this.config.texts.reset);
    return el("div", { class: "gb-head" }, this.total, this.reset);
  }

  legend() {
    const { texts } = this.config, { state } = this;
    this.colours = segmented(texts.colour, [
      { value: "status", text: texts.colour_status }, { value: "group", text: texts.colour_group },
    ], state.colour, (value) => this.events.colour(value));
    this.list = el("div", { class: "gb-legend" });
    this.fillLegend();
    const pick = (all) => this.events.filters(
      { ...this.state.filters, [this.state.colour]: all ? [] : ["-"] }, [this.state.colour]);
    return el("div", { class: "gb-block" }, this.colours,
      el("div", { class: "gb-heads" },
        el("span", {},
          el("button", { type: "button", class: "gb-link", onclick: () => pick(true) }, texts.all),
          " · ",
          el("button", { type: "button", class: "gb-link", onclick: () => pick(false) }, texts.none)),
        el("i", {}, texts.count), el("i", {}, this.config.unit_text)),
      this.list);
  }

  fillLegend() {
    const { config, state } = this;
    this.rows.clear();
    this.list.replaceChildren(...config.classes[state.colour].map((one) => {
      const box = el("input", { type: "checkbox", checked: this.passes(one.key),
        onchange: () => this.toggle(one.key) });
      const count = el("span", { class: "gb-n" }), area = el("span", { class: "gb-n" });
      const only = el("button", { type: "button", class: "gb-only", title: config.texts.only_help,
        onclick: () => this.events.filters({ ...state.filters, [state.colour]: [one.key] },
          [state.colour]) }, config.texts.only);
      const row = el("div", { class: "gb-class", "data-key": one.key },
        el("label", {}, box, swatch(one),
          el("span", { title: one.label }, one.label)), only, count, area);
      this.rows.set(one.key, { box, count, area, row });
      return row;
    }));
  }

  passes(key) {
    const wanted = this.state.filters[this.state.colour];
    return !wanted.length || wanted.includes(key);
  }

  toggle(key) {
    const { state, config } = this, keys = config.classes[state.colour].map((one) => one.key);
    const wanted = state.filters[state.colour];
    const now = new Set(wanted.length ? wanted.filter((one) => keys.includes(one)) : keys);
    if (now.has(key)) now.delete(key);
    else now.add(key);
    const next = now.size === keys.length ? [] : now.size ? [...now] : ["-"];
    this.events.filters({ ...state.filters, [state.colour]: next }, [state.colour]);
  }

  amounts(summary, whole) {
    const { config, state } = this;
    const [count, area] = summary.texts;
    this.total.replaceChildren(el("b", {}, count), ` ${config.texts.parcels} · `,
      el("b", {}, area), ` ${summary.unit}`);
    this.reset.hidden = !isFiltered(state.filters);
    // The legend counts what the other filters leave, so that a class that is off can be judged.
    const found = new Map(whole.by[state.colour].map((row) => [row[0], row]));
    for (const [key, { count: n, area: m2, row }] of this.rows) {
      const amount = found.get(key);
      n.textContent = amount ? amount[3] : "—";
      m2.textContent = amount ? amount[4] : "—";
      row.classList.toggle("gb-absent", !amount);
    }
  }

  // ---- the overview --------------------------------------------------------------------------

  overview() {
    const { texts } = this.config;
    this.overs = segmented(texts.over, ["grid", "county", "zone"].map((value) =>
      ({ value, text: texts[`over_${value}`] })), this.state.over,
    (value) => this.events.over(value));
    this.steps = el("div", { class: "gb-steps" });
    this.note = el("p", { class: "gb-small" });
    this.overBox = el("div", { class: "gb-block" }, el("h3", {}, texts.over), this.overs,
      this.steps, this.note);
    return this.overBox;
  }

  overLegend({ classes, unit, count }, close) {
    const { config } = this;
    this.overBox.classList.toggle("gb-dim", close);
    this.steps.replaceChildren(...classes.map((text, i) => el("div", {},
      swatch({ fill: config.ramp[i + 1], stroke: "none", weight: 0 }), el("span", {}, text))));
    const kind = config.texts[`over_${this.state.over}_note`];
    this.note.textContent = close ? config.texts.over_close
      : `${kind.replace("{n}", count)} ${config.texts.over_unit.replace("{unit}", unit)}`;
  }

  // ---- filters -------------------------------------------------------------------------------

  filters() {
    const { config, state } = this, { texts } = config;
    const changed = (names) => {
      const next = { ...state.filters };
      for (const name of names) next[name] = this.read(name);
      this.events.filters(next, names);
    };
    const soon = quiet(350, changed);
    const choice = (name, options) => select(texts[name], options, state.filters[name], () => {
      if (name === "prefecture") this.fields.county.value = "";
      changed(name === "prefecture" ? ["prefecture", "county"] : [name]);
      this.fillCounties();
    });
    const entry = (name, type, extra = {}) => el("input", { type, "aria-label": texts[name],
      value: this.shown(name), ...extra,
      oninput: () => soon([name]), onchange: () => changed([name]) });
    const { fields } = this;
    fields.prefecture = choice("prefecture", this.options(config.prefectures, texts.everywhere));
    fields.county = choice("county", []);
    fields.zone = choice("zone", this.options(config.zones, texts.every_zone));
    fields.q = entry("q", "search", { placeholder: texts.q_hint, maxLength: 60 });
    fields.area_from = entry("area_from", "number", { min: "0", step: "any" });
    fields.area_to = entry("area_to", "number", { min: "0", step: "any" });
    fields.dated = choice("dated", ["approved_on", "signed_on"].map((value) =>
      ({ value, text: texts[value] })));
    fields.date_from = entry("date_from", "date");
    fields.date_to = entry("date_to", "date");
    this.fillCounties();
    const line = (label, ...inputs) => el("div", { class: "gb-field" }, el("span", {}, label),
      el("div", {}, ...inputs));
    return this.section("filters", true,
      line(texts.prefecture, fields.prefecture), line(texts.county, fields.county),
      line(texts.zone, fields.zone), line(texts.q, fields.q),
      line(`${texts.area} (${config.unit_text})`, fields.area_from, "–", fields.area_to),
      line(texts.dated, fields.dated), line("", fields.date_from, "–", fields.date_to));
  }

  options(places, everywhere) {
    return [{ value: "", text: everywhere },
      ...places.map(({ code, name }) => ({ value: code, text: name }))];
  }

  fillCounties() {
    const { config, fields } = this, within = fields.prefecture.value;
    const some = config.counties.filter((one) => !within || one.prefecture === within);
    fields.county.fill(this.options(some, config.texts.every_county), this.state.filters.county);
  }

  // Areas are asked for in the unit of the page and kept in m2.
  read(name) {
    const text = this.fields[name].value.trim();
    if (!name.startsWith("area_")) return text;
    const number = Number(text);
    return text && Number.isFinite(number) && number >= 0
      ? String(Math.round(number * this.config.unit_m2 * 100) / 100) : "";
  }

  shown(name) {
    const value = this.state.filters[name];
    if (!name.startsWith("area_") || !value) return value;
    return String(Math.round((Number(value) / this.config.unit_m2) * 1e4) / 1e4);
  }

  // The field somebody writes in, which is left alone. The page sees only the component around it.
  get active() {
    return this.node.getRootNode().activeElement;
  }

  // The state changed elsewhere: everything in the panel says the same.
  refresh() {
    const { state, fields } = this, { active } = this;
    this.colours.mark(state.colour);
    this.overs.mark(state.over);
    for (const [key, { box }] of this.rows) box.checked = this.passes(key);
    for (const name of Object.keys(fields)) {
      if (fields[name] !== active) fields[name].value = this.shown(name);
    }
    this.fillCounties();
    for (const name of LAYERS) {
      this.boxes[name].checked = state.layers[name].on;
      this.sliders[name].value = state.layers[name].opacity;
    }
    this.fillSource();
  }

  // ---- layers --------------------------------------------------------------------------------

  layers() {
    const { config, state } = this, { texts } = config;
    this.boxes = {};
    this.sliders = {};
    const rows = LAYERS.filter((name) => name !== "footprints" || config.footprints)
      .map((name) => {
        const box = el("input", { type: "checkbox", checked: state.layers[name].on,
          onchange: () => this.events.layer(name, { on: box.checked }) });
        const slider = el("input", { type: "range", min: "0.1", max: "1", step: "0.05",
          "aria-label": `${texts[`layer_${name}`]} ${texts.opacity}`,
          oninput: () => this.events.layer(name, { opacity: Number(slider.value) }) });
        slider.value = state.layers[name].opacity;
        this.boxes[name] = box;
        this.sliders[name] = slider;
        return el("div", { class: "gb-layer" },
          el("label", {}, box, el("span", {}, texts[`layer_${name}`])), slider);
      });
    if (!config.footprints) {
      this.boxes.footprints = el("input", { type: "checkbox" });
      this.sliders.footprints = el("input", { type: "range" });
    }
    return this.section("layers", false, ...rows);
  }

  // ---- dataset, version, day -----------------------------------------------------------------

  source() {
    const { config } = this, { texts } = config;
    const sets = config.datasets.map(({ dataset, label }) => ({ value: dataset, text: label }));
    const parts = (prefix, choose) => {
      const day = el("input", { type: "date", "aria-label": texts.day, min: config.first_day,
        onchange: () => day.value && choose({ day: day.value }) });
      return {
        dataset: select(texts.dataset, sets, "", () => {
          const { versions } = setOf(config, this[prefix].dataset.value);
          choose({ dataset: this[prefix].dataset.value, number: versions[0].number,
            day: versions[0].day });
        }),
        number: select(texts.version, [], "", () =>
          choose({ number: Number(this[prefix].number.value) })),
        day,
      };
    };
    this.main = parts("main", (change) => this.events.source(change));
    this.beside = parts("beside", (change) => this.events.beside(change));
    this.compared = el("input", { type: "checkbox",
      onchange: () => this.events.compare(this.compared.checked) });
    const line = (label, input) => el("div", { class: "gb-field" }, el("span", {}, label),
      el("div", {}, input));
    const group = ({ dataset, number, day }) => [line(texts.dataset, dataset),
      line(texts.version, number), line(texts.day, day)];
    this.besideBox = el("div", {}, ...group(this.beside));
    this.fillSource();
    return this.section("source", true, ...group(this.main),
      el("label", { class: "gb-compare" }, this.compared, el("span", {}, texts.compare)),
      this.besideBox);
  }

  fillSource() {
    const { config, state } = this;
    const fill = (parts, { dataset, number, day }) => {
      parts.dataset.value = dataset;
      parts.number.fill(setOf(config, dataset).versions.map((one) =>
        ({ value: String(one.number), text: one.label })), String(number));
      if (parts.day !== this.active) parts.day.value = day;
    };
    fill(this.main, state);
    this.compared.checked = Boolean(state.other);
    this.besideBox.hidden = !state.other;
    if (state.other) fill(this.beside, state.other);
    this.node.dataset.version = versionOf(config, state).label;
  }
}
