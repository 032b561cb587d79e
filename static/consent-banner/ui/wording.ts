/** The notice's texts, with the few values they may mention. */

import type { Notice } from "../notice";

export type Wording = (key: string, otherwise?: string) => string;

export function wording(notice: Notice): Wording {
  const values: Record<string, string> = {
    controller: notice.controller.name,
    recipients: String(notice.recipients),
    site: notice.site_name,
  };
  return (key, otherwise = "") =>
    (notice.texts[key] ?? otherwise).replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
