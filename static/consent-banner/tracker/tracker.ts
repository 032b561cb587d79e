/**
 * Counts page views, what happens on them, and attention, once measurement is allowed; until then nothing is sent.
 * What waits for an answer is the page being looked at, not the ones left before: those were seen without a yes.
 */

import type { Page } from "../dialogs";
import { ANALYTICS } from "../standing";
import type { Early } from "../tracking";
import { address } from "./address";
import { createAttention } from "./attention";
import { createHits, type Hit } from "./hits";
import { randomId } from "./id";
import { EVENT, KINDS } from "./kinds";
import { saidStatus, seenStatus, timings } from "./loading";
import { onNavigation } from "./navigation";
import { dimensions, Mistake, object, read } from "./reading";
import { readSaid, type Said } from "./said";

/** `Gateway.track`, whatever the page hands over. */
export type Track = (name: string, properties?: object) => void;

export interface Tracker {
  /** To be called whenever what is allowed may have changed. */
  update(): void;
  track: Track;
  readonly said: Said;
  /** Sends the attention so far. */
  ping(): void;
}

export type CreateTracker = (page: Page, early: Early) => Tracker;

type Own = Record<string, unknown>;

/** Milliseconds that a router gets to set the new title. */
const SETTLE = 50;
/** Hits kept while the visitor has not answered. */
const MOST_WAITING = 50;
/** Characters of an address and of a title that the gateway takes. */
const [LONGEST, LONGEST_TITLE] = [8192, 2000];
/** Attentive seconds after which a page that stays open says so. */
const EVERY = 60;

export function createTracker({ config, standing }: Page, early: Early): Tracker {
  const { site, origin, data } = config;
  const said = readSaid(config, !early.adapts);
  const manual = early.adapts || data.pageviews === "manual";
  const measures = () => standing.measures() && !said.held;
  /** Counted without an answer where one is asked for: then nothing is read from the device. */
  const anonymous = () =>
    said.cookieless ||
    (standing.answer(ANALYTICS) !== true &&
      standing.notice()?.purposes.find(({ id }) => id === ANALYTICS)?.regime === "consent");
  const here = () => said.url || address(data.hash);

  const hits = createHits(origin, measures);
  const attention = createAttention(measures, (seconds) => seconds % EVERY === 0 && finish(false));
  /** `due`: it counts as a page view. `told`: the attentive seconds that were sent. `own`: what only this view says. */
  const arrive = (id: string, referrer: string, due: boolean, sent = false) => ({
    ...{ id, url: here(), referrer, due, sent, told: 0 },
    own: {} as Own,
  });
  let view = arrive(early.id, document.referrer, !manual, early.sent);
  view.own.status = saidStatus(data.status);
  /** The view whose loading is still to be told: only the first was loaded. */
  let loading = view.id;
  let waiting: Hit[] = [];
  let settling: ReturnType<typeof setTimeout> | undefined;

  function hit(type: string, { dimensions: finer, ...own }: Own): Hit {
    const values = { ...Object.fromEntries(said.dimensions), ...(finer as object | undefined) };
    return {
      ...{ site, type, id: randomId(), page_view: view.id, url: view.url.slice(0, LONGEST) },
      user: said.user || undefined,
      dimensions: Object.keys(values).length ? values : undefined,
      cookieless: said.cookieless || undefined,
      ...own,
    };
  }

  /** Once. */
  function loadTimes(): number[] | undefined {
    const found = (loading === view.id && !anonymous() && timings()) || undefined;
    if (found) loading = "";
    return found;
  }

  function sendPageview(): void {
    const bare = anonymous();
    view.sent = true;
    attention.reset();
    hits.send(
      hit("pageview", {
        title: (said.title || document.title).slice(0, LONGEST_TITLE),
        referrer: (said.referrer || view.referrer).slice(0, LONGEST),
        screen: bare ? undefined : `${screen.width}x${screen.height}`,
        language: navigator.language,
        hour: bare ? undefined : new Date().getHours(),
        timings: loadTimes(),
        ...view.own,
        status: view.own.status ?? (bare || view.id !== early.id ? undefined : seenStatus()),
      }),
    );
  }

  function flush(): void {
    clearTimeout(settling);
    settling = undefined;
    if (!measures()) return;
    if (view.due && !view.sent) sendPageview();
    waiting.forEach(hits.send);
    waiting = [];
  }

  function finish(leaving: boolean): void {
    if (!measures()) return;
    if (settling !== undefined) flush();
    const seconds = attention.seconds();
    const loaded = view.sent ? loadTimes() : undefined;
    const news = view.sent && (seconds > view.told || loaded);
    const last = news ? hit("engagement", { seconds, scroll: attention.scroll(), timings: loaded }) : null;
    if (news) view.told = seconds;
    if (leaving) hits.sendLast(last);
    else if (last) hits.send(last);
  }

  /** What was looked at is over. */
  function turn(referrer: string, due: boolean): void {
    finish(false);
    view = arrive(randomId(), referrer, due);
    waiting = [];
  }

  /** Says what the page view is, where it was not sent yet; else it is another one. */
  function pageview({ url = here(), ...own }: Own): void {
    if (view.sent) turn(early.adapts ? document.referrer : view.url, true);
    Object.assign(view, { url, due: true });
    Object.assign(view.own, own);
  }

  function keep(type: string, own: Own): void {
    if (standing.answer(ANALYTICS) !== false && waiting.length < MOST_WAITING) waiting.push(hit(type, own));
  }

  function say(values: Own): void {
    const given = dimensions(values, "dimensions") as Record<string, string>;
    for (const [id, value] of Object.entries(given)) said.dimensions.set(id, value);
    for (const id in values) if ((values[id] ?? "") === "") said.dimensions.delete(id);
  }

  /** Throws a Mistake. */
  function take(name: string, given: Own): void {
    if (name === "dimensions") return say(given);
    const kind = KINDS.get(name) ?? EVENT;
    const own = read(given, kind.fields);
    if (name === "pageview") pageview(own);
    else if (name === "user") said.user = String(own.id ?? "");
    else if (name !== "404") keep(kind.type, kind.type === "event" ? { category: "event", action: name, ...own } : own);
    else if (view.sent) keep("event", { category: "error", action: name, status: 404 });
    else view.own.status = 404;
  }

  const track: Track = (name, properties = {}) => {
    try {
      // The page's own mistakes are told, not thrown: it may not be looking.
      if (typeof name !== "string" || !name) throw new Mistake("the name must be a text");
      take(name.slice(0, 500), object(properties, "the second argument"));
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      console.error(`gateway.track("${name}"): ${error.message}`);
    }
    if (ready && settling === undefined) flush();
  };

  function update(): void {
    if (standing.answer(ANALYTICS) === false) waiting = [];
    if (!measures()) hits.drop();
    if (settling === undefined) flush();
  }

  if (!manual) {
    onNavigation((restored) => {
      if (here() === view.url && !restored) return;
      turn(restored ? document.referrer : view.url, true);
      clearTimeout(settling);
      settling = setTimeout(flush, SETTLE);
    });
  }
  const leave = () => finish(true);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  document.addEventListener("freeze", leave);
  addEventListener("pagehide", leave);

  let ready = false;
  for (const [at, ...call] of early.calls) if (at === address(data.hash)) track(...call);
  ready = true;
  update();
  return { update, track, said, ping: () => finish(false) };
}
