/** The values of all cookies of that name, in the browser's order; none where the browser refuses. */
export const cookies = (name: string): string[] =>
  allCookies()
    .filter((part) => part.startsWith(name + "="))
    .map((part) => part.slice(name.length + 1));

/** Every `name=value` that this page can see. */
export function allCookies(): string[] {
  try {
    return document.cookie.split("; ");
  } catch {
    // Sandboxed pages throw on document.cookie: the same as having none.
    return [];
  }
}
