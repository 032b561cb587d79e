// How the values of a dimension are named to people.
import { hourName, weekdayName } from "./format";
import { siteOfPage } from "./site";
import type { Condition, Filter } from "./filters";
import { OPERATORS } from "./filters";
import { fill, lookup, text } from "./texts";

const language = document.documentElement.lang || "en";
const countries = new Intl.DisplayNames([language], { type: "region" });
const languages = new Intl.DisplayNames([language], { type: "language" });

const { goals, dimensions } = siteOfPage();

/** What a dimension or a figure of a visit is called; one of the site's own by the site's name for it. */
export function dimensionName(dimension: string): string {
  return dimensions[dimension]?.name ?? lookup(text.dimensions, dimension, lookup(text.measures, dimension, dimension));
}

/** A condition in words: Country is France. */
export function conditionWords({ dimension, operator, value }: Condition): string {
  const whole = operator === "==" || operator === "!=";
  const words = { dimension: dimensionName(dimension), value: whole ? label(dimension, value) : value };
  return fill(text.filters[OPERATORS[operator]], words);
}

/** A filter in words: Country is France or Country is Belgium. */
export function filterWords(filter: Filter): string {
  return filter.map(conditionWords).join(` ${text.filters.or} `);
}

/** `value` of `dimension` in words; "Unknown" or the like where it is empty. */
export function label(dimension: string, value: string): string {
  switch (dimension) {
    case "country":
      return /^[A-Z]{2}$/.test(value) ? (countries.of(value) ?? value) : value || text.values.unknown;
    case "language":
      return languageName(value) || text.values.unknown;
    case "referrer_type":
    case "device":
    case "continent":
    case "visitor_type":
      return lookup(text.values, value, value) || text.values.unknown;
    case "goal":
      return value === "order" ? text.values.order : (goals[value] ?? `#${value}`);
    case "weekday":
      return /^[1-7]$/.test(value) ? weekdayName(Number(value)) : value;
    case "hour":
    case "visitor_hour":
      return value ? hourName(Number(value)) : text.values.unknown;
    case "region":
    case "city":
      return placeName(value);
    case "referrer":
    case "campaign":
    case "title":
      return value || text.values.none;
    default:
      return value || text.values.unknown;
  }
}

// A region or city stands behind its country: "FR IDF", "FR Paris".
function placeName(value: string): string {
  const [, country, rest] = /^([A-Z]{2}) (.+)$/.exec(value) ?? [];
  return country && rest ? `${rest}, ${countries.of(country) ?? country}` : value || text.values.unknown;
}

function languageName(value: string): string {
  try {
    return value && (languages.of(value) ?? value);
  } catch {
    return value;
  }
}
