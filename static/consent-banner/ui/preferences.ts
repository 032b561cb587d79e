/** The second layer: one toggle per purpose, off unless the visitor said yes, with what each means laid open. */

import type { DeclaredCookie, Notice, NoticePurpose, Recipient } from "../notice";
import { honoured, links } from "./banner";
import base from "./base.css";
import look from "./preferences.css";
import { button, make } from "./make";
import { createSurface, direction } from "./surface";
import { type Wording, wording } from "./wording";

export interface PreferencesActions {
  /** How the toggle of a purpose stands when the dialog opens. */
  on(purpose: NoticePurpose): boolean;
  save(purposes: Readonly<Record<string, boolean>>): Promise<boolean>;
  accept(): Promise<boolean>;
  reject(): Promise<boolean>;
  closed(): void;
}

export interface Preferences {
  close(): void;
}

/** `purpose` is brought into view and its toggle focused. */
export function openPreferences(
  notice: Notice,
  back: boolean,
  purpose: string | undefined,
  actions: PreferencesActions,
): Preferences {
  const say = wording(notice);
  const surface = createSurface("gateway-preferences-dialog", [base, look], true);
  const toggles = new Map<string, HTMLInputElement>();
  const failed = make("p", { class: "failed", role: "alert" });

  const answer = async (work: () => Promise<boolean>) => {
    if (dialog.hasAttribute("aria-busy")) return;
    dialog.setAttribute("aria-busy", "true");
    failed.textContent = "";
    if (await work()) dialog.close();
    else failed.textContent = say("failed");
    dialog.removeAttribute("aria-busy");
  };
  const chosen = () => Object.fromEntries([...toggles].map(([id, toggle]) => [id, toggle.checked]));

  function row(of: NoticePurpose, index: number): HTMLElement {
    const described = `about-${index}`;
    const about = make("p", { id: described, class: "about" }, of.description);
    const head = make("div", { class: "head" });
    if (of.required) {
      head.append(make("h3", {}, of.name), make("span", { class: "always" }, say("always_on")));
    } else {
      const toggle = make("input", { type: "checkbox", role: "switch", id: `toggle-${index}`, "aria-describedby": described });
      toggle.checked = actions.on(of);
      toggles.set(of.id, toggle);
      head.append(make("h3", {}, make("label", { for: toggle.id }, of.name)), toggle);
    }
    return make("section", { class: "purpose" }, head, about, details(of, say));
  }

  const dismiss = button("", "close", () => dialog.close());
  dismiss.setAttribute("aria-label", say(back ? "back" : "close", "×"));
  const dialog = make(
    "dialog",
    { "aria-labelledby": "heading", lang: notice.language, dir: direction(notice.language) },
    make("header", {}, make("h2", { id: "heading" }, say("privacy_choices")), dismiss),
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-labelledby": "heading" },
      honoured(notice),
      ...notice.purposes.map(row),
      links(notice),
    ),
    make(
      "footer",
      {},
      failed,
      make(
        "div",
        { class: "answers" },
        button(say("accept_all"), "answer", () => void answer(actions.accept)),
        button(say("reject_all"), "answer", () => void answer(actions.reject)),
        button(say("save"), "quiet", () => void answer(() => actions.save(chosen()))),
      ),
    ),
  );
  // However it closes (Esc and a click beside it included), only a pressed button has answered.
  dialog.addEventListener("close", () => {
    surface.hide();
    actions.closed();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  surface.root.append(dialog);
  surface.show();
  dialog.showModal();
  const wanted = purpose === undefined ? undefined : toggles.get(purpose);
  wanted?.scrollIntoView({ block: "center" });
  (wanted ?? dismiss).focus();

  return { close: () => dialog.close() };
}

/** Recipients, retention, legal basis and cookies of one purpose. */
function details(of: NoticePurpose, say: Wording): HTMLElement {
  const list = make("dl");
  const add = (term: string, ...values: (Node | string)[]) => {
    if (term && values.length > 0) list.append(make("dt", {}, term), ...values.map((value) => make("dd", {}, value)));
  };
  const nobody = [say("recipients_none", "—")];
  if (!of.required) add(say("recipients"), ...(of.recipients.length > 0 ? of.recipients.map(recipient) : nobody));
  add(say("retention"), of.retention);
  add(say("legal_basis"), say(`basis_${of.legal_basis}`, of.legal_basis.replace(/_/g, " ")));
  add(say("cookies", "Cookies"), ...of.cookies.map(cookie));
  const topics = [of.required ? "" : say("recipients"), say("retention"), say("legal_basis")];
  return make("details", {}, make("summary", {}, topics.filter(Boolean).join(" · ")), list);
}

const recipient = ({ name, country, safeguard }: Recipient): string =>
  `${name} (${country})` + (safeguard ? `, ${safeguard}` : "");

function cookie({ name, life, description, provider }: DeclaredCookie): Node {
  const entry = make("span", {}, make("code", {}, name));
  entry.append(` · ${[life, provider].filter(Boolean).join(" · ")}`, make("br"), description);
  return entry;
}
