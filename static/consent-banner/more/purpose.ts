/**
 * One purpose: its toggle, those of its services, and all there is to know about it.
 *
 * The purpose's toggle sets all of its services. Where they differ it is shown as mixed, and the purpose itself counts as
 * refused: only what was switched on is answered with yes.
 */

import type { DeclaredCookie, Notice, NoticePurpose, Recipient } from "../notice";
import type { Standing } from "../standing";
import { heading, make } from "../ui/make";
import { type Wording, wording } from "../ui/wording";
import { cited } from "./reasons";

export interface Purpose {
  readonly id: string;
  readonly row: HTMLElement;
  /** None for what is necessary. */
  readonly toggle: HTMLInputElement | undefined;
  services(): Readonly<Record<string, boolean>>;
  /** Shows what stands: what runs without a yes, where the law lets it run until refused, is shown as running. */
  update(): void;
}

export function createPurpose(standing: Standing, notice: Notice, of: NoticePurpose, index: number, level: number): Purpose {
  const say = wording(notice);
  const described = `about-${index}`;
  const parts = [make("p", { id: described, class: "about" }, of.description)];
  const head = (title: Node | string, ...more: HTMLElement[]) => make("div", { class: "head" }, heading(level, title), ...more);
  if (of.required) {
    const row = make("section", { class: "purpose" }, head(of.name, make("span", { class: "always" }, say("always_on"))), ...parts, details(of, notice));
    return { id: of.id, row, toggle: undefined, services: () => ({}), update() {} };
  }

  const units = of.services ?? [];
  // A switch cannot be mixed (WAI-ARIA 1.2, aria-checked); a check box can.
  const role = units.length > 0 ? {} : { role: "switch" };
  const toggle = make("input", { type: "checkbox", id: `toggle-${index}`, "aria-describedby": described, ...role });
  const finer = units.map((unit, number) => {
    const id = `toggle-${index}-${number}`;
    const input = make("input", { type: "checkbox", role: "switch", id });
    parts.push(make("div", { class: "head service" }, make("label", { for: id }, unit.name), input));
    return { id: unit.id, input };
  });
  const mix = () => (toggle.indeterminate = finer.some(({ input }) => input.checked !== toggle.checked));
  toggle.onchange = () => finer.forEach(({ input }) => (input.checked = toggle.checked));
  for (const { input } of finer) {
    input.onchange = () => {
      toggle.checked = finer.every((other) => other.input.checked);
      mix();
    };
  }

  return {
    id: of.id,
    row: make("section", { class: "purpose" }, head(make("label", { for: toggle.id }, of.name), toggle), ...parts, details(of, notice)),
    toggle,
    services: () => Object.fromEntries(finer.map(({ id, input }) => [id, input.checked])),
    update() {
      toggle.checked = standing.allowed(of.id);
      for (const { id, input } of finer) input.checked = standing.allowed(of.id, id);
      mix();
    },
  };
}

/** Recipients, retention, legal basis and cookies. */
function details(of: NoticePurpose, notice: Notice): HTMLElement {
  const say = wording(notice);
  const list = make("dl");
  const add = (term: string, ...values: (Node | string)[]) => {
    if (values.length) list.append(make("dt", {}, term), ...values.map((value) => make("dd", {}, value)));
  };
  if (!of.required) add(say("recipients"), ...(of.recipients.length ? of.recipients.map(recipient(notice)) : [say("recipients_none")]));
  add(say("retention"), of.retention);
  add(say("legal_basis"), say(`basis_${of.legal_basis}`), ...(of.rule ? [cited(of, notice.language)] : []));
  add(say("cookies"), ...(of.cookies.length ? of.cookies.map((entry) => cookie(entry, say)) : [say("none")]));
  const topics = [of.required ? "" : say("recipients"), say("retention"), say("legal_basis"), say("cookies")];
  return make("details", {}, make("summary", {}, topics.filter(Boolean).join(" · ")), list);
}

const recipient =
  ({ language }: Notice) =>
  ({ name, country, safeguard }: Recipient): string =>
    `${name} (${countryName(country, language)})` + (safeguard ? `, ${safeguard}` : "");

/** The country's name in that language; its code where the browser knows neither. */
function countryName(code: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function cookie({ name, kind, life, description, provider }: DeclaredCookie, say: Wording): Node {
  const about = [say(`kind_${kind}`), life, provider].filter(Boolean).join(" · ");
  return make("span", {}, make("code", {}, name), ` · ${about}`, make("br"), description);
}
