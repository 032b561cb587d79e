/** The first layer: who asks, for what, and three answers of which the first two are twins (RULES.md E1). */

import type { Notice } from "../notice";
import look from "./banner.css";
import { links, standing } from "./lines";
import { asking, button, make } from "./make";
import { makeRoom } from "./room";
import { first } from "./sheet";
import { createSurface } from "./surface";
import { spoken, wording } from "./wording";

export interface Banner {
  /** True where the focus was inside. */
  close(): boolean;
  /** Says what stands now. */
  update(notice: Notice): void;
  /** Puts the focus on "Choose", to which a closed dialog returns. */
  focus(): void;
}

export interface BannerActions {
  accept(): Promise<boolean>;
  reject(): Promise<boolean>;
  choose(): void;
  /** The visitor turns to the banner: an answer is near. */
  near(): void;
  /** Esc: nothing is answered. */
  dismiss(): void;
}

/** Milliseconds after which the live region speaks; one that is filled as it appears stays silent. */
const ANNOUNCE = 150;

/** Where a site wants the inline layout to be; a page without such a place gets the bar. */
const SLOT = "gateway-banner-here,[data-gateway-banner]";

export function openBanner(notice: Notice, actions: BannerActions): Banner {
  const say = wording(notice);
  const surface = createSurface("gateway-banner", look, (host) => {
    const slot = notice.layout === "inline" && document.querySelector(SLOT);
    panel.className = `panel ${slot ? "inline" : notice.layout === "inline" ? "bar" : notice.layout}`;
    if (slot) slot.append(host);
    else first(host);
  });
  const failed = make("p", { class: "failed", role: "alert" });
  const status = make("p", { class: "unseen", role: "status" });
  const lines = make("div", {}, ...standing(notice));
  const choose = button(say("choose"), "quiet", actions.choose);
  const panel = make(
    "div",
    { role: "dialog", "aria-labelledby": "title", "aria-describedby": "body", ...spoken(notice) },
    make(
      "div",
      { class: "words" },
      make("h2", { id: "title" }, say("title")),
      make("p", { id: "body" }, say("body")),
      lines,
      links(notice),
      failed,
    ),
    make(
      "div",
      { class: "answers" },
      button(say("accept_all"), "answer", () => void ask(actions.accept)),
      button(say("reject_all"), "answer", () => void ask(actions.reject)),
      choose,
    ),
    status,
  );
  const ask = asking(panel, failed, say("failed"));
  panel.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    actions.dismiss();
  };
  panel.onpointerenter = actions.near;
  panel.addEventListener("focusin", actions.near);
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
    update: (now) => lines.replaceChildren(...standing(now)),
    focus: () => choose.focus(),
  };
}
