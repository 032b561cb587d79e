/** The notice's texts, with the few values they may mention, and the direction they are read in. */

import type { Notice } from "../notice";

/** The text of a key; with `names`, those things named in it. */
export type Wording = (key: string, names?: readonly string[]) => string;

export function wording({ texts }: Notice): Wording {
  return (key, names = []) => (texts[key] ?? "").replace("{names}", names.join(", "));
}

/** For the element around texts of a notice. */
export function spoken({ language }: Notice): { readonly lang: string; readonly dir: "rtl" | "ltr" } {
  return { lang: language, dir: /^(ar|fa|he|ur)\b/i.test(language) ? "rtl" : "ltr" };
}
