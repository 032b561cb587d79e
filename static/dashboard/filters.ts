// Filters in the URL and on the wire: Matomo's segment grammar, country==FR;device==phone.
import type { Dimension } from "./stats";
import { FILTERABLE } from "./stats";

export interface Filter {
  readonly dimension: Dimension;
  readonly value: string;
}

/** Values are percent-encoded inside the grammar, because ; and , are its operators. */
export function writeFilters(filters: readonly Filter[]): string {
  return filters.map(({ dimension, value }) => `${dimension}==${value.replace(/[%;,]/g, encodeURIComponent)}`).join(";");
}

/** What `written` holds. A part that is not understood is left out rather than shown as something else. */
export function readFilters(written: string): Filter[] {
  const filters: Filter[] = [];
  for (const part of written.split(";")) {
    const [, dimension, value] = /^(\w+)==(.*)$/s.exec(part) ?? [];
    const known = FILTERABLE.find((name) => name === dimension);
    if (known && value !== undefined) filters.push({ dimension: known, value: decode(value) });
  }
  return filters;
}

/** `filters` with `added` in place of any other filter on the same dimension. */
export function withFilter(filters: readonly Filter[], added: Filter): Filter[] {
  return [...filters.filter(({ dimension }) => dimension !== added.dimension), added];
}

export function withoutFilter(filters: readonly Filter[], removed: Filter): Filter[] {
  return filters.filter((filter) => filter.dimension !== removed.dimension || filter.value !== removed.value);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
