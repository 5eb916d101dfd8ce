// One layer of the payload as Leaflet layers. Every text goes in with textContent.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const ACCENT = "#0B4F8A";
  // Markers that gave way lie below those that kept their place, and so do their hair lines.
  const BELOW = -100000;

  // Hatching on a canvas: the fill is a pattern of the class colour.
  const patterns = new Map();
  function pattern(context, kind, colour) {
    const name = kind + colour;
    if (!patterns.has(name)) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const pen = tile.getContext("2d");
      pen.strokeStyle = pen.fillStyle = colour;
      pen.lineWidth = 1.3;
      if (kind === "dots") {
        pen.beginPath();
        pen.arc(4, 4, 1.2, 0, 2 * Math.PI);
        pen.fill();
      } else {
        pen.beginPath();
        for (const shift of [-8, 0, 8]) {
          pen.moveTo(shift, 8);
          pen.lineTo(shift + 8, 0);
        }
        pen.stroke();
      }
      patterns.set(name, context.createPattern(tile, "repeat"));
    }
    return patterns.get(name);
  }

  const HatchCanvas = L.Canvas.extend({
    _fillStroke(context, layer) {
      const { hatch, hatchColour } = layer.options;
      if (!hatch) return L.Canvas.prototype._fillStroke.call(this, context, layer);
      context.globalAlpha = layer.options.fillOpacity;
      context.fillStyle = pattern(context, hatch, hatchColour);
      context.fill("evenodd");
      const plain = layer.options.fill;
      layer.options.fill = false;
      L.Canvas.prototype._fillStroke.call(this, context, layer);
      layer.options.fill = plain;
      return undefined;
    },
  });

  function pathStyle(symbol) {
    return {
      stroke: symbol.weight > 0,
      color: symbol.stroke,
      weight: symbol.weight,
      opacity: 1,
      dashArray: symbol.dash.length ? symbol.dash.join(" ") : null,
      fill: symbol.fill !== null,
      fillColor: symbol.fill || "#000",
      fillOpacity: symbol.opacity,
      hatch: symbol.hatch,
      hatchColour: symbol.fill || symbol.stroke,
      smoothFactor: 0.6,
    };
  }

  function svg(name, attributes, parent) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (parent) parent.appendChild(node);
    return node;
  }

  const OUTLINES = {
    triangle: (r) => `M0 ${-r}L${r} ${0.8 * r}H${-r}Z`,
    diamond: (r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`,
    square: (r) => `M${-0.85 * r} ${-0.85 * r}H${0.85 * r}V${0.85 * r}H${-0.85 * r}Z`,
  };

  function outline(symbol, r, attributes, parent) {
    return symbol.shape === "circle"
      ? svg("circle", { r, ...attributes }, parent)
      : svg("path", { d: OUTLINES[symbol.shape](r), ...attributes }, parent);
  }

  // A marker that may stand beside its place: a hair line then leads back to the true position.
  function marker(layer, symbol, at) {
    const r = symbol.size / 2;
    const root = svg("svg", { width: 1, height: 1, class: "gy-marker" });
    const lead = svg("g", { display: "none" }, root);
    const line = svg("line", { stroke: "#8A8A8A", "stroke-width": 0.7 }, lead);
    svg("circle", { r: 1.2, fill: "#8A8A8A" }, lead);
    const place = svg("g", { class: "gy-shape" }, root);
    const ring = outline(symbol, r + 4, {
      fill: "#fff", stroke: ACCENT, "stroke-width": 2, display: "none",
    }, place);
    outline(symbol, r, {
      fill: symbol.fill === null ? "#fff" : symbol.fill,
      stroke: symbol.stroke,
      "stroke-width": symbol.weight,
      "stroke-dasharray": symbol.dash.join(" "),
    }, place);
    if (symbol.glyph) {
      const text = svg("text", { y: 0.45 * r, "font-size": 1.25 * r }, place);
      text.textContent = symbol.glyph;
    }
    const icon = L.divIcon({ html: root, className: "gy-icon", iconSize: [0, 0] });
    const item = L.marker(at, { icon, interactive: layer.interactive, keyboard: false });
    item.gyRadius = r + symbol.weight / 2;
    item.gyMove = (dx, dy) => {
      const moved = dx !== 0 || dy !== 0;
      lead.setAttribute("display", moved ? "inline" : "none");
      line.setAttribute("x2", dx);
      line.setAttribute("y2", dy);
      place.setAttribute("transform", `translate(${dx} ${dy})`);
      item.gyOffset = [dx, dy];
      item.setZIndexOffset(moved ? BELOW : 0);
    };
    item.gySelect = (on) => {
      const [dx, dy] = item.gyOffset;
      ring.setAttribute("display", on ? "inline" : "none");
      item.setZIndexOffset(on ? -BELOW : dx || dy ? BELOW : 0);
    };
    item.gyOffset = [0, 0];
    return item;
  }

  // Gives every marker a place of its own: the free one nearest to its true position, found on
  // rings of growing radius. The order of the markers decides; the same view gives the same places.
  ganyuan.spread = function (map, markers) {
    const CELL = 24, cells = new Map(), name = (i, j) => `${i}:${j}`;
    const near = (x, y) => {
      const i = Math.floor(x / CELL), j = Math.floor(y / CELL), found = [];
      for (let u = i - 1; u <= i + 1; u++) {
        for (let v = j - 1; v <= j + 1; v++) found.push(...(cells.get(name(u, v)) || []));
      }
      return found;
    };
    const free = (x, y, r) => near(x, y).every((o) => Math.hypot(o.x - x, o.y - y) >= o.r + r + 1);
    const place = (x, y, r) => {
      if (free(x, y, r)) return [0, 0];
      for (let ring = 1; ring < 60; ring++) {
        const distance = 4 * ring, steps = 8 * Math.min(ring, 6);
        for (let k = 0; k < steps; k++) {
          const angle = (2 * Math.PI * k) / steps;
          const dx = distance * Math.sin(angle), dy = -distance * Math.cos(angle);
          if (free(x + dx, y + dy, r)) return [Math.round(dx * 10) / 10, Math.round(dy * 10) / 10];
        }
      }
      return [0, 0];
    };
    for (const item of markers) {
      const { x, y } = map.latLngToLayerPoint(item.getLatLng());
      const [dx, dy] = place(x, y, item.gyRadius);
      const cell = name(Math.floor((x + dx) / CELL), Math.floor((y + dy) / CELL));
      if (!cells.has(cell)) cells.set(cell, []);
      cells.get(cell).push({ x: x + dx, y: y + dy, r: item.gyRadius });
      if (dx !== item.gyOffset[0] || dy !== item.gyOffset[1]) item.gyMove(dx, dy);
    }
  };

  function tooltip(layer, i) {
    const box = document.createElement("div");
    const add = (tag, text, parent) => {
      const node = document.createElement(tag);
      node.textContent = text;
      parent.appendChild(node);
      return node;
    };
    if (layer.names && layer.names[i]) add("b", layer.names[i], box);
    add("em", layer.classes[layer.class_of[i]].label, box);
    (layer.rows ? layer.rows[i] || [] : []).forEach((value, column) => {
      const row = document.createElement("p");
      add("span", layer.fields[column], row);
      add("span", value, row);
      box.appendChild(row);
    });
    return box;
  }

  function shape(layer, i, parts, renderers) {
    const symbol = layer.classes[layer.class_of[i]];
    if (layer.geometry === "point") return marker(layer, symbol, parts[0][0][0]);
    const open = symbol.fill === null;
    const options = {
      ...pathStyle(symbol),
      interactive: layer.interactive,
      renderer: layer.interactive ? renderers.active : open ? renderers.lines : renderers.ground,
    };
    const path = layer.geometry === "line"
      ? L.polyline(parts.map((part) => part[0]), options)
      : L.polygon(parts, options);
    path.gySelect = (on) => {
      path.setStyle(on
        ? { stroke: true, color: ACCENT, weight: Math.max(2, symbol.weight + 1), dashArray: null }
        : pathStyle(symbol));
      if (on) path.bringToFront();
    };
    return path;
  }

  // -> { group, labels, byId }
  ganyuan.draw = function (layer, { renderers, onClick }) {
    const group = L.layerGroup(), byId = new Map(), labels = [];
    ganyuan.decode(layer.shapes).forEach((parts, i) => {
      if (!parts.length) return;
      const item = shape(layer, i, parts, renderers);
      if (layer.interactive) {
        item.gy = { layer: layer.id, id: layer.ids[i] };
        byId.set(layer.ids[i], item);
        item.bindTooltip(() => tooltip(layer, i), { sticky: true, className: "gy-tip", opacity: 1 });
        item.on("click", (event) => {
          L.DomEvent.stopPropagation(event);
          onClick(item.gy);
        });
      }
      group.addLayer(item);
    });
    (layer.labels || []).forEach((text, i) => {
      if (!text) return;
      const node = document.createElement("span");
      node.textContent = text;
      node.className = `gy-label gy-label-${layer.id.replace(/[^a-z0-9-]/gi, "")}`;
      const at = [layer.label_at[2 * i + 1], layer.label_at[2 * i]];
      const label = L.marker(at, {
        pane: "gy-labels",
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ html: node, className: "gy-icon", iconSize: [0, 0] }),
      });
      label.gyNode = node;
      labels.push(label);
      group.addLayer(label);
    });
    return { group, labels, byId };
  };

  ganyuan.HatchCanvas = HatchCanvas;
})();
