/** The values of all cookies of that name, in the browser's order; none where the browser refuses. */
export function cookies(name: string): string[] {
  try {
    return document.cookie
      .split("; ")
      .filter((part) => part.startsWith(name + "="))
      .map((part) => part.slice(name.length + 1));
  } catch {
    // Sandboxed pages throw on document.cookie: the same as having none.
    return [];
  }
}
