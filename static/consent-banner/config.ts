/** What the script knows when it starts: given by the server around the bundle, and read from the script's own tag. */

import { ownTag } from "./own_tag";

/** What is false or empty may be left out. */
export interface ConfiguredService {
  readonly id: string;
  readonly sale?: boolean;
}

export interface ConfiguredPurpose {
  readonly id: string;
  readonly required?: boolean;
  readonly sale?: boolean;
  readonly services?: readonly ConfiguredService[];
  /** Google Consent Mode types that this purpose stands for. */
  readonly consent_mode?: readonly string[];
}

/** A script that is loaded when it is first needed, from the gateway, under its hash. */
export interface Chunk {
  readonly src: string;
  readonly integrity: string;
}

/** By name; a part that loads others adds them. */
export type Chunks = Partial<Record<"ui" | "more" | "gpp" | "track" | "paq", Chunk>>;

/** The JSON the server hands to the bundle (GET /gateway/{site}.js). */
export interface Embedded {
  readonly site: number;
  /** The gateway's public URL, without trailing slash; may carry a path prefix. */
  readonly origin: string;
  readonly policy: string;
  /** Empty where only the tag is known: then the notice says. */
  readonly purposes: readonly ConfiguredPurpose[];
  readonly track: boolean;
  /** Which of "consent_mode", "usp" and "gpp" the site wants. */
  readonly signals?: readonly string[];
  /** In the site's own language, for what is shown before or without a notice. */
  readonly labels: { readonly privacy_choices?: string; readonly unavailable?: string };
}

export interface Config extends Embedded {
  /** The nonce of the script's own tag, "" where it has none. */
  readonly nonce: string;
  /** The data attributes of the script's own tag. */
  readonly data: DOMStringMap;
  /** The site calls this visitor a minor: nothing optional is asked, and nothing optional runs (RULES.md C12). */
  readonly minor: boolean;
  /** The token of a preview link, "" on ordinary pages. */
  readonly preview: string;
  readonly chunks: Chunks;
}

export function readConfig(embedded: Embedded, chunks: Chunks): Config {
  const { nonce = "", dataset: data = {} } = ownTag() ?? {};
  return {
    ...embedded,
    track: embedded.track && data.track !== "false",
    nonce,
    data,
    minor: data.minor === "true",
    preview: new URLSearchParams(location.search).get("gw_preview") ?? "",
    chunks,
  };
}
