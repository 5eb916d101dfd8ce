// What lies under the mouse: its name beside the cursor, its outline on the map.

import { el } from "./dom.js";

const PATIENCE_MS = 90;

export class Hover {
  constructor(app) {
    this.app = app;
    this.tip = el("div", { class: "gb-tip", hidden: true });
    app.stage.append(this.tip);
    this.name = "";
  }

  over(seen, place, point) {
    const { app } = this;
    app.readout?.point(place && [place.lng, place.lat], app.chart);
    const beside = place && app.split?.at(place.lng, place.lat), hit = beside ? beside.hit : seen;
    const source = beside ? app.state.other : app.state;
    const busy = app.tools?.tool;
    const name = hit && !busy ? `${hit.kind}:${hit.row ?? hit.id}:${beside ? "beside" : ""}` : "";
    if (name && point) {
      const [x, y] = [point.x + 14, point.y + 14].map(Math.round);
      this.tip.style.transform = `translate(${x}px, ${y}px)`;
    }
    if (name === this.name) return;
    this.name = name;
    app.mapNode.style.cursor = hit && !busy ? "pointer" : "";
    app.outline("hovered", source, hit?.kind === "parcel" && !busy ? hit.feature.geometry : null);
    this.tip.hidden = true;
    if (name) this.tell(hit, name, source);
  }

  say(name, ...lines) {
    if (this.name !== name) return;
    this.tip.replaceChildren(...lines.map((text, i) => el(i ? "span" : "b", {}, text)));
    this.tip.hidden = false;
  }

  async tell(hit, name, source) {
    const { app } = this, { config } = app, { texts } = config, { properties } = hit.feature;
    const english = config.language === "en";
    if (hit.kind === "zone") {
      this.say(name, properties[english ? "name_en" : "name_zh"]);
    } else if (hit.kind === "unit") {
      this.say(name, properties[english ? "name_en" : "name"], texts.click_more);
    } else if (hit.kind === "cell") {
      const area = (properties.a / config.unit_m2).toLocaleString("en-US",
        { maximumFractionDigits: config.decimals });
      this.say(name, `${properties.n.toLocaleString("en-US")} ${texts.parcels}`,
        `${area} ${config.unit_text}`, texts.click_more);
    } else {
      // Not for every parcel that the mouse crosses.
      await new Promise((done) => setTimeout(done, PATIENCE_MS));
      if (this.name !== name) return;
      await app.attempt(async () => {
        const line = await app.asker.json("line", app.where(source), `line/${hit.row}`);
        this.say(name, line.id, ...[line.name, `${line.status_text} · ${line.area} ` +
          config.unit_text, line.county].filter(Boolean));
      });
    }
  }
}
