/**
 * What markup says is to be counted: `data-track="name"` with `data-track-…` for each property, on a form when it is sent,
 * on anything else when it is clicked.
 */

import type { Track } from "./tracker";

export function watchDeclared(track: Track): void {
  const happened = (event: Event) => {
    const target = event.composedPath()[0];
    const element = target instanceof Element ? target.closest<HTMLElement>("[data-track]") : null;
    const name = element?.dataset.track;
    if (!element || !name || name === "off" || (element.localName === "form") !== (event.type === "submit")) return;
    track(name, properties(element));
  };
  addEventListener("click", happened, true);
  addEventListener("submit", happened, true);
}

function properties(element: HTMLElement): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const dimensions: Record<string, string> = {};
  for (const { name, value } of element.attributes) {
    const property = /^data-track-(.+)$/.exec(name)?.[1];
    const dimension = /^dimension(\d+)$/.exec(property ?? "")?.[1];
    if (dimension) dimensions[dimension] = value;
    else if (property) found[property] = value;
  }
  return Object.keys(dimensions).length ? { ...found, dimensions } : found;
}
