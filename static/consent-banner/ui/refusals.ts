/**
 * Notices when what a purpose left on this device has to go: after a no, a withdrawal, an opt-out, an objection, or with
 * Global Privacy Control. A choice that lapsed and a policy that changed decide nothing: the visitor is asked again, and a yes
 * finds things as they were.
 */

import type { Page } from "../dialogs";

/** `clear` is given the purposes that were allowed on this page, and takes those off that it has dealt with. */
export function watchRefusals({ config, standing }: Page, clear: (had: Set<string>) => void): void {
  if (config.preview) return;
  const had = new Set<string>();
  const refused = () => standing.purposes().some(({ id }) => standing.answer(id) === false);

  function look(): boolean {
    for (const { id } of standing.purposes()) if (standing.allowed(id)) had.add(id);
    return refused() || [...had].some((id) => !standing.allowed(id));
  }

  look();
  document.addEventListener("gateway:change", () => {
    if (look()) clear(had);
  });
  // An opt-out given elsewhere, or a signal, stands when the page starts. After a withdrawal the page is loaded anew: what its
  // scripts wrote on their way out goes now.
  if (standing.optedOut() || (refused() && isReload())) clear(had);
}

function isReload(): boolean {
  const [navigation] = performance.getEntriesByType("navigation");
  return (navigation as PerformanceNavigationTiming | undefined)?.type === "reload";
}
