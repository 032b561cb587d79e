/** What `gateway.track` takes by name: as which type of hit it is sent, with which properties. Any other name is an event. */

import { amount, count, dimensions, type Fields, identifier, items, link, number, status, text } from "./reading";

interface Kind {
  /** Of the hit; "" where it sends none by itself. */
  readonly type: string;
  readonly fields: Fields;
}

const AMOUNTS: Fields = { subtotal: [amount], tax: [amount], shipping: [amount], discount: [amount] };
const CALLED = { dimensions: [dimensions] } as const;

export const EVENT: Kind = {
  type: "event",
  fields: { category: [text], name: [text], value: [amount], ...CALLED },
};

const NAMED: Readonly<Record<string, Kind>> = {
  pageview: { type: "", fields: { url: [link], title: [text], referrer: [link], status: [status], ...CALLED } },
  "404": { type: "", fields: {} },
  user: { type: "", fields: { id: [identifier] } },
  event: { type: "event", fields: { ...EVENT.fields, action: [text, "action", true] } },
  goal: { type: "goal", fields: { id: [number, "goal", true], revenue: [amount], ...CALLED } },
  search: { type: "search", fields: { keyword: [text, "keyword", true], category: [text], count: [count], ...CALLED } },
  download: { type: "download", fields: { url: [link, "target", true], ...CALLED } },
  outlink: { type: "outlink", fields: { url: [link, "target", true], ...CALLED } },
  order: {
    type: "order",
    fields: { id: [identifier, "order", true], revenue: [amount, "revenue", true], ...AMOUNTS, items: [items], ...CALLED },
  },
  cart: { type: "cart", fields: { revenue: [amount, "revenue", true], items: [items], ...CALLED } },
  content: {
    type: "content",
    fields: { name: [text, "content", true], piece: [text], target: [text], interaction: [text], ...CALLED },
  },
};

/** A Map: a page may well call an event "constructor". */
export const KINDS: ReadonlyMap<string, Kind> = new Map(Object.entries(NAMED));
