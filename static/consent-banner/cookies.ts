/** The value of the first cookie of that name, "" where there is none or the browser refuses. */
export function cookie(name: string): string {
  try {
    for (const part of document.cookie.split("; ")) {
      if (part.startsWith(name + "=")) return part.slice(name.length + 1);
    }
  } catch {
    // Sandboxed pages throw on document.cookie: the same as having none.
  }
  return "";
}
