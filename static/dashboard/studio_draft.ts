// A draft as the gateway has it, and as the fields have it: one value under each key ("texts.fr.body").

export interface Recipient {
  readonly name: string;
  readonly country: string;
  readonly safeguard?: string;
}

export type Value = string | number | readonly Recipient[];
export type Values = Map<string, Value>;

type Words = Readonly<Record<string, string>>;

export interface Draft {
  readonly texts?: Readonly<Record<string, Words>>;
  readonly appearance?: { readonly layout?: string; readonly light?: Words; readonly dark?: Words };
  readonly purposes?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  readonly choice_months?: number;
}

export interface Version {
  readonly number: number;
  readonly time: string;
  readonly by: string;
  readonly again: number | null;
  readonly asks_again: boolean;
}

export interface Banner {
  readonly revision: number;
  readonly draft: Draft;
  readonly configured: Draft;
  readonly locked: Words;
  readonly live: number;
  readonly faults: readonly { readonly key: string; readonly what: string; readonly fix: string }[];
  readonly changes: readonly { readonly key: string; readonly before: Value | null; readonly after: Value | null }[];
  readonly asks_again: boolean;
  readonly because: readonly string[];
  readonly versions: readonly Version[];
}

export function flat(draft: Draft): Values {
  const found: Values = new Map();
  const put = (where: string, values: Readonly<Record<string, Value | undefined>> = {}) => {
    for (const [name, value] of Object.entries(values)) {
      // An empty colour is that of the configuration.
      if (value !== undefined && value !== null && value !== "") found.set(`${where}.${name}`, value);
    }
  };
  for (const [language, texts] of Object.entries(draft.texts ?? {})) put(`texts.${language.toLowerCase()}`, texts);
  const { layout, light, dark } = draft.appearance ?? {};
  if (layout) found.set("appearance.layout", layout);
  put("appearance.light", light);
  put("appearance.dark", dark);
  for (const [purpose, words] of Object.entries(draft.purposes ?? {})) put(`purposes.${purpose}`, words);
  if (draft.choice_months) found.set("choice_months", draft.choice_months);
  return found;
}

/** What a draft can still mean: without what the configuration has come to write itself, and purposes that are gone. */
export function meant({ draft, configured, locked }: Banner): Values {
  const purposes = Object.keys(configured.purposes ?? {});
  const isGone = (key: string) => key.startsWith("purposes.") && !purposes.includes(key.split(".")[1] ?? "");
  return new Map([...flat(draft)].filter(([key]) => !Object.hasOwn(locked, key) && !isGone(key)));
}

export function nested(values: Values): Draft {
  const draft: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const names = key.split(".");
    // The names of texts have dots in them.
    const path = names[0] === "texts" ? ["texts", names[1] ?? "", names.slice(2).join(".")] : names;
    const last = path.pop() ?? "";
    let inner = draft;
    for (const name of path) inner = (inner[name] ??= {}) as Record<string, unknown>;
    inner[last] = value;
  }
  return draft;
}

/** One a line: name; country; safeguard. A single dash is nobody. */
export function recipientsOf(lines: string): readonly Recipient[] {
  if (lines.trim() === "-") return [];
  return lines
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const [name = "", country = "", ...safeguard] = line.split(";").map((part) => part.trim());
      return { name, country: country.toUpperCase(), ...(safeguard.length && { safeguard: safeguard.join("; ") }) };
    });
}

export function linesOf(recipients: readonly Recipient[]): string {
  const line = ({ name, country, safeguard }: Recipient) => [name, country, safeguard].filter(Boolean).join("; ");
  return recipients.length ? recipients.map(line).join("\n") : "-";
}
