// The menus of the frame. They work without a script; with one the place that is open is in sight, and the menu of languages closes by
// itself and comes back to the view that is open now.

export function tendLanguages(): void {
  const menu = document.querySelector<HTMLDetailsElement>(".languages");
  if (!menu) return;
  menu.querySelector("form")?.addEventListener("submit", () => {
    const next = menu.querySelector<HTMLInputElement>("[name=next]");
    if (next) next.value = location.pathname + location.search;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
}

/** Where the menu is wider than the screen. */
export function showPlace(): void {
  const here = document.querySelector<HTMLElement>(".site-menu [aria-current]");
  const menu = here?.closest<HTMLElement>(".places");
  if (here && menu) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
}
