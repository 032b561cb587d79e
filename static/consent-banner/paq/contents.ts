/**
 * Contents by matomo.js's names and attributes: a block is marked `data-track-content` or of the class matomoTrackContent,
 * its parts by `data-content-name`, `data-content-piece` and `data-content-target`. An impression counts once per block.
 */

import type { Tracker } from "../tracker/tracker";
import type { Methods } from "./paq";

const BLOCK = "[data-track-content],.matomoTrackContent,.piwikTrackContent";
/** The share of a block that has to be in sight for it to be seen. */
const SEEN = 0.5;

export function contentMethods({ track }: Tracker): Methods {
  let seen = new WeakSet<Element>();
  let observer: IntersectionObserver | undefined;
  let clicks = false;

  const impression = (name: string, piece?: string, target?: string) =>
    track("content", { name, piece: piece || "Unknown", target: target || "" });

  function show(block: Element): void {
    if (seen.has(block)) return;
    seen.add(block);
    const { name, piece, target } = describe(block);
    impression(name, piece, target);
    if (clicks) return;
    clicks = true;
    document.addEventListener("click", clicked, true);
  }

  function clicked(event: Event): void {
    const [inner] = event.composedPath();
    const block = inner instanceof Element ? inner.closest(BLOCK) : null;
    if (!block || !(inner as Element).closest("a,button,[data-content-target],.matomoContentTarget")) return;
    track("content", { ...describe(block), interaction: "click" });
  }

  return {
    trackContentImpression: impression,
    trackContentInteraction: (interaction: string, name: string, piece?: string, target?: string) =>
      track("content", { name, piece: piece || "Unknown", target: target || "", interaction }),
    trackAllContentImpressions: () => document.querySelectorAll(BLOCK).forEach(show),
    trackContentImpressionsWithinNode(node?: Element) {
      if (node?.matches(BLOCK)) show(node);
      node?.querySelectorAll(BLOCK).forEach(show);
    },
    trackVisibleContentImpressions() {
      observer ??= new IntersectionObserver(
        (entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && show(target)),
        { threshold: SEEN },
      );
      for (const block of document.querySelectorAll(BLOCK)) observer.observe(block);
    },
    trackContentInteractionNode(node: Element, interaction = "Unknown") {
      const block = node.closest(BLOCK);
      if (block) track("content", { ...describe(block), interaction });
    },
    forgetContentImpressions: () => void (seen = new WeakSet()),
  };
}

function describe(block: Element): { name: string; piece: string; target: string } {
  const said = (attribute: string) =>
    block.getAttribute(attribute) ?? block.querySelector(`[${attribute}]`)?.getAttribute(attribute) ?? "";
  const media = block.matches("img,video,audio") ? block : block.querySelector("img,video,audio");
  const link = block.matches("a") ? block : block.querySelector("a[href]");
  const piece = said("data-content-piece") || media?.getAttribute("src") || "";
  return {
    name: said("data-content-name") || piece || "Unknown",
    piece: piece || "Unknown",
    target: said("data-content-target") || link?.getAttribute("href") || "",
  };
}
