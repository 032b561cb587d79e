// A button that copies a text, for what is shown once or pasted elsewhere.
import { h } from "./dom";
import { text } from "./texts";

/** The button, and the place that says when it is done. Nothing where a page over plain http has no clipboard. */
export function copyButton(words: string): HTMLElement | null {
  if (!("clipboard" in navigator)) return null;
  const done = h("span", { role: "status", class: "muted" });
  const copy = (): void => {
    void navigator.clipboard.writeText(words).then(() => (done.textContent = text.empty.copied));
  };
  return h("p", { class: "copy" }, h("button", { type: "button", class: "main", onclick: copy }, text.empty.copy), done);
}
