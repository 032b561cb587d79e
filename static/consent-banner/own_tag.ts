/** The tag of the script that runs now, by the prototype: markup can shadow document.currentScript (an image of that name). */
export function ownTag(): HTMLScriptElement | null {
  const tag: unknown = Reflect.get(Document.prototype, "currentScript", document);
  return tag instanceof HTMLScriptElement ? tag : null;
}
