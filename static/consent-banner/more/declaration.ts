/** The cookie declaration: what may be stored, what for, how long and by whom, purpose by purpose (RULES.md E15). */

import type { DeclaredCookie, Notice, NoticePurpose } from "../notice";
import { heading, make } from "../ui/make";
import { wording } from "../ui/wording";

/** `level`: of the headings. */
export function declaration(notice: Notice, level: number): HTMLElement[] {
  return notice.purposes.map((purpose, index) => {
    const id = `purpose-${index}`;
    const title = heading(level, purpose.name);
    title.id = id;
    return make(
      "section",
      { "aria-labelledby": id },
      title,
      make("p", { class: "about" }, purpose.description),
      purpose.cookies.length ? table(notice, purpose, id) : make("p", { class: "about" }, wording(notice)("none")),
    );
  });
}

/** A table that is also one where its cells stand below each other: browsers forget the roles of what is no table cell. */
function table(notice: Notice, { cookies }: NoticePurpose, label: string): HTMLElement {
  const say = wording(notice);
  const titles = ["entry_name", "entry_purpose", "entry_life", "entry_provider"].map((key) => say(key));
  const heads = titles.map((title) => make("th", { scope: "col", role: "columnheader" }, title));
  const row = (cookie: DeclaredCookie) => {
    const name = make("span", {}, make("code", {}, cookie.name), make("small", {}, say(`kind_${cookie.kind}`)));
    const cells = [name, cookie.description, cookie.life, cookie.provider || notice.controller.name];
    return make(
      "tr",
      { role: "row" },
      ...cells.map((cell, column) => make("td", { role: "cell", "data-title": titles[column] ?? "" }, cell)),
    );
  };
  return make(
    "table",
    { role: "table", "aria-labelledby": label },
    make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...heads)),
    make("tbody", { role: "rowgroup" }, ...cookies.map(row)),
  );
}
