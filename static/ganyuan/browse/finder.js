// The search box: parcels, zones and places by name or number.

import { el, quiet } from "./dom.js";
import { aborted } from "./ask.js";

export class Finder {
  constructor(config, events) {
    this.config = config;
    this.events = events;
    const { texts } = config;
    this.field = el("input", { type: "search", placeholder: texts.find_hint, maxLength: 60,
      "aria-label": texts.find, role: "combobox", "aria-expanded": "false", autocomplete: "off",
      onkeydown: (event) => this.key(event) });
    this.field.addEventListener("input", quiet(180, () => this.look()));
    this.list = el("ul", { class: "gb-finds", role: "listbox", hidden: true });
    this.node = el("div", { class: "gb-finder" }, this.field, this.list);
    this.node.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.node.contains(relatedTarget)) this.shut();
    });
  }

  async look() {
    const text = this.field.value.trim();
    if (!text) { this.shut(); return; }
    try {
      this.fill(await this.events.ask(text));
    } catch (error) {
      if (!aborted(error)) this.say(error.message);
    }
  }

  fill({ parcels, parcel_count: count, zones, places }) {
    const { texts } = this.config;
    const line = (main, more, work) => el("li", { role: "option", tabindex: "-1",
      onclick: () => { this.shut(); work(); },
      onkeydown: (event) => this.key(event, work) }, el("b", {}, main), el("span", {}, more));
    const head = (text) => el("li", { class: "gb-findhead", role: "presentation" }, text);
    const all = [
      ...places.map((one) => line(one.name, texts[`level_${one.level}`],
        () => this.events.place(one))),
      ...zones.map((one) => line(one.name, texts.zone, () => this.events.zone(one))),
      ...(parcels.length ? [head(`${texts.parcels_found} ${count}`)] : []),
      ...parcels.map((one) => line(one.id, [one.name || one.holder, one.county, one.status_text]
        .filter(Boolean).join(" · "), () => this.events.parcel(one))),
    ];
    if (!all.length) { this.say(texts.nothing_found); return; }
    this.list.replaceChildren(...all);
    this.open();
  }

  say(text) {
    this.list.replaceChildren(el("li", { class: "gb-findhead" }, text));
    this.open();
  }

  open() {
    this.list.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
  }

  shut() {
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
  }

  key(event, work) {
    const options = [...this.list.querySelectorAll("[role=option]")];
    const at = options.indexOf(event.target);
    if (event.key === "ArrowDown") (options[at + 1] || options[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? options[at - 1] : this.field).focus();
    else if (event.key === "Escape") { this.shut(); this.field.blur(); }
    else if (event.key === "Enter" && work) { this.shut(); work(); }
    else if (event.key === "Enter" && !this.list.hidden) options[0]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
