// What publishing the draft means: what is wrong with it, whether visitors are asked again and why, and what differs.
import { h, replace } from "./dom";
import { linesOf, flat, type Banner, type Value } from "./studio_draft";
import { fill, lookup, text } from "./texts";

export function showOutcome(parent: HTMLElement, banner: Banner, publish: () => void, discard: () => void): void {
  const { faults, changes } = banner;
  if (!changes.length && !faults.length) {
    replace(parent, h("p", {}, text.studio.unchanged));
    return;
  }
  replace(
    parent,
    h(
      "div",
      { role: "status" },
      h("p", { class: banner.asks_again ? "studio-asks" : "" }, h("strong", {}, banner.asks_again ? text.studio.asked_again : text.studio.not_asked_again)),
      banner.asks_again && h("p", {}, fill(text.studio.because, { parts: banner.because.map((part) => partOf(banner, part)).join(", ") })),
    ),
    faults.length > 0 &&
      h(
        "div",
        { class: "studio-faults" },
        h("h3", {}, text.studio.faults),
        h("ul", {}, ...faults.map(({ key, what, fix }) => h("li", {}, h("strong", {}, labelOf(banner, key)), ` ${what} ${fix}`))),
      ),
    changes.length > 0 && table(banner),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", class: "main", "data-key": "publish", disabled: faults.length > 0 || !changes.length, onclick: publish }, text.studio.publish),
      h("button", { type: "button", class: "quiet", "data-key": "discard", onclick: discard }, text.studio.discard),
    ),
  );
}

function table(banner: Banner): HTMLElement {
  const heads = [text.studio.what, text.studio.before, text.studio.after];
  const rows = banner.changes.map(({ key, before, after }) =>
    h("tr", {}, h("th", { scope: "row" }, labelOf(banner, key)), h("td", { dir: "auto" }, said(before)), h("td", { dir: "auto" }, said(after))),
  );
  return h(
    "div",
    { class: "studio-changes", role: "region", tabindex: 0, "aria-label": text.studio.changes },
    h(
      "table",
      {},
      h("caption", {}, text.studio.changes),
      h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...rows),
    ),
  );
}

function said(value: Value | null): string {
  if (value === null) return text.studio.shipped;
  if (typeof value === "object") return value.length ? linesOf(value) : text.studio.nobody;
  return String(value);
}

/** A key in words, as its field is called. */
function labelOf(banner: Banner, key: string): string {
  const [kind = "", middle = "", ...rest] = key.split(".");
  const last = rest.join(".");
  if (kind === "texts") return `${lookup(text.studio, `text_${last}`, last)} (${middle})`;
  if (kind === "purposes") return `${purposeOf(banner, middle)}: ${lookup(text.studio, last, last)}`;
  if (kind === "appearance" && last) return `${lookup(text.studio, `colour_${last}`, last)} (${lookup(text.studio, `theme_${middle}`, middle)})`;
  if (kind === "appearance") return text.studio.layout;
  return kind === "choice_months" ? text.studio.term : key;
}

function partOf(banner: Banner, part: string): string {
  const [kind = "", purpose = "", field = ""] = part.split(".");
  if (kind !== "purposes") return lookup(text.studio, `part_${kind}`, part);
  return fill(lookup(text.studio, `part_${field}`, part), { purpose: purposeOf(banner, purpose) });
}

const purposeOf = (banner: Banner, id: string): string => String(flat(banner.configured).get(`purposes.${id}.name`) ?? id);
