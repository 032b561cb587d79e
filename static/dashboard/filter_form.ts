// A filter written by hand: any dimension or figure of a visit, compared in any way; beside the other filters or as an alternative.
import type { Go } from "./controls";
import { h } from "./dom";
import type { Operator } from "./filters";
import { isNumber, MEASURES, OPERATORS, operatorsOf, withAlternative, withFilter } from "./filters";
import { dimensionName, filterWords } from "./labels";
import { siteOfPage } from "./site";
import { DIMENSIONS } from "./stats";
import { fill, text } from "./texts";
import type { View } from "./view";

const BESIDE = "and";

/** Fields for a new filter; `close` is called once it is in force. */
export function filterForm({ filters }: Pick<View, "filters">, close: () => void, go: Go): HTMLElement {
  const names = [...DIMENSIONS, ...MEASURES, ...Object.keys(siteOfPage().dimensions)];
  const sorted = names.sort((a, b) => dimensionName(a).localeCompare(dimensionName(b)));
  const dimension = h("select", { name: "dimension" }, ...sorted.map((name) => choice(name, dimensionName(name))));
  const operator = h("select", { name: "operator" });
  const value = h("input", { name: "value", maxlength: 1000, autocomplete: "off", step: "any" });
  const alternatives = filters.map((filter, at) => choice(String(at), fill(text.filters.or_to, { filter: filterWords(filter) })));
  const joined = h("select", { name: "joined" }, choice(BESIDE, text.filters.and_to), ...alternatives);
  const offer = (): void => {
    const known = operatorsOf(dimension.value);
    operator.replaceChildren(...known.map((sign) => choice(sign, text.operators[OPERATORS[sign]])));
    value.type = isNumber(dimension.value) ? "number" : "text";
    value.required = isNumber(dimension.value);
  };
  dimension.value = "page";
  dimension.addEventListener("change", offer);
  offer();
  const submit = (event: Event): void => {
    event.preventDefault();
    const added = { dimension: dimension.value, operator: operator.value as Operator, value: value.value };
    // A text that contains nothing is every text.
    if (!added.value && added.operator !== "==" && added.operator !== "!=") return;
    const beside = filters[Number(joined.value)];
    close();
    go((view) => ({
      ...view,
      filters: beside ? withAlternative(view.filters, beside, added) : withFilter(view.filters, added),
      more: "",
    }));
  };
  return h(
    "form",
    { class: "filter-form", "aria-label": text.filters.add, onsubmit: submit },
    h("label", {}, text.filters.dimension, dimension),
    h("label", {}, text.filters.operator, operator),
    h("label", {}, text.filters.value, value),
    filters.length ? h("label", {}, text.filters.joined, joined) : null,
    h("button", { type: "submit", class: "main" }, text.ranges.apply),
  );
}

function choice(value: string, name: string): HTMLElement {
  return h("option", { value }, name);
}
