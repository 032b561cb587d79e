/** Reads what a page hands over: each reader returns the value as it is sent, or throws a Mistake that says what was wrong. */

export class Mistake extends Error {}

export type Reader = (value: unknown, name: string) => unknown;

function wrong(name: string, what: string, value: unknown): never {
  throw new Mistake(`${name} must be ${what}, not ${typeof value === "string" ? `"${value}"` : String(value)}`);
}

/** Texts and numbers; a number is written out, and what is longer than the gateway takes is cut. */
const upTo =
  (longest: number) =>
  (value: unknown, name: string): string => {
    if (typeof value !== "string" && !Number.isFinite(value)) wrong(name, "a text", value);
    return String(value).slice(0, longest);
  };

export const text: Reader = upTo(500);
/** What names one thing: an order, an article, a customer. */
export const identifier: Reader = upTo(200);

/** A finite number, or a text that is one, as in an attribute. */
export const amount: Reader = (value, name) => {
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (!Number.isFinite(number) || Math.abs(number as number) > 1e12) wrong(name, "a number", value);
  return number;
};

const whole =
  (least: number, most: number, what: string): Reader =>
  (value, name) => {
    const number = amount(value, name) as number;
    if (!Number.isInteger(number) || number < least || number > most) wrong(name, what, value);
    return number;
  };

export const count = whole(0, 2 ** 31 - 1, "a whole number, 0 or more");
export const number = whole(1, 2 ** 32 - 1, "a whole number, 1 or more");
export const status = whole(100, 599, "an HTTP status");

/** An address, relative ones seen from the page. */
export const link: Reader = (value, name) => {
  try {
    return new URL(upTo(2000)(value, name), document.baseURI).href.slice(0, 2000);
  } catch {
    return wrong(name, "an address", value);
  }
};

/** Values of custom dimensions by number, 1…255. */
export const dimensions: Reader = (value, name) => {
  const given = Object.entries(object(value, name)).filter(([, said]) => said !== undefined && said !== null);
  return Object.fromEntries(
    given.map(([id, said]) => [
      whole(1, 255, "numbers from 1 to 255")(id, `the names in ${name}`),
      upTo(250)(said, `${name}[${id}]`),
    ]),
  );
};

/** The lines of an order or a cart. */
export const items: Reader = (value, name) => {
  if (!Array.isArray(value)) return wrong(name, "a list", value);
  return value.map((item: unknown, at) => read(object(item, `${name}[${at}]`), ITEM, `${name}[${at}].`));
};

export const object = (value: unknown, name: string): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : wrong(name, "an object", value);

/** By the page's name of a property: how it is read, under which name it is sent, whether it must be there. */
export type Fields = Readonly<Record<string, readonly [reader: Reader, sent?: string, required?: boolean]>>;

const ITEM: Fields = {
  sku: [identifier, "sku", true],
  name: [text],
  category: [text],
  price: [amount],
  quantity: [count],
};

/** What is undefined, null or "" counts as not given. */
export function read(given: Readonly<Record<string, unknown>>, fields: Fields, path = ""): Record<string, unknown> {
  for (const name in given) if (!(name in fields)) throw new Mistake(`there is no ${path}${name}`);
  const found: Record<string, unknown> = {};
  for (const [name, [reader, sent = name, required]] of Object.entries(fields)) {
    const value = given[name] ?? "";
    if (value !== "") found[sent] = reader(value, path + name);
    else if (required) throw new Mistake(`${path}${name} is missing`);
  }
  return found;
}
