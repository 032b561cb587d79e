// What the server's page says about the site and where things are.

export interface Site {
  /** Path prefix of all routes, without a slash at its end. */
  readonly base: string;
  readonly id: number;
  readonly name: string;
  readonly timezone: string;
  /** URL of the script that the site embeds. */
  readonly script: string;
  /** Months that figures are kept. */
  readonly months: number;
}

export function siteOfPage(): Site {
  const data = document.body.dataset;
  return {
    base: data["base"] ?? "",
    id: Number(data["site"]),
    name: data["siteName"] ?? "",
    timezone: data["timezone"] ?? "UTC",
    script: data["script"] ?? "",
    months: Number(data["months"]),
  };
}
