// The world, each country as dark as it has visitors. The table beside it says the same in words. Loaded late.
import { box, countries } from "world-map";
import type { Go } from "./controls";
import { h, replace } from "./dom";
import * as format from "./format";
import { label } from "./labels";
import type { Panel, Tab } from "./panels";
import { pictureButtons } from "./picture";
import type { Span } from "./ranges";
import { chosen } from "./rows";
import type { Row } from "./stats";
import { numberIn } from "./stats";
import { fill, text } from "./texts";

const SVG = "http://www.w3.org/2000/svg";
const SHADES = 6;

/** Draw the map into `parent`, or colour it anew. Choosing a country is as choosing its row. */
export function drawMap(parent: Element, rows: readonly Row[], tab: Tab, panels: readonly Panel[], span: Span, go: Go): void {
  const visitors = new Map(rows.map((row) => [String(row[tab.dimension] ?? ""), numberIn(row, "visitors")]));
  const most = Math.max(1, ...[...visitors].filter(([code]) => code in countries).map(([, count]) => count));
  const picture = svg("svg", { viewBox: box, role: "img", "aria-label": text.map.label });
  for (const [code, path] of Object.entries(countries)) {
    const count = visitors.get(code) ?? 0;
    const shape = svg("path", { d: path, class: `land shade-${shadeOf(count, most)}` });
    const title = svg("title", {});
    title.textContent = fill(text.map.country, { country: label("country", code), visitors: format.whole(count) });
    shape.append(title);
    if (count) shape.addEventListener("click", () => go(chosen(tab, panels, "==", code)));
    picture.append(shape);
  }
  const holder = h("div", {}, picture);
  const title = `${text.metrics.visitors} · ${text.tabs.country}`;
  replace(parent, holder, pictureButtons(holder, () => ({ title, about: format.span(span) })));
}

// By the root, so that a few great countries do not leave the others white.
function shadeOf(count: number, most: number): number {
  return count && Math.max(1, Math.ceil(Math.sqrt(count / most) * SHADES));
}

function svg(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(SVG, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
