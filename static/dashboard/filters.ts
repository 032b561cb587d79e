// Filters in the URL and on the wire: Matomo's segment grammar, country==FR;device!=phone.
import type { Dimension } from "./stats";
import { dimensionNamed } from "./stats";

/** How a filter compares, by the grammar's sign. */
export const OPERATORS = { "==": "is", "!=": "is_not", "=@": "contains", "!@": "contains_not" } as const;
export type Operator = keyof typeof OPERATORS;

export interface Filter {
  readonly dimension: Dimension;
  readonly operator: Operator;
  readonly value: string;
}

/** Numbers to the server: they are, or are not, and contain nothing. */
const NUMBERS: readonly Dimension[] = ["hour", "visitor_hour", "weekday"];

export function operatorsOf(dimension: Dimension): readonly Operator[] {
  return NUMBERS.includes(dimension) ? ["==", "!="] : ["==", "!=", "=@", "!@"];
}

/** Values are percent-encoded inside the grammar, because ; and , are its operators. */
export function writeFilters(filters: readonly Filter[]): string {
  return filters
    .map(({ dimension, operator, value }) => `${dimension}${operator}${value.replace(/[%;,]/g, encodeURIComponent)}`)
    .join(";");
}

/** What `written` holds. A part that is not understood is left out rather than shown as something else. */
export function readFilters(written: string): Filter[] {
  const filters: Filter[] = [];
  for (const part of written.split(";")) {
    const [, name, sign, value] = /^(\w+)(==|!=|=@|!@)(.*)$/s.exec(part) ?? [];
    const dimension = dimensionNamed(name ?? "");
    const operator = sign as Operator;
    if (dimension && value !== undefined && operatorsOf(dimension).includes(operator)) {
      filters.push({ dimension, operator, value: decode(value) });
    }
  }
  return filters;
}

/** `filters` and `added`: in place of another "is" of the same dimension, beside everything else. */
export function withFilter(filters: readonly Filter[], added: Filter): Filter[] {
  const replaced = (one: Filter): boolean =>
    one.dimension === added.dimension && ((one.operator === "==" && added.operator === "==") || one.value === added.value);
  return [...filters.filter((one) => !replaced(one)), added];
}

export function withoutFilter(filters: readonly Filter[], removed: Filter): Filter[] {
  return filters.filter((one) => writeFilters([one]) !== writeFilters([removed]));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
