// A short table whose rows are bars as long as their first figure.
import { h } from "./dom";

export interface BarRow {
  readonly name: string;
  /** 0 to 1. */
  readonly length: number;
  readonly cells: readonly string[];
}

/** `heads` names the column of names and those of the cells. */
export function barTable(heads: readonly string[], rows: readonly BarRow[]): HTMLTableElement {
  const [first, ...others] = heads;
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, first),
    ...others.map((name) => h("th", { scope: "col", class: "number" }, name)),
  );
  const body = rows.map(({ name, length, cells }) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${(100 * length).toFixed(2)}%`;
    const cell = h("div", { class: "row-cell" }, length > 0 ? bar : null, h("span", { class: "row-label", title: name }, name));
    return h("tr", {}, h("th", { scope: "row" }, cell), ...cells.map((words) => h("td", { class: "number" }, words)));
  });
  return h("table", { class: `figures bars bars-${others.length}` }, h("thead", {}, head), h("tbody", {}, ...body));
}
