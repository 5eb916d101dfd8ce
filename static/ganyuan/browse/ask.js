// Questions to the routes of the product.

export class Refused extends Error {
  constructor(code, text, status) {
    super(text || code);
    this.code = code;
    this.status = status;
  }
}

export class Asker {
  constructor(config) {
    this.config = config;
    this.running = new Map();
    this.onbusy = () => {};
  }

  address({ ticket, day }, path, parameters = "") {
    const { base, language, unit } = this.config;
    const own = `lang=${language}&unit=${unit}`;
    return `${base}/gy/map/${ticket}/${day}/${path}?${own}${parameters ? `&${parameters}` : ""}`;
  }

  async fetched(address, signal) {
    try {
      return await fetch(address, { signal });
    } catch (error) {
      if (aborted(error)) throw error;
      throw new Refused("network", this.config.texts.unreachable, 0);
    }
  }

  // Asks; a newer question of the same kind takes the place of an older one.
  async json(kind, where, path, parameters = "") {
    this.running.get(kind)?.abort();
    const control = new AbortController();
    this.running.set(kind, control);
    this.onbusy(this.running.size);
    try {
      const answer = await this.fetched(this.address(where, path, parameters), control.signal);
      const content = await answer.json();
      if (!answer.ok) throw new Refused(content.error, content.text, answer.status);
      return content;
    } finally {
      if (this.running.get(kind) === control) this.running.delete(kind);
      this.onbusy(this.running.size);
    }
  }
}

export const aborted = (error) => error.name === "AbortError";
