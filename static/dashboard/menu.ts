// A button that opens a small panel below itself. Escape, a click elsewhere, or leaving it with Tab closes it.
import { h } from "./dom";

export interface Menu {
  readonly element: HTMLElement;
  close(): void;
}

export function menu(key: string, label: string, value: string, fill: (panel: HTMLElement, close: () => void) => void): Menu {
  const panel = h("div", { class: "menu-panel", hidden: true });
  const button = h(
    "button",
    { type: "button", class: "control", "data-key": key, "aria-expanded": "false", onclick: () => toggle(panel.hidden !== false) },
    h("span", { class: "hidden" }, `${label}: `),
    value,
    h("span", { class: "caret", "aria-hidden": "true" }),
  );
  const element = h("div", { class: "menu" }, button, panel);

  function toggle(open: boolean): void {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      panel.replaceChildren();
      fill(panel, close);
      document.addEventListener("pointerdown", outside);
      (panel.querySelector<HTMLElement>("[aria-current]") ?? panel.querySelector<HTMLElement>("button, input, select"))?.focus();
    } else {
      document.removeEventListener("pointerdown", outside);
    }
  }

  function close(): void {
    if (panel.hidden) return;
    toggle(false);
    button.focus();
  }

  function outside(event: Event): void {
    if (event.target instanceof Node && !element.contains(event.target)) toggle(false);
  }

  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const items = [...panel.querySelectorAll<HTMLElement>("button.option")];
      const at = items.indexOf(document.activeElement as HTMLElement);
      if (at < 0) return;
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
    }
  });
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !element.contains(event.relatedTarget)) toggle(false);
  });
  return { element, close };
}

/** One choice of a menu. */
export function option(label: string, detail: string, chosen: boolean, choose: () => void): HTMLElement {
  return h(
    "button",
    { type: "button", class: "option", "aria-current": chosen ? "true" : null, onclick: choose },
    h("span", {}, label),
    detail ? h("span", { class: "muted" }, detail) : null,
  );
}
