/**
 * Reads the consent gateway's choice cookie on a website's own server. Copy this file; it needs Node.js 18 or later.
 *
 *   const keys = readFileSync("choice-keys.txt", "utf8").trim().split(/\s+/);   // gateway choice-key --site 1
 *   const choice = readChoice(choiceCookies(request.headers.cookie, 1), keys, Date.now() / 1000);
 *   if (choice?.grants("analytics", "0123456789abcdef")) …
 *
 * Format and rules: docs/verify-choice.md. No answer never means yes.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

const LONGEST = 4096; // characters; browsers keep no longer cookie

/** A verified answer that has not lapsed. `purposes` and `services` are Maps from id to true or false. */
export class Choice {
  constructor(purposes, services, policy, day, expires) {
    Object.assign(this, { purposes, services, policy, day, expires });
    Object.freeze(this);
  }

  /** Did the visitor say yes to this purpose, under this, the current policy? */
  grants(purpose, policy) {
    return this.policy === policy && this.purposes.get(purpose) === true;
  }

  /** The service's own answer where there is one, else that of the purpose it belongs to. */
  grantsService(service, purpose, policy) {
    return this.policy === policy && (this.services.get(service) ?? this.purposes.get(purpose)) === true;
  }
}

/** Every value of gw_choice_{site} in a Cookie header: after a change of domain a browser may hold two. */
export function choiceCookies(header, site) {
  const start = `gw_choice_${site}=`;
  return (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(start))
    .map((part) => part.slice(start.length));
}

/**
 * The answer in the cookie's values; null where none is genuine, well-formed and unexpired.
 *
 * `keys` are the site's choice keys in hexadecimal, all of which are tried; `now` is in seconds since the epoch. Of several
 * answers the one that lapses last counts, and of two given at the same second the one that allows less.
 */
export function readChoice(values, keys, now) {
  const allowed = (choice) => [...choice.purposes.values()].filter(Boolean).length;
  const found = values.map((value) => read(value, keys)).filter((choice) => choice !== null && choice.expires > now);
  return found.sort((a, b) => b.expires - a.expires || allowed(a) - allowed(b))[0] ?? null;
}

function read(value, keys) {
  const dot = value.lastIndexOf(".");
  if (dot < 0 || value.length > LONGEST || /[^\x00-\x7f]/.test(value)) return null;
  const payload = value.slice(0, dot);
  const signature = Buffer.from(value.slice(dot + 1));
  // All keys are compared, in constant time each.
  const genuine = keys.map((key) => {
    const expected = Buffer.from(createHmac("sha256", Buffer.from(key, "hex")).update(payload).digest("base64url"));
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  });
  if (!genuine.includes(true) || /[^\w-]/.test(payload)) return null;
  let given;
  try {
    given = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  if (!isObject(given)) return null;
  const purposes = answers(given.p);
  const services = answers("s" in given ? given.s : {});
  if (!purposes || !services || typeof given.f !== "string" || !Number.isInteger(given.d) || !Number.isInteger(given.e)) {
    return null;
  }
  return new Choice(purposes, services, given.f, given.d, given.e);
}

/** Null where anything in it is not an answer: half a choice grants nothing. */
function answers(given) {
  if (!isObject(given) || Object.values(given).some((said) => said !== 0 && said !== 1)) return null;
  return new Map(Object.entries(given).map(([name, said]) => [name, said === 1]));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
