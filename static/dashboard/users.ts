// The list of sites in the forms for rights: found by typing where it is long, put away for roles that have every site.
import { h } from "./dom";
import { text } from "./texts";

const MANY = 12;
const EVERY_SITE: ReadonlySet<string> = new Set(["dpo", "admin"]);

export function tendTicks(): void {
  for (const ticks of document.querySelectorAll<HTMLFieldSetElement>("[data-ticks]")) {
    const role = ticks.form?.querySelector<HTMLSelectElement>("select[name=role], select[name=scope]");
    const settle = (): void => {
      ticks.hidden = EVERY_SITE.has(role?.value ?? "");
    };
    role?.addEventListener("change", settle);
    settle();
    const lines = [...ticks.querySelectorAll<HTMLElement>(".tick")];
    if (lines.length > MANY) offerSearch(ticks, lines);
  }
}

function offerSearch(ticks: HTMLElement, lines: readonly HTMLElement[]): void {
  const narrow = (event: Event): void => {
    const wanted = (event.target as HTMLInputElement).value.trim().toLocaleLowerCase();
    for (const line of lines) line.hidden = !(line.textContent ?? "").toLocaleLowerCase().includes(wanted);
  };
  const input = h("input", { type: "search", autocomplete: "off", placeholder: text.sites.search, oninput: narrow });
  const search = h("label", { class: "search" }, h("span", { class: "hidden" }, text.sites.search), input);
  // Enter looks, it does not save.
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  ticks.querySelector(".ticks-list")?.before(search);
}
