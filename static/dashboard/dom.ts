// Building and replacing elements. Text goes in as text nodes only, so nothing a visitor sent can become markup.

type Child = Node | string | null | undefined | false;
type Listener = (event: Event) => void;
export type Attributes = Readonly<Record<string, string | boolean | number | Listener | null | undefined>>;

/** An element: attributes (true: present, false or null: absent; a function under "onclick" etc.: a listener), children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Replace the children of `parent`. Who had the focus on an element with data-key keeps it on the new one. */
export function replace(parent: Element, ...children: Child[]): void {
  const active = document.activeElement;
  const key = active instanceof HTMLElement && parent.contains(active) ? active.dataset["key"] : undefined;
  parent.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  if (key === undefined) return;
  for (const element of parent.querySelectorAll<HTMLElement>("[data-key]")) {
    if (element.dataset["key"] === key) element.focus({ preventScroll: true });
  }
}

/** The element with this id. Throws where the server's page has none. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no #${id}`);
  return element;
}

/** True for a click that should follow a link in place: not a new tab, window or download. */
export function isPlainClick(event: Event): boolean {
  return (
    event instanceof MouseEvent && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
  );
}
