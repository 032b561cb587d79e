// The words of the interface. One catalogue file per language, shared with the server's templates.
// The server says which one a page speaks; each is a module of its own (static/build.mjs).
import type en from "../../gateway/templates/texts/en.json";

const spoken = (await import(document.body.dataset["texts"] ?? "")) as { readonly default: typeof en };

export const text = spoken.default;

/** `template` with each {name} replaced by its value. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** A text looked up by a value that came over the wire; `otherwise` where the catalogue has none. */
export function lookup(section: Readonly<Record<string, string>>, key: string, otherwise: string): string {
  return Object.hasOwn(section, key) ? (section[key] ?? otherwise) : otherwise;
}
