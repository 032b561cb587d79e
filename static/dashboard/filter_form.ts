// A filter written by hand: any dimension, is or is not, contains or does not contain.
import type { Go } from "./controls";
import { h } from "./dom";
import type { Operator } from "./filters";
import { OPERATORS, operatorsOf, withFilter } from "./filters";
import { dimensionName } from "./labels";
import { siteOfPage } from "./site";
import type { Dimension } from "./stats";
import { dimensionNamed, DIMENSIONS } from "./stats";
import { text } from "./texts";

/** Fields for a new filter; `close` is called once it is in force. */
export function filterForm(close: () => void, go: Go): HTMLElement {
  const own = Object.keys(siteOfPage().dimensions).map(dimensionNamed).filter((name) => name !== undefined);
  const names = [...DIMENSIONS, ...own].sort((a, b) => dimensionName(a).localeCompare(dimensionName(b)));
  const dimension = h("select", { name: "dimension" }, ...names.map((name) => choice(name, dimensionName(name))));
  const operator = h("select", { name: "operator" });
  const value = h("input", { name: "value", maxlength: 1000, autocomplete: "off" });
  const offer = (): void => {
    const known = operatorsOf(dimension.value as Dimension);
    operator.replaceChildren(...known.map((sign) => choice(sign, text.operators[OPERATORS[sign]])));
    value.type = known.length > 2 ? "text" : "number";
  };
  dimension.value = "page";
  dimension.addEventListener("change", offer);
  offer();
  const submit = (event: Event): void => {
    event.preventDefault();
    const added = { dimension: dimension.value as Dimension, operator: operator.value as Operator, value: value.value };
    // A text that contains nothing is every text.
    if (!added.value && added.operator !== "==" && added.operator !== "!=") return;
    close();
    go((view) => ({ ...view, filters: withFilter(view.filters, added), more: "" }));
  };
  return h(
    "form",
    { class: "filter-form", "aria-label": text.filters.add, onsubmit: submit },
    h("label", {}, text.filters.dimension, dimension),
    h("label", {}, text.filters.operator, operator),
    h("label", {}, text.filters.value, value),
    h("button", { type: "submit", class: "main" }, text.ranges.apply),
  );
}

function choice(value: string, name: string): HTMLElement {
  return h("option", { value }, name);
}
