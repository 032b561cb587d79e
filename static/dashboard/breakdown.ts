// Answers by purpose, country, device, language or version of the notice.
import type { BarRow } from "./bars";
import { barTable } from "./bars";
import type { By, ConsentAnswer, ConsentRow, ConsentView } from "./consent";
import { BY, told, viewLink } from "./consent";
import { h, replace } from "./dom";
import { downloads } from "./downloads";
import * as format from "./format";
import { label } from "./labels";
import { text } from "./texts";

const MOST = 30;
const COLUMNS = ["accepted", "refused", "custom", "withdrawn", "shown"] as const;

export function showBreakdown(
  parent: HTMLElement,
  view: ConsentView,
  answer: ConsentAnswer,
  files: { readonly csv: string; readonly json: string },
  go: (more: Partial<ConsentView>) => void,
): void {
  const tabs = BY.map((name) =>
    viewLink(
      text.consent[`by_${name}`],
      { class: "tab", "data-key": `by-${name}`, ...(name === view.by ? { "aria-current": "true" } : {}) },
      view,
      go,
      { by: name },
    ),
  );
  const title = text.consent[`by_${view.by}`];
  const head = h(
    "header",
    { class: "panel-head" },
    h("h2", {}, text.consent.answers),
    downloads(title, files.csv, files.json),
    h("nav", { class: "tabs", "aria-label": text.consent.answers }, ...tabs),
  );
  const columns = view.by === "purpose" ? COLUMNS.slice(0, 2) : COLUMNS;
  const rows = answer.rows.slice(0, MOST).map((row) => barRow(row, view.by, columns));
  const heads = [title, text.consent.rate, ...columns.map((name) => text.consent[name])];
  const table = h("div", { class: `sideways${columns.length > 2 ? " many" : ""}`, tabindex: 0, role: "region", "aria-label": title }, barTable(heads, rows));
  const body = rows.length ? table : h("p", { class: "nothing" }, text.states.no_rows);
  replace(parent, head, h("div", { class: "panel-body" }, body));
}

// The share that said yes to everything, or to this purpose, of all who answered; none where one of the figures is hidden.
function barRow(row: ConsentRow, by: By, columns: readonly string[]): BarRow {
  const answers = columns.filter((name) => name !== "withdrawn" && name !== "shown").map((name) => row[name]);
  const known = answers.every((value) => typeof value === "number");
  const all = answers.reduce<number>((sum, value) => sum + Number(value ?? 0), 0);
  const rate = known && all > 0 ? Number(row["accepted"]) / all : null;
  return {
    name: nameOf(by, String(row[by] ?? "")),
    length: rate ?? 0,
    cells: [rate === null ? "–" : format.share(rate), ...columns.map((name) => told(row[name]))],
  };
}

function nameOf(by: By, value: string): string {
  if (by === "purpose") return purposes()[value] ?? value;
  if (by === "notice") return value ? value.slice(0, 12) : text.values.none;
  return label(by, value);
}

function purposes(): Readonly<Record<string, string>> {
  return JSON.parse(document.body.dataset["purposes"] ?? "{}") as Record<string, string>;
}
