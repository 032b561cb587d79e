/** Page views without page loads: pushState, replaceState, back and forward, and fragments that are routes. */

/** Calls `arrived` whenever the address may have changed, and with true where an old page came back from memory. */
export function onNavigation(arrived: (restored: boolean) => void): void {
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (this: History, ...values: Parameters<History["pushState"]>) {
      original.apply(this, values);
      arrived(false);
    };
  }
  addEventListener("popstate", () => arrived(false));
  addEventListener("hashchange", () => arrived(false));
  addEventListener("pageshow", (event) => {
    if (event.persisted) arrived(true);
  });
}
