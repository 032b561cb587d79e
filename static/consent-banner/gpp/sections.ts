/** The section of the GPP string that is in force for a visitor, field by field. Fields that are not named keep 0 (not applicable). */

import { optedOut } from "../signals/sale";
import type { Standing } from "../standing";

export interface Section {
  readonly id: number;
  readonly name: string;
  readonly fields: Readonly<Record<string, number | boolean>>;
}

/** The values of the IAB's two-bit fields. */
const NOT_APPLICABLE = 0;
const YES = 1;
const NO = 2;

/** Null where no US law covers the visitor. California's for California, for the US without a state, and where nothing is known. */
export function sectionFor(standing: Standing): Section | null {
  if (!standing.saleLaw()) return null;
  const state = standing.notice()?.jurisdiction ?? "";
  const sells = standing.purposes().some(({ sale, services = [] }) => sale || services.some((unit) => unit.sale));
  const notice = sells ? YES : NOT_APPLICABLE;
  const answer = !sells ? NOT_APPLICABLE : optedOut(standing) ? YES : NO;
  const both = {
    SaleOptOutNotice: notice,
    SharingOptOutNotice: notice,
    SaleOptOut: answer,
    SharingOptOut: answer,
    // Agreements between companies: the gateway is party to none.
    MspaCoveredTransaction: NO,
    Gpc: standing.gpc(),
  };
  if (["US-CA", "US", ""].includes(state)) return { id: 8, name: "usca", fields: both };
  return {
    id: 7,
    name: "usnat",
    fields: { ...both, SharingNotice: notice, TargetedAdvertisingOptOutNotice: notice, TargetedAdvertisingOptOut: answer },
  };
}
