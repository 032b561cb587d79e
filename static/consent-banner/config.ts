/** What the script knows when it starts: given by the server around the bundle, or read from the script's own tag. */

export interface ConfiguredService {
  readonly id: string;
  readonly sale: boolean;
}

export interface ConfiguredPurpose {
  readonly id: string;
  readonly required: boolean;
  readonly sale: boolean;
  readonly services?: readonly ConfiguredService[];
  /** Google Consent Mode types that this purpose stands for. */
  readonly consent_mode?: readonly string[];
}

/** A script that is loaded when it is first needed, from the gateway, under its hash. */
export interface Chunk {
  readonly src: string;
  readonly integrity: string;
}

export type Chunks = Readonly<Record<"ui" | "gpp", Chunk | undefined>>;

/** The JSON the server hands to the bundle (GET /gateway/{site}.js). */
export interface Embedded {
  readonly site: number;
  readonly origin: string;
  readonly policy: string;
  readonly purposes: readonly ConfiguredPurpose[];
  readonly track: boolean;
  readonly signals?: readonly string[];
  /** In the site's own language, for what is shown before or without a notice. */
  readonly labels?: { readonly privacy_choices?: string; readonly unavailable?: string };
}

export interface Config {
  readonly site: number;
  /** The gateway's public URL, without trailing slash; may carry a path prefix. */
  readonly origin: string;
  readonly policy: string;
  /** Empty where only the tag is known: then the notice says. */
  readonly purposes: readonly ConfiguredPurpose[];
  readonly track: boolean;
  /** Which of "consent_mode", "usp" and "gpp" the site wants. */
  readonly signals: readonly string[];
  /** The nonce of the script's own tag, "" where it has none. */
  readonly nonce: string;
  readonly button: boolean;
  /** Empty where nobody said; the dialogs then use their own words. */
  readonly label: string;
  readonly unavailable: string;
  /** The token of a preview link, "" on ordinary pages. */
  readonly preview: string;
  readonly chunks: Chunks;
}

/** Null where neither server nor tag says which site this is: then the script does nothing. */
export function readConfig(embedded: Embedded | null, chunks: Chunks, current: unknown): Config | null {
  // A page's own markup can shadow document.currentScript (an image of that name), hence the check.
  const tag = current instanceof HTMLScriptElement ? current : null;
  const data = tag?.dataset ?? {};
  const site = embedded?.site ?? Number(data.site);
  const origin = embedded?.origin ?? (tag?.src ? new URL(".", tag.src).href.replace(/\/$/, "") : "");
  if (!Number.isInteger(site) || site < 1 || !origin) return null;
  return {
    site,
    origin,
    policy: embedded?.policy ?? data.policy ?? "",
    purposes: embedded?.purposes ?? [],
    track: (embedded?.track ?? true) && data.track !== "false",
    signals: embedded?.signals ?? data.signals?.split(" ") ?? [],
    nonce: tag?.nonce ?? "",
    button: data.button !== "none",
    label: data.label ?? embedded?.labels?.privacy_choices ?? "",
    unavailable: embedded?.labels?.unavailable ?? "",
    preview: new URLSearchParams(location.search).get("gw_preview") ?? "",
    chunks,
  };
}
