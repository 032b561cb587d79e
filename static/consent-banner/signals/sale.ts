/** How things stand with sale and sharing in the US sense: what __uspapi and __gpp tell, each in its own form. */

import type { Standing } from "../standing";

/** One bit for all that is sold: not opted out only while every part of it may run. */
export const optedOut = (standing: Standing): boolean =>
  standing.optedOut() ||
  standing
    .purposes()
    .some(
      ({ id, sale, services = [] }) =>
        (sale && !standing.allowed(id)) || services.some((unit) => (sale || unit.sale) && !standing.allowed(id, unit.id)),
    );
