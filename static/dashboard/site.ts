// What the server's page says about the site and where things are.

export interface Site {
  /** Path prefix of all routes, without a slash at its end. */
  readonly base: string;
  readonly id: number;
  readonly name: string;
  readonly timezone: string;
  /** URL of the script that the site embeds. */
  readonly script: string;
  /** Whether the reader may keep segments and funnels. */
  readonly keeps: boolean;
  /** Months that figures are kept. */
  readonly months: number;
  /** Names of its goals by their numbers. */
  readonly goals: Readonly<Record<string, string>>;
  /** Its custom dimensions, by their names on the wire: dimension1, … */
  readonly dimensions: Readonly<Record<string, CustomDimension>>;
}

export interface CustomDimension {
  readonly name: string;
  /** Of single actions rather than of the visit. */
  readonly ofActions: boolean;
}

export function siteOfPage(): Site {
  const data = document.body.dataset;
  return {
    base: data["base"] ?? "",
    id: Number(data["site"]),
    name: data["siteName"] ?? "",
    timezone: data["timezone"] ?? "UTC",
    script: data["script"] ?? "",
    keeps: data["keeps"] !== undefined,
    months: Number(data["months"]),
    goals: JSON.parse(data["goals"] ?? "{}") as Site["goals"],
    dimensions: JSON.parse(data["dimensions"] ?? "{}") as Site["dimensions"],
  };
}
