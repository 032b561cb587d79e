// The banner studio: what is typed is kept as the draft, shown in the preview, and compared with what visitors see.
import { ask, send, StatsError } from "./ask";
import { byId, h, replace } from "./dom";
import { failureWords } from "./notice";
import { lookFields, purposeFields, termField, textFields } from "./studio_fields";
import { showOutcome } from "./studio_outcome";
import { Sample } from "./studio_preview";
import { flat, meant, nested, type Banner, type Value, type Values } from "./studio_draft";
import { showVersions } from "./studio_versions";
import { fill, text } from "./texts";

/** Milliseconds after the last key before the draft is kept. */
const REST = 600;

/** The texts without the site's own, and the languages that there are. */
export interface Shipped {
  readonly texts: Readonly<Record<string, string>>;
  readonly languages: readonly string[];
}

export class Studio {
  private readonly data = document.body.dataset;
  private readonly api = `${this.data["base"] ?? ""}/v1/banner/${this.data["site"]}`;
  private readonly page = `${this.data["base"] ?? ""}/sites/${this.data["site"]}/banner`;
  private readonly sample = new Sample(this.page, () => this.link());
  private banner!: Banner;
  private values: Values = new Map();
  private language = this.data["language"] ?? "en";
  private timer = 0;
  private saving: Promise<void> = Promise.resolve();
  private dirty = false;

  async show(): Promise<void> {
    try {
      await this.load();
    } catch (error) {
      this.fail(error);
    }
  }

  private async load(): Promise<void> {
    const [banner, shipped] = await Promise.all([
      ask<Banner>(`${this.api}/draft`, new AbortController().signal),
      this.words(),
    ]);
    byId("notice").replaceChildren();
    this.take(banner);
    this.showTexts(shipped);
    this.showOthers();
    this.sample.start(shipped.languages, this.language);
    byId("studio").removeAttribute("aria-busy");
    addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
  }

  private words(): Promise<Shipped> {
    return ask<Shipped>(`${this.page}/words?language=${encodeURIComponent(this.language)}`, new AbortController().signal);
  }

  private take(banner: Banner): void {
    this.banner = banner;
    this.values = meant(banner);
    showOutcome(byId("outcome"), banner, () => void this.publish(), () => void this.discard());
    showVersions(byId("versions"), banner, (to) => void this.rollBack(to));
  }

  private showTexts(shipped: Shipped): void {
    const keys = JSON.parse(this.data["keys"] ?? "[]") as string[];
    const choose = async (language: string) => {
      this.language = language;
      this.sample.speak(language);
      try {
        this.showTexts(await this.words());
        byId("texts").querySelector("select")?.focus();
      } catch (error) {
        this.fail(error);
      }
    };
    replace(byId("texts"), ...textFields(this.fields(), keys, Number(this.data["first"]), this.language, shipped, (language) => void choose(language)));
  }

  private showOthers(): void {
    const fields = this.fields();
    const colours = JSON.parse(this.data["colours"] ?? "[]") as string[];
    const shipped = JSON.parse(this.data["shipped"] ?? "{}") as Record<string, Record<string, string>>;
    replace(byId("look"), ...lookFields(fields, colours, shipped));
    replace(byId("purposes"), ...purposeFields(fields, this.banner.configured));
    replace(byId("term"), termField(fields));
  }

  private fields() {
    return {
      drafted: (key: string) => this.values.get(key),
      configured: (key: string) => flat(this.banner.configured).get(key),
      lockedBy: (key: string) => this.banner.locked[key],
      set: (key: string, value: Value | undefined) => this.set(key, value),
    };
  }

  /** Undefined: as configured. */
  private set(key: string, value: Value | undefined): void {
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.keep(), REST);
  }

  /** Keep the draft as it is now; done once it is kept, one change after the other. */
  private keep(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.dirty) return this.saving;
    return (this.saving = this.saving.then(async () => {
      const values = new Map(this.values);
      byId("state").textContent = text.studio.saving;
      try {
        const body = { revision: this.banner.revision, draft: nested(values) };
        const banner = await send<Banner>("PUT", `${this.api}/draft`, body);
        // What was typed meanwhile is kept in its turn.
        const now = this.values;
        const typed = [...now].length !== values.size || [...now].some(([key, value]) => values.get(key) !== value);
        this.take(banner);
        if (typed) this.values = now;
        this.dirty = typed;
        byId("state").textContent = text.studio.saved;
        byId("notice").replaceChildren();
        this.sample.refresh();
      } catch (error) {
        byId("state").textContent = "";
        this.fail(error, text.studio.not_saved);
      }
    }));
  }

  private async publish(): Promise<void> {
    await this.keep();
    if (this.dirty) return;
    const { revision, live } = this.banner;
    await this.change("publish", { revision, live }, text.studio.published);
  }

  private async rollBack(to: number): Promise<void> {
    await this.keep();
    await this.change("rollback", { to, live: this.banner.live }, fill(text.studio.rolled_back, { number: String(to) }));
    this.showOthers();
    this.showTexts(await this.words());
  }

  private async discard(): Promise<void> {
    // What is served: every difference taken back.
    const live = meant(this.banner);
    for (const { key, before } of this.banner.changes) {
      const own = flat(this.banner.configured).get(key);
      if (before === null || JSON.stringify(before) === JSON.stringify(own ?? null)) live.delete(key);
      else live.set(key, before);
    }
    this.values = live;
    this.dirty = true;
    await this.keep();
    this.showOthers();
    this.showTexts(await this.words());
  }

  private async change(what: "publish" | "rollback", body: unknown, done: string): Promise<void> {
    try {
      this.take(await send<Banner>("POST", `${this.api}/${what}`, body));
      byId("notice").replaceChildren();
      byId("state").textContent = done;
      this.sample.refresh();
    } catch (error) {
      this.fail(error);
    }
  }

  private async link(): Promise<string> {
    await this.keep();
    return (await send<{ url: string }>("POST", `${this.api}/preview`, this.sample.visitor())).url;
  }

  private fail(error: unknown, words = "{why}"): void {
    if (!(error instanceof StatsError)) throw error;
    const again = h("button", { type: "button", class: "quiet", onclick: () => location.reload() }, text.studio.reload);
    const said = fill(words, { why: error.reason === "refused" ? error.message : failureWords(error) });
    byId("notice").replaceChildren(h("div", { class: `notice ${error.reason}` }, h("span", {}, said), again));
  }
}
