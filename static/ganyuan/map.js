// The map document: takes payloads from layers/web.py, keeps the view, tells the host what is clicked.
"use strict";

(() => {
  const state = { layers: new Map(), switched: new Map(), content: null, selected: null };
  let map, renderers, lazyTimer = 0, lazyRequest = null, lazyLayer = null;
  let fitted = null, folded = false;

  const byClass = (name) => document.querySelector(`.${name}`);

  function element(tag, className, parent, text = "") {
    const node = document.createElement(tag);
    node.className = className;
    node.textContent = text;
    parent.appendChild(node);
    return node;
  }

  function tell(message) {
    if (window.parent !== window) window.parent.postMessage({ ganyuan: true, ...message }, "*");
  }

  // ---- panes and controls -------------------------------------------------------------------

  function panes() {
    for (const [name, z] of [["gy-ground", 300], ["gy-lines", 450], ["gy-labels", 610]]) {
      const pane = map.createPane(name);
      pane.style.zIndex = z;
      pane.style.pointerEvents = "none";
    }
    renderers = {
      ground: new ganyuan.HatchCanvas({ pane: "gy-ground", padding: 0.4 }),
      active: new ganyuan.HatchCanvas({ padding: 0.4, tolerance: 3 }),
      lines: new ganyuan.HatchCanvas({ pane: "gy-lines", padding: 0.4 }),
    };
  }

  function controls() {
    const frame = map.getContainer();
    const buttons = element("div", "gy-buttons", frame);
    const button = (name, sign, action) => {
      const node = element("button", `gy-${name}`, buttons, sign);
      node.type = "button";
      node.dataset.text = name;
      node.addEventListener("click", action);
    };
    button("zoom_in", "+", () => map.zoomIn(1));
    button("zoom_out", "−", () => map.zoomOut(1));
    button("home", "⌂", () => fit(state.content.home || state.content.bounds));
    const bar = element("div", "gy-bar", frame);
    element("div", "gy-ribbon", bar).hidden = true;
    element("div", "gy-note", bar).hidden = true;
    const legend = element("details", "gy-legend", frame);
    element("summary", "", legend).addEventListener("click", () => { folded = true; });
    element("div", "gy-legend-body", legend);
    legend.addEventListener("change", (event) => {
      const name = event.target.dataset.layer;
      if (name) toggle(name, event.target.checked);
    });
    const foot = element("div", "gy-foot", frame);
    element("span", "gy-readout", foot);
    element("span", "gy-source", foot);
    for (const node of [buttons, legend, foot]) {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
    }
    L.control.scale({ imperial: false, maxWidth: 120, position: "bottomleft" }).addTo(map);
  }

  // ---- coordinates --------------------------------------------------------------------------

  function zoneAt(lat, lon) {
    const counties = (state.content && state.content.county_zones) || [];
    const hit = counties.find(({ box, parts }) =>
      lon >= box[0] && lat >= box[1] && lon <= box[2] && lat <= box[3] &&
      parts.some((rings) => ganyuan.inside(lat, lon, rings)));
    return hit ? hit.zone : Math.round(lon / 3);
  }

  function readout({ latlng: { lat, lng } }) {
    const zone = zoneAt(lat, lng);
    const { x, y } = ganyuan.gaussKruger(lat, lng, zone);
    const degrees = `${lng.toFixed(5)}°E ${lat.toFixed(5)}°N`;
    byClass("gy-readout").textContent =
      `CGCS2000 ${degrees}　${state.content.texts.crs_zone.replace("{zone}", zone)} ` +
      `X ${x.toFixed(1)} Y ${zone}${y.toFixed(1).padStart(8, "0")}`;
  }

  // ---- layers -------------------------------------------------------------------------------

  function isOn(layer) {
    return state.switched.has(layer.id) ? state.switched.get(layer.id) : layer.visible !== false;
  }

  function overviewHidden(id) {
    const lazy = state.content.lazy;
    return Boolean(lazy && lazy.overview.includes(id) && map.getZoom() >= lazy.min_zoom &&
      lazyLayer);
  }

  function refresh() {
    // A person may zoom before the first layers have come.
    if (!state.content) return;
    for (const { drawn, layer } of state.layers.values()) {
      const show = isOn(layer) && !overviewHidden(layer.id);
      if (show !== map.hasLayer(drawn.group)) {
        if (show) drawn.group.addTo(map);
        else drawn.group.remove();
      }
    }
    legendSections();
    restack();
    spread();
    declutter();
  }

  // The legend names what is drawn: either the single shapes or the layers that stand in for them.
  function legendSections() {
    const lazy = state.content.lazy;
    if (!lazy) return;
    const close = Boolean(lazyLayer);
    const off = state.switched.get(lazy.id) === false;
    for (const part of document.querySelectorAll(".gy-lg[data-for]")) {
      const name = part.dataset.for;
      if (name === lazy.id) part.hidden = !close && !off;
      else if (lazy.overview.includes(name)) part.hidden = close;
    }
  }

  // Markers of all layers share the room: those that belong on a line come first, then those of the
  // topmost layer.
  function spread() {
    const markers = [];
    const topDown = [...state.content.layers].reverse();
    topDown.sort((a, b) => Number(b.anchored) - Number(a.anchored));
    for (const layer of topDown) {
      const entry = state.layers.get(layer.id);
      if (layer.geometry !== "point" || !map.hasLayer(entry.drawn.group)) continue;
      entry.drawn.group.eachLayer((item) => item.gyMove && markers.push(item));
    }
    ganyuan.spread(map, markers);
  }

  // Canvas paths are painted in the order in which they were added; keep that of the payload.
  function restack() {
    for (const layer of state.content.layers) {
      const entry = state.layers.get(layer.id);
      if (layer.geometry === "point" || !entry || !map.hasLayer(entry.drawn.group)) continue;
      if (!entry.stacked) continue;
      entry.drawn.group.eachLayer((item) => item.bringToFront && item.bringToFront());
    }
  }

  function toggle(name, on) {
    state.switched.set(name, on);
    if (state.content.lazy && name === state.content.lazy.id) askLazy();
    refresh();
  }

  function select(item, wanted) {
    if (item) item.gySelect(wanted);
  }

  function find(reference) {
    if (!reference) return null;
    const entry = state.layers.get(reference.layer);
    if (entry) return entry.drawn.byId.get(reference.id) || null;
    return lazyLayer && reference.layer === state.content.lazy.id
      ? lazyLayer.drawn.byId.get(reference.id) || null : null;
  }

  function choose(reference) {
    select(find(state.selected), false);
    state.selected = reference;
    select(find(reference), true);
    tell({ type: "select", selected: reference });
  }

  const drawing = () => ({ renderers, onClick: choose });

  function replaceLayers(content) {
    const wanted = new Set(content.layers.map((layer) => layer.id));
    for (const [id, { drawn }] of state.layers) {
      if (!wanted.has(id)) {
        drawn.group.remove();
        state.layers.delete(id);
      }
    }
    let changed = false;
    for (const layer of content.layers) {
      const old = state.layers.get(layer.id);
      if (old && old.layer.hash === layer.hash) {
        old.layer = layer;
        old.stacked = changed;
        continue;
      }
      changed = true;
      const drawn = ganyuan.draw(layer, drawing());
      state.layers.set(layer.id, { layer, drawn, stacked: true });
      if (isOn(layer)) drawn.group.addTo(map);
      if (old) old.drawn.group.remove();
    }
  }

  const TRIES = [
    [0, 0], [0, -14], [0, 14], [-26, 0], [26, 0], [0, -26], [0, 26], [-36, 12], [36, 12],
    [-36, -14], [36, -14], [-48, 0], [48, 0], [0, -38], [0, 38], [-48, 24], [48, 24], [-48, -26],
    [48, -26],
  ];

  function markerBoxes() {
    const boxes = [];
    map.eachLayer((item) => {
      if (!item.gyOffset) return;
      const { x, y } = map.latLngToContainerPoint(item.getLatLng());
      const [dx, dy] = item.gyOffset, r = item.gyRadius;
      boxes.push([x + dx - r, y + dy - r, x + dx + r, y + dy + r]);
    });
    return boxes;
  }

  // Labels step aside for markers; those that would overlap a label are left out until there is room.
  function declutter() {
    const taken = [], markers = markerBoxes();
    const clear = (a, boxes) => boxes.every((b) =>
      a[0] > b[2] || a[2] < b[0] || a[1] > b[3] || a[3] < b[1]);
    for (const layer of state.content.layers) {
      const entry = state.layers.get(layer.id);
      if (!entry || !map.hasLayer(entry.drawn.group)) continue;
      for (const label of entry.drawn.labels) {
        const node = label.gyNode, { x, y } = map.latLngToContainerPoint(label.getLatLng());
        const w = (node.offsetWidth || 40) / 2, h = (node.offsetHeight || 14) / 2;
        const box = ([dx, dy]) => [x + dx - w, y + dy - h, x + dx + w, y + dy + h];
        const step = TRIES.find((at) => clear(box(at), taken) && clear(box(at), markers)) || [0, 0];
        const free = clear(box(step), taken);
        node.style.margin = `${step[1]}px 0 0 ${step[0]}px`;
        node.style.visibility = free ? "visible" : "hidden";
        if (free) taken.push(box(step));
      }
    }
  }

  // ---- shapes by view -----------------------------------------------------------------------

  function note(text) {
    const box = byClass("gy-note");
    box.textContent = text;
    box.hidden = !text;
  }

  // What will stand over the map belongs to the head that the first view keeps clear.
  function lazyNote() {
    const lazy = state.content.lazy;
    if (lazy && state.switched.get(lazy.id) !== false && !lazyLayer) note(state.content.texts.zoom_for_parcels);
  }

  function dropLazy() {
    if (lazyLayer) lazyLayer.drawn.group.remove();
    lazyLayer = null;
  }

  function askLazy() {
    const lazy = state.content && state.content.lazy;
    clearTimeout(lazyTimer);
    if (lazyRequest) lazyRequest.abort();
    if (!lazy || state.switched.get(lazy.id) === false) {
      dropLazy();
      note("");
      return;
    }
    if (map.getZoom() < lazy.min_zoom) {
      dropLazy();
      note(state.content.texts.zoom_for_parcels);
      refresh();
      return;
    }
    lazyTimer = setTimeout(() => fetchLazy(lazy), 120);
  }

  async function fetchLazy(lazy) {
    const { texts } = state.content;
    const box = map.getBounds().pad(0.15);
    const bbox = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]
      .map((value) => value.toFixed(5)).join(",");
    lazyRequest = new AbortController();
    note(texts.loading);
    try {
      const answer = await fetch(`${lazy.url}&bbox=${bbox}&zoom=${Math.floor(map.getZoom())}`, {
        signal: lazyRequest.signal,
        credentials: "omit",
      });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      showLazy(lazy, await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") note(texts.failed);
    }
  }

  function showLazy(lazy, found) {
    const { texts } = state.content;
    if (found.aggregate) {
      dropLazy();
      note(texts.too_many.replace("{n}", found.count.toLocaleString("en")));
      refresh();
      return;
    }
    const place = new Map(lazy.classes.map((entry, i) => [entry.key, i]));
    const drawn = ganyuan.draw({
      id: lazy.id, geometry: "polygon", interactive: true, classes: lazy.classes,
      shapes: found.shapes, ids: found.ids, names: found.ids,
      class_of: found.class_of.map((i) => place.get(found.keys[i])),
    }, drawing());
    drawn.group.addTo(map);
    dropLazy();
    lazyLayer = { drawn };
    note("");
    refresh();
    select(find(state.selected), true);
  }

  // ---- life ---------------------------------------------------------------------------------

  // The region stands clear of the foot line, and of the legend where the frame is wide enough.
  function fit(bounds) {
    const box = L.latLngBounds([bounds[1], bounds[0]], [bounds[3], bounds[2]]);
    const legend = byClass("gy-legend"), size = map.getSize();
    const beside = legend.hidden ? 0 : legend.offsetWidth + 12;
    const head = byClass("gy-ribbon").hidden && byClass("gy-note").hidden ? 8 : 38;
    const north = map.project(box.getNorthWest(), 0), south = map.project(box.getSouthEast(), 0);
    const aspect = (south.x - north.x) / (south.y - north.y);
    const wide = (size.x - beside - 16) / (size.y - head - 26) >= 0.75 * aspect;
    map.fitBounds(box, {
      animate: false,
      paddingTopLeft: [8, head],
      paddingBottomRight: [wide ? beside : 8, 24],
    });
    fitted = { bounds, centre: map.getCenter(), zoom: map.getZoom() };
  }

  const untouched = () => fitted && map.getZoom() === fitted.zoom &&
    map.getCenter().distanceTo(fitted.centre) < 1;

  // The frame may get its width after the map: a view that nobody moved is fitted anew, any other
  // keeps its middle, to the digit: without `reset` Leaflet would pan by whole pixels.
  function resized() {
    const still = untouched();
    const held = state.content && !still ? map.getCenter() : null;
    map.invalidateSize({ animate: false, pan: false });
    unfold();
    if (still) fit(fitted.bounds);
    else if (held) map.setView(held, map.getZoom(), { reset: true });
  }

  // The legend is open where there is room for it, until the person folds it.
  function unfold() {
    if (!folded) byClass("gy-legend").open = map.getContainer().clientWidth > 520;
  }

  // The legend arrives as markup escaped by layers/legend.py; what the person folded stays folded.
  function legendText(markup) {
    const body = byClass("gy-legend-body");
    const folded = new Map();
    for (const part of body.querySelectorAll("details")) folded.set(part.dataset.for, part.open);
    body.innerHTML = markup;
    for (const part of body.querySelectorAll("details")) {
      if (folded.has(part.dataset.for)) part.open = folded.get(part.dataset.for);
    }
    for (const box of body.querySelectorAll("input[data-layer]")) {
      const name = box.dataset.layer;
      if (state.switched.has(name)) box.checked = state.switched.get(name);
    }
  }

  function frameTexts(content) {
    const { texts } = content;
    for (const node of document.querySelectorAll("[data-text]")) {
      node.title = texts[node.dataset.text];
      node.setAttribute("aria-label", texts[node.dataset.text]);
    }
    byClass("gy-legend").querySelector("summary").textContent = texts.legend;
    byClass("gy-legend").hidden = !content.legend;
    const source = byClass("gy-source");
    source.textContent = content.sources.length ? texts.source + content.sources.join(texts.joint) : "";
    source.title = source.textContent;
    const ribbon = byClass("gy-ribbon");
    ribbon.hidden = !content.demonstration;
    ribbon.textContent = texts.demonstration;
    legendText(content.legend);
  }

  function countyZones(content) {
    const county = content.layers.find((layer) => layer.id === "county");
    if (!county) return;
    content.county_zones = ganyuan.decode(county.shapes).flatMap((parts) => {
      if (!parts.length) return [];
      const xs = parts.flat(2).map((p) => p[1]), ys = parts.flat(2).map((p) => p[0]);
      const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
      return [{ box, parts, zone: Math.round((box[0] + box[2]) / 6) }];
    });
  }

  function update(content, view) {
    const before = state.content;
    state.content = content;
    countyZones(content);
    replaceLayers(content);
    frameTexts(content);
    unfold();
    lazyNote();
    if (!before && view) map.setView([view[0], view[1]], view[2], { reset: true });
    else if (!before) fit(content.home || content.bounds);
    else if (String(before.bounds) !== String(content.bounds)) fit(content.bounds);
    if (before && before.lazy && (!content.lazy || before.lazy.url !== content.lazy.url)) dropLazy();
    askLazy();
    refresh();
    select(find(state.selected), true);
    // The width of legend and labels is known once the font is there.
    document.fonts.ready.then(() => {
      if (untouched()) fit(fitted.bounds);
      declutter();
    });
    document.documentElement.dataset.ready = String(Number(document.documentElement.dataset.ready || 0) + 1);
  }

  ganyuan.start = function (leafletMap) {
    map = leafletMap;
    ganyuan.map = map;
    panes();
    controls();
    map.on("mousemove", readout);
    map.on("click", () => choose(null));
    map.on("zoomend", refresh);
    map.on("moveend", () => {
      if (!state.content) return;
      askLazy();
      if (untouched()) return;
      const { lat, lng } = map.getCenter();
      tell({ type: "view", view: [lat, lng, map.getZoom()] });
    });
    new ResizeObserver(resized).observe(map.getContainer());
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent || !event.data || !event.data.ganyuan) return;
      if (event.data.type === "payload") {
        update(JSON.parse(event.data.payload), event.data.view);
      }
    });
    const own = JSON.parse(document.getElementById("gy-payload").textContent);
    if (own.layers.length) update(own, null);
    tell({ type: "ready" });
  };
})();
