/**
 * The address of the current page. A fragment belongs to it only where it is a route, or where the site says that all are:
 * others can hold secrets.
 */
export function address(fragments = ""): string {
  const { origin, pathname, search, hash } = location;
  return origin + pathname + search + (fragments === "all" || /^#[/!]/.test(hash) ? hash : "");
}
