/** The first layer: who asks, for what, and three answers of which the first two are twins (RULES.md E1). */

import type { Notice } from "../notice";
import base from "./base.css";
import look from "./banner.css";
import { button, make } from "./make";
import { makeRoom } from "./room";
import { createSurface, direction } from "./surface";
import { wording } from "./wording";

export interface Banner {
  /** True where the focus was inside. */
  close(): boolean;
  /** Puts the focus on "Choose", to which a closed dialog returns. */
  focus(): void;
}

export interface BannerActions {
  accept(): Promise<boolean>;
  reject(): Promise<boolean>;
  choose(): void;
  /** Esc: nothing is answered. */
  dismiss(): void;
}

/** Milliseconds after which the live region speaks; one that is filled as it appears stays silent. */
const ANNOUNCE = 150;

export function openBanner(notice: Notice, actions: BannerActions): Banner {
  const say = wording(notice);
  const surface = createSurface("gateway-banner", [base, look], true);
  const failed = make("p", { class: "failed", role: "alert" });
  const status = make("p", { class: "unseen", role: "status" });

  const answer = (work: () => Promise<boolean>) => async () => {
    if (panel.hasAttribute("aria-busy")) return;
    panel.setAttribute("aria-busy", "true");
    failed.textContent = "";
    if (!(await work())) failed.textContent = say("failed");
    panel.removeAttribute("aria-busy");
  };
  const choose = button(say("choose"), "quiet", actions.choose);
  const panel = make(
    "div",
    {
      class: "panel",
      role: "dialog",
      "aria-labelledby": "title",
      "aria-describedby": "body",
      lang: notice.language,
      dir: direction(notice.language),
    },
    make(
      "div",
      { class: "words" },
      make("h2", { id: "title" }, say("title")),
      make("p", { id: "body" }, say("body")),
      honoured(notice),
      links(notice),
      failed,
    ),
    make(
      "div",
      { class: "answers" },
      button(say("accept_all"), "answer", () => void answer(actions.accept)()),
      button(say("reject_all"), "answer", () => void answer(actions.reject)()),
      choose,
    ),
    status,
  );
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    actions.dismiss();
  });
  surface.root.append(panel);
  surface.show();
  const leaveRoom = makeRoom(panel, true);
  setTimeout(() => (status.textContent = say("title")), ANNOUNCE);

  return {
    close() {
      const focused = document.activeElement === surface.host;
      leaveRoom();
      surface.hide();
      return focused;
    },
    focus: () => choose.focus(),
  };
}

/** Says that an opt-out of sale stands (RULES.md C4). */
export function honoured(notice: Notice): HTMLElement {
  return make("p", { class: "honoured" }, notice.opted_out ? wording(notice)("opt_out_honored") : "");
}

/** The pages that say more; a link whose text the notice lacks is left out. */
export function links(notice: Notice): HTMLElement {
  const say = wording(notice);
  const list = make("p", { class: "links" });
  const wanted: [string, string | undefined][] = [
    [say("privacy_centre"), notice.links.privacy],
    [say("privacy_policy"), notice.links.policy],
    [notice.do_not_sell ? say("do_not_sell") : "", notice.links.do_not_sell],
  ];
  for (const [text, address] of wanted) {
    if (text && address && /^https?:/.test(address)) list.append(make("a", { href: address }, text));
  }
  return list;
}
