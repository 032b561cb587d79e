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

/** Archives, documents, sound, films, programs. */
const ENDINGS = [
  ..."7z bz2 gz iso jar rar tar tgz xz zip csv doc docx epub key mobi numbers odp ods odt pages pdf ppt pptx".split(" "),
  ..."rtf txt xls xlsx xml mp3 ogg wav wma mov mp4 mpg webm wmv apk dmg exe msi pkg rpm".split(" "),
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
