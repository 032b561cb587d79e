/** What the page says of itself and of its visitor, for all hits to come; read from the script's own tag at first. */

import type { Config } from "../config";

export interface Said {
  /** Of the page, "" for its own. */
  url: string;
  title: string;
  referrer: string;
  /** The site's own name of its customer. */
  user: string;
  /** Values of custom dimensions, by number. */
  readonly dimensions: Map<string, string>;
  /** Hits are not to be identified, whatever the visitor answered. */
  cookieless: boolean;
  /** Nothing is to be sent yet, for a reason of the page's own. */
  held: boolean;
  /** Do links count by themselves? To other hosts than these, and to files with these endings. */
  links: boolean;
  hosts: string[];
  endings: string[];
}

const ENDINGS = [
  ..."7z apk bz2 csv dmg doc docx epub exe gz iso jar key mobi mov mp3 mp4 mpg msi numbers odp ods odt ogg pages pdf pkg".split(" "),
  ..."ppt pptx rar rpm rtf tar tgz txt wav webm wma wmv xls xlsx xml xz zip".split(" "),
];

export function readSaid({ data, origin }: Config, links: boolean): Said {
  const dimensions = new Map<string, string>();
  for (const [name, value] of Object.entries(data)) {
    const id = /^dimension([1-9]\d{0,2})$/.exec(name)?.[1];
    if (id && +id <= 255 && value) dimensions.set(id, value.slice(0, 250));
  }
  return {
    url: "",
    title: "",
    referrer: "",
    user: "",
    dimensions,
    cookieless: false,
    held: false,
    links: links && data.links !== "off",
    hosts: [location.hostname, new URL(origin).hostname, ...words(data.domains)],
    endings: data.downloads === undefined ? ENDINGS : words(data.downloads),
  };
}

export const words = (text = ""): string[] => text.toLowerCase().split(/[\s,]+/).filter(Boolean);
