// How the values of a dimension are named to people.
import { lookup, text } from "./texts";
import type { Dimension } from "./stats";

const language = document.documentElement.lang || "en";
const countries = new Intl.DisplayNames([language], { type: "region" });
const languages = new Intl.DisplayNames([language], { type: "language" });

/** `value` of `dimension` in words; "Unknown" or the like where it is empty. */
export function label(dimension: Dimension, value: string): string {
  switch (dimension) {
    case "country":
      return /^[A-Z]{2}$/.test(value) ? (countries.of(value) ?? value) : value || text.values.unknown;
    case "language":
      return languageName(value) || text.values.unknown;
    case "referrer_type":
    case "device":
      return lookup(text.values, value, value) || text.values.unknown;
    case "referrer":
    case "campaign":
    case "title":
      return value || text.values.none;
    default:
      return value || text.values.unknown;
  }
}

function languageName(value: string): string {
  try {
    return value && (languages.of(value) ?? value);
  } catch {
    return value;
  }
}
