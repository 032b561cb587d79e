// The preview: the draft in a frame, as the visitor that is described here meets it, and a link to the same on the site.
import { byId, h, replace } from "./dom";
import { StatsError } from "./ask";
import { failureWords } from "./notice";
import { named } from "./studio_fields";
import { text } from "./texts";

/** "" is an unknown country, with the strictest rules. */
const LAWS = ["FR", "DE", "GB", "US-CA", "US-TX", ""];

export class Sample {
  private readonly frame = h("iframe", { title: text.studio.preview_of, class: "studio-frame" });
  private readonly out = h("p", { role: "status" });
  private language = "";
  private jurisdiction = "FR";
  private gpc = false;
  private theme = "";

  constructor(
    private readonly page: string,
    private readonly link: () => Promise<string>,
  ) {}

  start(languages: readonly string[], language: string): void {
    this.language = language;
    const countries = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
    const law = (tag: string) => (tag === "US-CA" ? "California" : tag === "US-TX" ? "Texas" : tag ? (countries.of(tag) ?? tag) : text.studio.unknown);
    const themes = { "": text.studio.theme_screen, light: text.studio.theme_light, dark: text.studio.theme_dark };
    const widths = { wide: text.studio.width_wide, phone: text.studio.width_phone };
    const changed = (set: (value: string) => void) => (value: string) => {
      set(value);
      this.refresh();
    };
    replace(
      byId("preview"),
      h(
        "div",
        { class: "studio-visitor" },
        select("preview-language", text.frame.language, Object.fromEntries(languages.map((tag) => [tag, named(tag)])), language, changed((value) => (this.language = value))),
        select("preview-law", text.studio.jurisdiction, Object.fromEntries(LAWS.map((tag) => [tag, law(tag)])), this.jurisdiction, changed((value) => (this.jurisdiction = value))),
        select("preview-theme", text.studio.theme, themes, "", changed((value) => (this.theme = value))),
        select("preview-width", text.studio.width, widths, "wide", (value) => this.frame.classList.toggle("studio-phone", value === "phone")),
        h(
          "label",
          { class: "studio-choice" },
          h("input", {
            type: "checkbox",
            onchange: (event) => {
              this.gpc = (event.target as HTMLInputElement).checked;
              this.refresh();
            },
          }),
          h("span", {}, text.studio.gpc),
        ),
      ),
      this.frame,
      h("p", { class: "buttons" }, h("button", { type: "button", class: "quiet", onclick: () => void this.make() }, text.studio.make_link)),
      this.out,
      h("p", { class: "hint muted" }, text.studio.link_about),
    );
    this.refresh();
  }

  /** The language whose texts are being edited is the one that is shown. */
  speak(language: string): void {
    this.language = language;
    const choice = document.getElementById("preview-language");
    if (choice instanceof HTMLSelectElement) choice.value = language;
    this.refresh();
  }

  refresh(): void {
    const { language, jurisdiction, gpc, theme } = this;
    const query = new URLSearchParams({ language, jurisdiction, gpc: gpc ? "1" : "0", theme });
    // Another address each time: a frame that is sent where it is does not load again.
    query.set("at", String(Date.now()));
    this.frame.src = `${this.page}/preview?${query}`;
  }

  /** What a link is made for. */
  visitor(): unknown {
    const { language, jurisdiction, gpc, theme } = this;
    return { language, jurisdiction, gpc, theme };
  }

  private async make(): Promise<void> {
    try {
      const href = await this.link();
      this.out.replaceChildren(h("a", { href, target: "_blank", rel: "noopener" }, text.studio.link_ready));
    } catch (error) {
      if (!(error instanceof StatsError)) throw error;
      this.out.replaceChildren(failureWords(error));
    }
  }
}

function select(id: string, label: string, options: Readonly<Record<string, string>>, chosen: string, change: (value: string) => void): HTMLElement {
  const list = h("select", { id, onchange: (event) => change((event.target as HTMLSelectElement).value) });
  for (const [value, words] of Object.entries(options)) list.append(h("option", { value, selected: value === chosen }, words));
  return h("div", { class: "studio-field" }, h("label", { for: id }, label), list);
}
