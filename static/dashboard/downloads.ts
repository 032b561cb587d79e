// The figures of a panel as files.
import { h } from "./dom";
import { fill, text } from "./texts";

/** Links to what is named `name` as CSV and as JSON. */
export function downloads(name: string, csv: string, json: string): HTMLElement {
  const link = (key: "csv" | "json", href: string): HTMLElement =>
    h(
      "a",
      { class: "csv", href, download: true, "data-key": key, "aria-label": fill(text.panels[`${key}_of`], { panel: name }) },
      text.panels[key],
    );
  return h("span", { class: "files" }, link("csv", csv), link("json", json));
}
