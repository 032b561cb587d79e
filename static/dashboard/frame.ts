// The menu of languages. It works without a script; with one it closes by itself and comes back to the view that is open now.

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
