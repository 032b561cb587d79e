/** What stands in for embedded content until its purpose is allowed, and asks for that in place. */

import type { Notice } from "../notice";
import base from "./base.css";
import look from "./placeholder.css";
import { button, make } from "./make";
import { direction, sheet } from "./surface";
import { wording } from "./wording";

export interface PlaceholderActions {
  /** Opens this element until the page is left; nothing is recorded. */
  once(): void;
  always(): Promise<boolean>;
  preferences(): void;
}

export interface Placeholder {
  remove(): void;
}

/** Elements that leave a visible gap; images, styles and scripts are held without a word. */
const VISIBLE = new Set(["iframe", "video", "audio", "embed", "object"]);

const HELD = "data-gateway-held";
const hidden = sheet(`[${HELD}]{display:none!important}`);

export function placePlaceholder(
  element: HTMLElement,
  purpose: string,
  notice: () => Promise<Notice | null>,
  actions: PlaceholderActions,
): Placeholder | null {
  if (!VISIBLE.has(element.localName)) return null;
  if (!document.adoptedStyleSheets.includes(hidden)) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, hidden];
  }
  const host = document.createElement("gateway-placeholder");
  // The site's own rules for the element (width, ratio) shape what stands in for it.
  host.className = element.className;
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet(base), sheet(look), sheet(size(element))];
  const title = element.getAttribute("title") ?? "";
  const panel = make("div", { class: "held" }, make("p", { class: "name" }, title));
  root.append(panel);
  element.before(host);
  element.setAttribute(HELD, "");

  void notice().then((given) => {
    const asked = given?.purposes.find(({ id }) => id === purpose);
    if (!given || !asked) return;
    const say = wording(given);
    const failed = make("p", { class: "failed", role: "alert" });
    const once = button(say("load_once"), "answer", () => {
      actions.once();
      element.focus({ preventScroll: true });
    });
    const always = button(say("load_always"), "answer", () => {
      failed.textContent = "";
      void actions.always().then((done) => {
        if (done) element.focus({ preventScroll: true });
        else failed.textContent = say("failed");
      });
    });
    panel.lang = given.language;
    panel.dir = direction(given.language);
    panel.append(
      make("p", {}, `${say("content_blocked")} ${asked.name}: ${asked.description}`.trim()),
      make("div", { class: "answers" }, once, always, button(say("privacy_choices"), "quiet", actions.preferences)),
      failed,
    );
  });

  return {
    remove() {
      host.remove();
      element.removeAttribute(HELD);
    },
  };
}

function size(element: HTMLElement): string {
  const [width, height] = ["width", "height"].map((name) => Number(element.getAttribute(name)));
  if (!width || !height) return "";
  return `:host{inline-size:${width}px;aspect-ratio:${width}/${height}}`;
}
