// A chart, the map or the week as a picture of its own: SVG, or PNG made of it, with its title and period.
import { h } from "./dom";
import { fill, text } from "./texts";

const SVG = "http://www.w3.org/2000/svg";
const EDGE = 16; // pixels around it
const HEAD = 56; // and for the title above
const SHARPNESS = 2; // pixels of a PNG for each of the page
// What a style sheet may say of a shape.
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "opacity"] as const;

export interface Caption {
  readonly title: string;
  /** The period, and what else it is about. */
  readonly about: string;
}

/** Buttons that save what `source` shows at the time, under the caption of then. */
export function pictureButtons(source: Element, caption: () => Caption): HTMLElement {
  const site = document.body.dataset["siteName"] ?? "";
  const said = h("span", { class: "muted", role: "status" });
  const button = (format: "svg" | "png"): HTMLElement => {
    const save = async (): Promise<void> => {
      const { title, about } = caption();
      const drawn = drawing(source, title, [site, about, ...filtersInForce()].filter(Boolean).join(" · "));
      const name = [site, title, about].join(" ").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
      const svg = new Blob([new XMLSerializer().serializeToString(drawn)], { type: "image/svg+xml" });
      hand(format === "svg" ? svg : await bitmap(drawn), `${name}.${format}`);
    };
    const onclick = (): void => {
      said.textContent = "";
      save().catch(() => (said.textContent = text.picture.failed));
    };
    const words = text.picture[format];
    const label = fill(text.picture.save, { format: words, title: caption().title });
    return h("button", { type: "button", class: "picture", "data-key": `picture-${format}`, "aria-label": label, onclick }, words);
  };
  return h("p", { class: "pictures" }, button("svg"), button("png"), said);
}

// As they stand above the figures.
function filtersInForce(): string[] {
  return [...document.querySelectorAll("#chips .chip")].map((chip) => chip.firstChild?.textContent ?? "");
}

function drawing(source: Element, title: string, about: string): SVGElement {
  const style = getComputedStyle(document.body);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const { width, height } = source.getBoundingClientRect();
  const [wide, high] = [Math.ceil(width + 2 * EDGE), Math.ceil(height + HEAD + EDGE)];
  const words = { x: EDGE, "font-family": style.fontFamily };
  const svg = source.querySelector("svg");
  const inner = svg ? likeness(svg, width, height) : cells(source, style.fontFamily);
  inner.setAttribute("x", String(EDGE));
  inner.setAttribute("y", String(HEAD));
  return make(
    "svg",
    { xmlns: SVG, width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `${title}, ${about}` },
    make("rect", { width: wide, height: high, fill: colour("surface") }),
    make("text", { ...words, y: 24, "font-size": 16, "font-weight": 700, fill: colour("text") }, title),
    make("text", { ...words, y: 44, "font-size": 13, fill: colour("muted") }, about),
    inner,
  );
}

/** A copy that looks the same without the page's style sheet. What a pointer would be told, small figures too, is left out. */
function likeness(svg: SVGElement, width: number, height: number): SVGElement {
  const copy = svg.cloneNode(true) as SVGElement;
  const [shapes, copies] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  shapes.forEach((shape, at) => {
    const style = getComputedStyle(shape);
    for (const name of LOOKS) copies[at]?.setAttribute(name, style.getPropertyValue(name));
    copies[at]?.removeAttribute("class");
  });
  for (const element of copy.querySelectorAll("title, desc")) element.remove();
  for (const name of ["style", "class", "role", "aria-label"]) copy.removeAttribute(name);
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return copy;
}

/** A picture made of boxes: each of those with a colour as a rectangle, each of those with words as a text. */
function cells(source: Element, font: string): SVGElement {
  const frame = source.getBoundingClientRect();
  const inner = make("svg", { width: frame.width, height: frame.height });
  for (const box of source.children) {
    const { left, top, width, height } = box.getBoundingClientRect();
    const [x, y] = [left - frame.left, top - frame.top];
    const style = getComputedStyle(box);
    if (box.textContent) {
      const look = { x, y: y + height / 2, "dominant-baseline": "central", "font-family": font, "font-size": style.fontSize };
      inner.append(make("text", { ...look, fill: style.color }, box.textContent));
    } else if (width) inner.append(make("rect", { x, y, width, height, rx: 2, fill: style.backgroundColor }));
  }
  return inner;
}

async function bitmap(svg: SVGElement): Promise<Blob> {
  const [width, height] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
  const image = new Image(width, height);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  const canvas = h("canvas", { width: width * SHARPNESS, height: height * SHARPNESS });
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
  );
}

function hand(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function make(name: string, attributes: Readonly<Record<string, string | number>>, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}
