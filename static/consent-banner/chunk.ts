/** Loads a part of the script that not every page needs at once; the part leaves what it made on its own tag. */

import type { Chunk, Config } from "./config";
import { trustedUrl } from "./trusted";

/** What a part leaves on its tag. */
export interface Carrier<Made> extends HTMLScriptElement {
  made?: Made;
}

/** Milliseconds after which a part that has not come counts as unreachable. */
const TIMEOUT = 15_000;

/** Null where it is blocked, unreachable, or not what its hash says. Never throws. */
export function load<Made>(config: Config, chunk: Chunk | undefined): Promise<Made | null> {
  return new Promise((resolve) => {
    if (!chunk) return resolve(null);
    const tag = document.createElement("script") as Carrier<Made>;
    tag.onload = tag.onerror = () => resolve(tag.made ?? null);
    setTimeout(() => resolve(null), TIMEOUT);
    try {
      tag.crossOrigin = "anonymous";
      tag.integrity = chunk.integrity;
      tag.nonce = config.nonce;
      tag.src = trustedUrl(`${config.origin}/${chunk.src}`);
      document.head.append(tag);
    } catch {
      resolve(null);
    }
  });
}
