/** IAB US Privacy API, version 1 (https://github.com/InteractiveAdvertisingBureau/USPrivacy): answers at once, and once. */

import type { Standing } from "../standing";
import { publish } from "./frames";
import { optedOut } from "./sale";

export function createUsp(standing: Standing): void {
  const answer = (command: unknown, version: unknown, reply: unknown) => {
    if (typeof reply !== "function") return;
    if (command === "getUSPData" && version === 1) reply({ version, uspString: uspString(standing) }, true);
    else reply(null, false);
  };
  publish("__uspapi", answer, ({ command, version }, reply) => answer(command, version, reply));
}

/** Version, notice given, opted out of sale, covered by the Limited Service Provider Agreement (never). */
function uspString(standing: Standing): string {
  if (!standing.saleLaw()) return "1---";
  // Before the notice has come it is not known whether anybody was told of the way to opt out.
  return `1${standing.notice() ? "Y" : "-"}${optedOut(standing) ? "Y" : "N"}N`;
}
