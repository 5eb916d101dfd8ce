// The keyboard: every tool has a letter, arrows move the map, Escape goes one step back.

const STEP = 120;

export class Keys {
  constructor(app) {
    this.app = app;
    this.listener = (event) => this.press(event);
    document.addEventListener("keydown", this.listener);
  }

  remove() {
    document.removeEventListener("keydown", this.listener);
  }

  get table() {
    const { texts } = this.app.config;
    return [
      ["/", texts.find], ["← ↑ → ↓", texts.key_move], ["+ −", texts.key_zoom],
      ["H", texts.tool_home], ["L", texts.tool_panel], ["B", texts.tool_box],
      ["P", texts.tool_outline], ["C", texts.tool_circle], ["D", texts.tool_length],
      ["A", texts.tool_area], ["Enter", texts.key_done], ["Backspace", texts.key_undo],
      ["S", texts.tool_compare], ["K", texts.tool_link], ["Esc", texts.key_back],
    ];
  }

  help() {
    this.app.drawer.help(this.table);
  }

  press(event) {
    const { app } = this;
    // Not while somebody writes, or uses a control with keys of its own.
    const origin = event.composedPath()[0];
    const writing = event.ctrlKey || event.metaKey || event.altKey ||
      /^(INPUT|SELECT|TEXTAREA)$/.test(origin.tagName || "") || origin.isContentEditable;
    if (writing || !app.root.isConnected) return;
    const tool = (name) => () => app.tools.start(name);
    const pan = (x, y) => () => {
      const { width, height } = app.stage.getBoundingClientRect();
      const [lon, lat] = app.chart.unproject([width / 2 + x * STEP, height / 2 + y * STEP]);
      app.chart.jump({ ...app.chart.view(), lon, lat });
    };
    const work = {
      "/": () => app.finder.field.focus(), "?": () => this.help(),
      "+": () => app.chart.zoomBy(1), "=": () => app.chart.zoomBy(1), "-": () => app.chart.zoomBy(-1),
      h: () => app.home(), l: () => app.root.classList.toggle("gb-folded"),
      b: tool("box"), p: tool("outline"), c: tool("circle"), d: tool("length"), a: tool("area"),
      s: () => app.compare(!app.state.other), k: () => app.copyLink(),
      ArrowLeft: pan(-1, 0), ArrowRight: pan(1, 0), ArrowUp: pan(0, -1), ArrowDown: pan(0, 1),
      Enter: () => app.tools.done(), Backspace: () => app.tools.undo(),
      Escape: () => this.back(),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!work) return;
    // Buttons and lists keep their own Enter.
    if (event.key === "Enter" && !app.tools.tool) return;
    event.preventDefault();
    work();
  }

  back() {
    const { app } = this;
    if (app.tools.stop()) return;
    if (app.tools.measured) { app.tools.clear(); return; }
    if (app.state.shape) { app.select(null); return; }
    if (app.drawer.open) app.unpick();
    else if (app.state.other) app.compare(false);
  }
}
