/** Lines that banner and preferences share. */

import type { Notice } from "../notice";
import { make } from "./make";
import { wording } from "./wording";

/** Does this visitor's opt-out of sale stand, where the law has one? (RULES.md C4) */
export const honoured = (notice: Notice): boolean => notice.do_not_sell && notice.opted_out;

/** What stands before anything is asked: a preview, an opt-out of sale, a browser's signal. */
export function standing(notice: Notice): HTMLElement[] {
  const say = wording(notice);
  const { gpc, jurisdiction } = notice;
  const american = !jurisdiction || jurisdiction.startsWith("US");
  const lines: HTMLElement[] = [];
  const add = (stands: boolean, key: string, attributes: Readonly<Record<string, string>>) => {
    if (stands) lines.push(make("p", attributes, say(key)));
  };
  add(notice.preview, "preview", { class: "preview" });
  add(honoured(notice), "opt_out_honored", { class: "honoured", lang: "en" });
  add(gpc, american ? "gpc_opt_out" : "gpc_objection", { class: "signal" });
  return lines;
}

/** The pages that say more. */
export function links(notice: Notice): HTMLElement {
  const say = wording(notice);
  const list = make("p", { class: "links" });
  const { privacy, policy, do_not_sell: sale } = notice.links;
  const add = (text: string, address: string | undefined, language: string) => {
    if (text && address && /^https?:/.test(address)) list.append(make("a", { href: address, lang: language }, text));
  };
  add(say("privacy_centre"), privacy, notice.language);
  add(say("privacy_policy"), policy, notice.language);
  // California's law gives these words, in English.
  if (notice.do_not_sell) add(say("do_not_sell"), sale, "en");
  return list;
}
