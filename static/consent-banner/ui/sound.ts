/** A notice without which there is no fair question: one that lacks a text, a recipient or a link is not shown at all. */

import type { Notice } from "../notice";

const TEXTS = "title body accept_all reject_all choose save privacy_choices failed";

type Fields = Readonly<Record<string, unknown>>;

export function isSound(notice: Notice): boolean {
  const { controller, links, purposes, texts } = notice;
  return (
    strings(notice, "notice language") &&
    strings(controller, "name") &&
    strings(texts, TEXTS) &&
    typeof links === "object" &&
    typeof notice.recipients === "number" &&
    purposes.every(
      (purpose) =>
        strings(purpose, "name description retention legal_basis") &&
        [purpose.recipients, purpose.cookies].every((list) => Array.isArray(list) && list.every((row) => strings(row, "name"))),
    )
  );
}

/** All of them there, none of them empty. */
function strings(fields: unknown, names: string): boolean {
  return names.split(" ").every((name) => {
    const value = (fields as Fields | null | undefined)?.[name];
    return typeof value === "string" && value !== "";
  });
}
