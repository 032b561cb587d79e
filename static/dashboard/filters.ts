// Filters in the URL and on the wire: Matomo's segment grammar, country==FR,country==BE;device!=phone: ; is and, , is or.
import type { Dimension } from "./stats";

/** How a condition compares, by the grammar's sign. */
export const OPERATORS = {
  "==": "is",
  "!=": "is_not",
  "=@": "contains",
  "!@": "contains_not",
  "=^": "begins",
  "=$": "ends",
  ">=": "at_least",
  "<=": "at_most",
  ">": "more",
  "<": "less",
} as const;
export type Operator = keyof typeof OPERATORS;

/** Figures of a single visit that one can filter by. */
export const MEASURES = [
  "pageviews",
  "actions",
  "seconds",
  "engaged_seconds",
  "events",
  "downloads",
  "outlinks",
  "searches",
  "conversions",
  "orders",
  "revenue",
] as const;
export type Measure = (typeof MEASURES)[number];

export interface Condition {
  /** What it compares: any name that the server knows, those too which no form here offers. */
  readonly dimension: string;
  readonly operator: Operator;
  readonly value: string;
}

/** It lets a visit through where any of its conditions holds; of several filters all do. */
export type Filter = readonly Condition[];

const NUMBERS: readonly string[] = ["hour", "visitor_hour", "weekday", ...MEASURES] satisfies (Dimension | Measure)[];
const OF_NUMBERS: readonly Operator[] = ["==", "!=", ">=", "<=", ">", "<"];
const OF_TEXTS: readonly Operator[] = ["==", "!=", "=@", "!@", "=^", "=$"];

export function isNumber(dimension: string): boolean {
  return NUMBERS.includes(dimension);
}

export function operatorsOf(dimension: string): readonly Operator[] {
  return isNumber(dimension) ? OF_NUMBERS : OF_TEXTS;
}

/** Values are percent-encoded inside the grammar, because ; and , are its operators. */
export function writeFilters(filters: readonly Filter[]): string {
  return filters.map((filter) => filter.map(written).join(",")).join(";");
}

/** What `text` holds. A filter with a part that is no condition is left out rather than shown as something else. */
export function readFilters(text: string): Filter[] {
  const read = text.split(";").map((filter) => filter.split(",").map(readCondition));
  return read.filter((filter): filter is Condition[] => filter.every((one) => one !== null));
}

/** `filters` and one that holds where `added` does: in place of those that say of its dimension what it is, beside everything else. */
export function withFilter(filters: readonly Filter[], added: Condition): Filter[] {
  const { dimension, operator, value } = added;
  const says = (one: Condition): boolean => one.dimension === dimension && one.operator === "==" && operator === "==";
  const same = (one: Condition): boolean => one.dimension === dimension && one.value === value;
  const isReplaced = (filter: Filter): boolean => filter.every(says) || (filter.length === 1 && filter.every(same));
  return [...filters.filter((one) => !isReplaced(one)), [added]];
}

/** `filters`, of which `filter` also holds where `added` does. */
export function withAlternative(filters: readonly Filter[], filter: Filter, added: Condition): Filter[] {
  return filters.map((one) => (isSame(one, filter) ? [...without(one, added), added] : one));
}

/** `filters` without one condition of `filter`. */
export function withoutCondition(filters: readonly Filter[], filter: Filter, removed: Condition): Filter[] {
  return filters.map((one) => (isSame(one, filter) ? without(one, removed) : one)).filter(({ length }) => length);
}

function without(filter: Filter, removed: Condition): Filter {
  return filter.filter((one) => written(one) !== written(removed));
}

function isSame(one: Filter, other: Filter): boolean {
  return writeFilters([one]) === writeFilters([other]);
}

function written({ dimension, operator, value }: Condition): string {
  return `${dimension}${operator}${value.replace(/[%;,]/g, encodeURIComponent)}`;
}

function readCondition(part: string): Condition | null {
  const [, dimension, sign, value] = /^([a-z_0-9]+)(==|!=|>=|<=|=@|!@|=\^|=\$|>|<)(.*)$/s.exec(part) ?? [];
  return dimension && value !== undefined ? { dimension, operator: sign as Operator, value: decode(value) } : null;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
