/** The second layer: the preferences as a dialog over the page. */

import type { Notice } from "../notice";
import { button, make } from "../ui/make";
import { first } from "../ui/sheet";
import { spoken, wording } from "../ui/wording";
import dialogLook from "./dialog.css";
import type { Kit } from "./more";
import { createPreferences } from "./preferences";
import look from "./preferences.css";

export interface Open {
  update(): void;
}

export function openDialog(
  kit: Kit,
  notice: Notice,
  back: boolean,
  purpose: string | undefined,
  closed: () => void,
): Open {
  const say = wording(notice);
  const surface = kit.createSurface("gateway-preferences-dialog", look + dialogLook, first);
  const preferences = createPreferences(kit, notice, 3, () => dialog.close());
  const dismiss = button("", "close", () => dialog.close());
  dismiss.ariaLabel = say(back ? "back" : "close");
  const dialog = make(
    "dialog",
    { "aria-labelledby": "heading", ...spoken(notice) },
    make("div", { class: "top" }, make("h2", { id: "heading" }, say("privacy_choices")), dismiss),
    make("div", { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": "heading" }, ...preferences.rows),
    make("div", { class: "end" }, ...preferences.answers),
  );
  preferences.within(dialog);
  // However it closes (Esc and a click beside it included), only a pressed button has answered.
  dialog.onclose = () => {
    surface.hide();
    closed();
  };
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  surface.root.append(dialog);
  surface.show();
  dialog.showModal();
  const wanted = preferences.toggle(purpose);
  wanted?.scrollIntoView({ block: "center" });
  (wanted ?? dismiss).focus();

  return { update: preferences.update };
}
