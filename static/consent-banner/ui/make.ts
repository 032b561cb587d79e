/** An element with attributes and children. Text goes in as text: nothing here parses markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key] ?? "");
  element.append(...children);
  return element;
}

/** A heading of that level. */
export const heading = (level: number, ...children: readonly (Node | string)[]): HTMLElement =>
  make(`h${level}` as "h3", { class: "title" }, ...children);

/** A button that does one thing. */
export function button(label: string, kind: string, pressed: () => void): HTMLButtonElement {
  const made = make("button", { type: "button", class: kind }, label);
  made.onclick = pressed;
  return made;
}

export type Ask = (work: () => Promise<boolean>) => Promise<boolean>;

/** Where answers are given: one at a time, and `failed` says so where one could not be recorded. */
export function asking(panel: HTMLElement, failed: HTMLElement, sorry: string): Ask {
  return async (work) => {
    if (panel.ariaBusy) return false;
    panel.ariaBusy = "true";
    failed.textContent = "";
    const done = await work();
    if (!done) failed.textContent = sorry;
    panel.ariaBusy = null;
    return done;
  };
}
