// The bar of choices: period, comparison; and the filters in force, each removable.
import { today } from "./dates";
import { h, isPlainClick, replace } from "./dom";
import { filterForm } from "./filter_form";
import type { Condition, Filter } from "./filters";
import { withoutCondition } from "./filters";
import * as format from "./format";
import { conditionWords } from "./labels";
import { menu, option } from "./menu";
import type { Compare } from "./ranges";
import { comparedSpan, RANGES, spanOf } from "./ranges";
import type { Site } from "./site";
import { fill, text } from "./texts";
import type { View } from "./view";
import { spanOfView, writeView } from "./view";

/** A step from one view to the next. A function, so that a step taken while figures load starts from the newest view. */
export type Change = (view: View) => View;
export type Go = (change: Change) => void;

/** The bar of the overview; `segments` is the menu of those that are kept, if the reader keeps any. */
export function showControls(parent: HTMLElement, site: Site, view: View, go: Go, segments: HTMLElement | null): void {
  const span = spanOfView(view, today(site.timezone));
  const against = fill(text.compare.against, { what: text.compare[view.compare] });
  const shown = view.compare === "none" ? text.compare.none : against;
  const compare = menu("compare", text.compare.label, shown, (panel, close) => {
    for (const name of ["previous", "year", "none"] satisfies Compare[]) {
      const compared = comparedSpan(span, view.range, name);
      panel.append(
        option(text.compare[name], compared ? format.span(compared) : "", view.compare === name, () => {
          close();
          go((view) => ({ ...view, compare: name }));
        }),
      );
    }
  });
  replace(parent, segments, filterMenu(view, go), compare.element, rangeMenu(site, view, go));
}

export function filterMenu(view: View, go: Go): HTMLElement {
  return menu("filter", text.filters.label, text.filters.add, (panel, close) => panel.append(filterForm(view, close, go))).element;
}

export function rangeMenu(site: Site, view: View, go: Go): HTMLElement {
  const day = today(site.timezone);
  const named = view.range === "custom" ? format.span(spanOfView(view, day)) : text.ranges[view.range];
  return menu("range", text.ranges.label, named, (panel, close) => {
    for (const name of RANGES) {
      panel.append(
        option(text.ranges[name], format.span(spanOf(name, day)), view.range === name, () => {
          close();
          go((view) => ({ ...view, range: name, custom: null, step: null }));
        }),
      );
    }
    panel.append(customRange(view, site, day, close, go));
  }).element;
}

export function showChips(parent: HTMLElement, view: View, go: Go): void {
  parent.hidden = view.filters.length === 0;
  const clear = view.filters.length > 1 ? link(text.filters.clear, "chip-clear", view, (view) => ({ ...view, filters: [] }), go) : null;
  const chips = view.filters.map((filter) => {
    const alternatives = filter.flatMap((one, at) => [at ? h("span", { class: "chip-or" }, text.filters.or) : null, chip(filter, one, view, go)]);
    return h("li", { class: filter.length > 1 ? "chip-any" : null }, ...alternatives);
  });
  replace(parent, h("ul", { "aria-label": text.filters.label }, ...chips), clear);
}

function chip(filter: Filter, condition: Condition, view: View, go: Go): HTMLElement {
  const words = conditionWords(condition);
  const change: Change = (view) => ({ ...view, filters: withoutCondition(view.filters, filter, condition) });
  const element = link(words, "chip", view, change, go);
  element.setAttribute("aria-label", fill(text.filters.remove, { filter: words }));
  element.append(h("span", { class: "chip-cross", "aria-hidden": "true" }, "×"));
  return element;
}

/** A link to another view: followed in place on a plain click, and a real address for everything else. */
export function link(words: string, className: string, view: View, change: Change, go: Go): HTMLAnchorElement {
  return h(
    "a",
    {
      class: className,
      href: location.pathname + writeView(change(view)),
      onclick: (event: Event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        go(change);
      },
    },
    words,
  );
}

function customRange(view: View, site: Site, day: string, close: () => void, go: Go): HTMLElement {
  const span = spanOfView(view, day);
  const from = h("input", { type: "date", name: "from", value: span.from, max: day, required: true });
  const to = h("input", { type: "date", name: "to", value: span.to, max: day, required: true });
  const submit = (event: Event): void => {
    event.preventDefault();
    const [first, last] = from.value <= to.value ? [from.value, to.value] : [to.value, from.value];
    close();
    go((view) => ({ ...view, range: "custom", custom: { from: first, to: last }, step: null }));
  };
  return h(
    "form",
    { class: "custom", "aria-label": text.ranges.custom, "data-site": site.id, onsubmit: submit },
    h("label", {}, text.ranges.from, from),
    h("label", {}, text.ranges.to, to),
    h("button", { type: "submit", class: "main" }, text.ranges.apply),
  );
}
