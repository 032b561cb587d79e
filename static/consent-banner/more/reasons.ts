/** Why a visitor got these choices: the rule each purpose runs under, with its date (RULES.md E15). */

import type { Notice, NoticePurpose } from "../notice";
import { make } from "../ui/make";
import { wording } from "../ui/wording";

export function reasons(notice: Notice): HTMLElement {
  const say = wording(notice);
  const rules = new Map(notice.purposes.filter(({ rule }) => rule).map((purpose) => [purpose.rule, purpose]));
  const list = make("ul", {}, ...[...rules.values()].map((purpose) => make("li", {}, cited(purpose, notice.language))));
  return make(
    "details",
    { class: "reasons" },
    make("summary", {}, say("why")),
    make("p", {}, say(`why_${notice.why}`)),
    list,
  );
}

/** A rule's citation and the date of its text, written as that language writes dates. */
export function cited({ rule, dated }: NoticePurpose, language: string): HTMLElement {
  const day = new Date(`${dated}T00:00Z`);
  if (Number.isNaN(day.getTime())) return make("cite", {}, rule);
  // The visitor's own way of writing that language, where the browser says.
  const locale = navigator.languages.find((own) => own.split("-")[0] === language) ?? language;
  const written = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(day);
  return make("cite", {}, `${rule} (`, make("time", { datetime: dated }, written), ")");
}
