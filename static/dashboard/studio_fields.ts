// The fields of the banner studio. An empty one is as configured, which it shows in grey; a locked one says who sets it.
import { h } from "./dom";
import type { Shipped } from "./studio";
import { linesOf, recipientsOf, type Draft, type Recipient, type Value } from "./studio_draft";
import { fill, lookup, text } from "./texts";

export interface Fields {
  drafted(key: string): Value | undefined;
  configured(key: string): Value | undefined;
  lockedBy(key: string): string | undefined;
  set(key: string, value: Value | undefined): void;
}

const LONG = 60; // characters from which on a text has several lines
const LAYOUTS = ["bar", "card", "dialog", "inline"] as const;
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/** The `first` of the texts are shown at once, all others when they are asked for. */
export function textFields(
  fields: Fields,
  keys: readonly string[],
  first: number,
  language: string,
  shipped: Shipped,
  choose: (language: string) => void,
): HTMLElement[] {
  const languages = h("select", { onchange: (event) => choose((event.target as HTMLSelectElement).value) });
  for (const tag of shipped.languages) languages.append(h("option", { value: tag, selected: tag === language }, named(tag)));
  const one = (name: string) => {
    const key = `texts.${language.toLowerCase()}.${name}`;
    return words(fields, key, lookup(text.studio, `text_${name}`, name), shipped.texts[name] ?? "", language);
  };
  return [
    h("label", { class: "studio-field" }, h("span", {}, text.studio.language), languages),
    ...keys.slice(0, first).map(one),
    h("details", {}, h("summary", {}, text.studio.more_texts), ...keys.slice(first).map(one)),
  ];
}

export function lookFields(
  fields: Fields,
  colours: readonly string[],
  shipped: Readonly<Record<string, Readonly<Record<string, string>>>>,
): HTMLElement[] {
  const key = "appearance.layout";
  const locked = fields.lockedBy(key);
  const drafted = fields.drafted(key);
  const choice = (value: string, label: string) =>
    h(
      "label",
      { class: "studio-choice" },
      h("input", {
        type: "radio",
        name: "layout",
        value,
        checked: (drafted ?? "") === value,
        disabled: locked !== undefined,
        onchange: () => fields.set(key, value || undefined),
      }),
      h("span", {}, label),
    );
  const own = lookup(text.studio, `layout_${fields.configured(key)}`, "");
  const layout = h(
    "fieldset",
    {},
    h("legend", {}, text.studio.layout),
    choice("", `${text.studio.as_configured} (${own})`),
    ...LAYOUTS.map((name) => choice(name, text.studio[`layout_${name}`])),
    lockedHint(locked, ""),
  );
  const scheme = (name: "light" | "dark") =>
    h(
      "fieldset",
      {},
      h("legend", {}, text.studio[name]),
      ...colours.map((colour) => colourField(fields, `appearance.${name}.${colour}`, colour, shipped[name]?.[colour] ?? "")),
    );
  return [layout, h("div", { class: "studio-schemes" }, scheme("light"), scheme("dark"))];
}

export function purposeFields(fields: Fields, configured: Draft): HTMLElement[] {
  return Object.keys(configured.purposes ?? {}).map((purpose) => {
    const where = `purposes.${purpose}`;
    const name = String(fields.configured(`${where}.name`) ?? purpose);
    const plain = (["name", "description", "retention"] as const).map((field) =>
      words(fields, `${where}.${field}`, text.studio[field], ""),
    );
    return h("details", { class: "studio-purpose" }, h("summary", {}, name), ...plain, recipients(fields, `${where}.recipients`));
  });
}

export function termField(fields: Fields): HTMLElement {
  const key = "choice_months";
  const id = idOf(key);
  const locked = fields.lockedBy(key);
  const input = h("input", {
    id,
    type: "number",
    min: 1,
    max: 13,
    value: locked ? fields.configured(key)?.toString() : fields.drafted(key)?.toString(),
    placeholder: fields.configured(key)?.toString(),
    readonly: locked !== undefined,
    "aria-describedby": locked && `${id}-locked`,
    oninput: () => input.validity.valid && fields.set(key, input.value ? Number(input.value) : undefined),
  });
  return h("div", { class: "studio-field" }, h("label", { for: id }, text.studio.term), input, lockedHint(locked, id));
}

/** A text of one or several lines. */
function words(fields: Fields, key: string, label: string, shipped: string, language = ""): HTMLElement {
  const own = fields.configured(key);
  const otherwise = String(own ?? shipped);
  return area(fields, key, label, otherwise, language, String(fields.drafted(key) ?? ""), (typed) => typed || undefined);
}

function recipients(fields: Fields, key: string): HTMLElement {
  const own = linesOf((fields.configured(key) ?? []) as readonly Recipient[]);
  const drafted = fields.drafted(key) as readonly Recipient[] | undefined;
  const parse = (typed: string) => (typed.trim() ? recipientsOf(typed) : undefined);
  const field = area(fields, key, text.studio.recipients, own, "", drafted ? linesOf(drafted) : "", parse, 2);
  field.append(h("p", { class: "hint muted" }, text.studio.recipients_hint));
  return field;
}

function area(
  fields: Fields,
  key: string,
  label: string,
  otherwise: string,
  language: string,
  drafted: string,
  parse: (typed: string) => Value | undefined,
  rows = otherwise.length > LONG ? Math.min(6, Math.ceil(otherwise.length / LONG)) : 1,
): HTMLElement {
  const id = idOf(key);
  const locked = fields.lockedBy(key);
  const input = h("textarea", {
    id,
    rows,
    lang: language || null,
    dir: "auto",
    placeholder: otherwise,
    readonly: locked !== undefined,
    "aria-describedby": locked && `${id}-locked`,
    oninput: () => fields.set(key, parse(input.value)),
  });
  input.value = locked ? otherwise : drafted;
  return h("div", { class: "studio-field" }, h("label", { for: id }, label), input, lockedHint(locked, id));
}

function colourField(fields: Fields, key: string, name: string, shipped: string): HTMLElement {
  const id = idOf(key);
  const locked = fields.lockedBy(key);
  const label = lookup(text.studio, `colour_${name}`, name);
  const otherwise = String(fields.configured(key) ?? shipped);
  const drafted = String(fields.drafted(key) ?? "");
  const typed = h("input", {
    id,
    type: "text",
    value: locked ? otherwise : drafted,
    placeholder: otherwise,
    maxlength: 7,
    spellcheck: "false",
    readonly: locked !== undefined,
    "aria-describedby": locked && `${id}-locked`,
    oninput() {
      const valid = !typed.value || HEX.test(typed.value);
      typed.setCustomValidity(valid ? "" : "#rrggbb");
      typed.toggleAttribute("aria-invalid", !valid);
      if (!valid) return;
      picker.value = long(typed.value || otherwise);
      fields.set(key, typed.value || undefined);
    },
  });
  const picker = h("input", {
    type: "color",
    value: long(drafted || otherwise),
    disabled: locked !== undefined,
    "aria-label": fill(text.studio.pick, { what: label }),
    oninput() {
      typed.value = picker.value;
      typed.setCustomValidity("");
      fields.set(key, picker.value);
    },
  });
  return h("div", { class: "studio-colour" }, h("label", { for: id }, label), picker, typed, lockedHint(locked, id));
}

function lockedHint(file: string | undefined, id: string): HTMLElement | null {
  return file === undefined
    ? null
    : h("p", { id: id ? `${id}-locked` : null, class: "hint muted" }, fill(text.studio.locked, { file }));
}

const idOf = (key: string): string => `field-${key.replaceAll(".", "-")}`;

/** #rgb as #rrggbb, which alone the browser's own picker takes. */
const long = (colour: string): string => (colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour).toLowerCase();

export function named(tag: string): string {
  const spoken = new Intl.DisplayNames([document.documentElement.lang], { type: "language" }).of(tag);
  return spoken && spoken !== tag ? `${spoken} (${tag})` : tag;
}
