// The list of all sites: fills in the figures of each row once it comes into sight, a few at a time.
import { StatsError } from "./ask";
import { addDays, today } from "./dates";
import { byId } from "./dom";
import * as format from "./format";
import { showFailure } from "./notice";
import type { Metric } from "./stats";
import { fetchStats, numberIn } from "./stats";
import { text } from "./texts";

const COLUMNS: readonly Metric[] = ["visitors", "visits", "pageviews"];
const DAYS = 30;
const AT_ONCE = 3;

export function showSites(base: string): void {
  const table = document.getElementById("sites");
  if (!table) return;
  const rows = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  const waiting: HTMLTableRowElement[] = [];
  let running = 0;

  const next = async (): Promise<void> => {
    const row = waiting.shift();
    if (!row || running >= AT_ONCE) {
      if (row) waiting.unshift(row);
      return;
    }
    running += 1;
    await fillRow(base, row);
    running -= 1;
    await next();
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLTableRowElement)) continue;
      seen.unobserve(target);
      waiting.push(target);
      void next();
    }
  });
  for (const row of rows) seen.observe(row);

  document.getElementById("search")?.addEventListener("input", (event) => {
    const wanted = (event.target as HTMLInputElement).value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !(row.cells[0]?.textContent ?? "").toLocaleLowerCase().includes(wanted);
    byId("no-match").hidden = rows.some((row) => !row.hidden);
  });
}

async function fillRow(base: string, row: HTMLTableRowElement): Promise<void> {
  const to = today(row.dataset["timezone"] ?? "UTC");
  const query = { span: { from: addDays(to, 1 - DAYS), to }, metrics: COLUMNS, filters: [] };
  const cells = [...row.cells].slice(1);
  try {
    const { totals } = await fetchStats(base, Number(row.dataset["site"]), query, new AbortController().signal);
    cells.forEach((cell, index) => {
      const metric = COLUMNS[index];
      if (metric) cell.textContent = format.figure(metric, numberIn(totals, metric));
    });
  } catch (error) {
    if (!(error instanceof StatsError)) throw error;
    for (const cell of cells) cell.textContent = "–";
    const last = cells[cells.length - 1];
    if (last) last.textContent = text.sites.failed;
    showFailure(byId("notice"), base, error, null, () => location.reload());
  }
}
