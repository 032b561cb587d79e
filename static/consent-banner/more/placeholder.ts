/** What stands in for embedded content until it is allowed, and asks for that in place. Never larger than the content. */

import { asking, button, make } from "../ui/make";
import { sheet } from "../ui/sheet";
import { spoken, wording } from "../ui/wording";
import type { Kit } from "./more";
import look from "./placeholder.css";

/** What waits, and how it may be opened. */
export interface Waiting {
  readonly element: HTMLElement;
  readonly purpose: string;
  readonly service: string;
  /** Opens this element until the page is left; nothing is recorded. */
  once(): void;
  preferences(): void;
}

const HELD = "data-gateway-held";
const hidden = sheet(`[${HELD}]{display:none!important}`);

/** Returns the undoing. */
export function place({ page, answers, shadow }: Kit, { element, purpose, service, once, preferences }: Waiting): () => void {
  const { className, offsetWidth, offsetHeight } = element;
  if (!document.adoptedStyleSheets.includes(hidden)) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, hidden];
  }
  // As large as the element is here, and in the text as it is, so that nothing moves (what clips has its baseline at its
  // bottom, as a frame has); the site's own rules for its class come before that.
  const { display, verticalAlign } = getComputedStyle(element);
  const flow = `display:${display === "inline" ? "inline-block" : display};vertical-align:${verticalAlign};overflow:hidden`;
  const [width, height] = [offsetWidth || 300, offsetHeight || 150];
  const size = Number(element.getAttribute("height")) ? `aspect-ratio:${width}/${height}` : `block-size:${height}px`;
  const host = make("gateway-placeholder" as "div", { class: className });
  const panel = make("div", {});
  shadow(host, look, `:host{inline-size:${width}px;${size};${flow}}`).append(panel);
  element.before(host);
  element.setAttribute(HELD, "");

  void page.notice().then((given) => {
    const asked = given?.purposes.find(({ id }) => id === purpose);
    if (!given || !asked) return;
    const say = wording(given);
    const named = asked.services?.find(({ id }) => id === service)?.name ?? asked.name;
    const failed = make("p", { class: "failed", role: "alert" });
    const ask = asking(panel, failed, say("failed"));
    const shown = () => element.focus({ preventScroll: true });
    const load = () => {
      once();
      shown();
    };
    // A yes to one service says nothing of the others.
    const yes = () =>
      service
        ? answers.choose({}, { [service]: true }, "placeholder")
        : answers.choose({ [purpose]: true }, {}, "placeholder");
    const always = async () => {
      if (await ask(yes)) shown();
    };
    for (const [key, value] of Object.entries(spoken(given))) panel.setAttribute(key, value);
    panel.append(
      make("p", { class: "name" }, [element.title, named].filter(Boolean).join(" · ")),
      make("p", { class: "why" }, `${say("content_blocked")} ${asked.description}`),
      make(
        "div",
        { class: "answers" },
        button(say("load_once"), "answer", load),
        button(say("load_always"), "answer", () => void always()),
        button(say("privacy_choices"), "link", preferences),
      ),
      failed,
    );
  });

  return () => {
    host.remove();
    element.removeAttribute(HELD);
  };
}
