// Every version that was published, and the way back to each; the configuration alone is number 0.
import { h, replace } from "./dom";
import type { Banner, Version } from "./studio_draft";
import { fill, text } from "./texts";

type Row = Pick<Version, "number"> & Partial<Version>;

export function showVersions(parent: HTMLElement, banner: Banner, rollBack: (to: number) => void): void {
  const rows: readonly Row[] = [...banner.versions, { number: 0 }];
  replace(parent, h("ul", { class: "studio-versions" }, ...rows.map((row) => one(row, banner, rollBack))));
}

function one(row: Row, banner: Banner, rollBack: (to: number) => void): HTMLElement {
  const number = String(row.number);
  const item = h("li", {});
  const title = row.number === 0 ? text.studio.as_configured : fill(text.studio.version, { number });
  const about = [
    row.time && fill(text.studio.by, { time: when(row.time), who: row.by ?? "" }),
    row.again !== undefined && row.again !== null && fill(text.studio.brings_back, { number: String(row.again) }),
  ].filter(Boolean);
  const words = h("div", {}, h("strong", {}, title), about.length > 0 && h("span", { class: "muted" }, ` ${about.join(" · ")}`));

  const offer = () => {
    const label = fill(text.studio.roll_back_to, { number });
    const button = h("button", { type: "button", class: "quiet", "aria-label": label, onclick: confirm }, text.studio.roll_back);
    item.replaceChildren(words, row.number === banner.live ? h("span", { class: "tag" }, text.studio.served) : button);
    return button;
  };
  const confirm = () => {
    const warning = row.asks_again === undefined ? "" : row.asks_again ? text.studio.asked_again : text.studio.not_asked_again;
    const yes = h("button", { type: "button", class: "main", onclick: () => rollBack(row.number) }, text.studio.confirm);
    const no = h("button", { type: "button", class: "quiet", onclick: () => offer().focus() }, text.studio.cancel);
    item.replaceChildren(words, h("p", { class: "studio-confirm" }, h("span", {}, warning), yes, no));
    yes.focus();
  };
  offer();
  return item;
}

const when = (time: string): string =>
  new Date(time).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
