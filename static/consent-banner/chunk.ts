/** Loads a part of the script that not every page needs at once; the part leaves what it made on its own tag. */

import type { Chunk, Config } from "./config";
import { ownTag } from "./own_tag";
import { trustedUrl } from "./trusted";

interface Carrier<Made> extends HTMLScriptElement {
  made?: Made;
}

/** Null where it is blocked, unreachable, or not what its hash says. Never throws. */
export function load<Made>({ origin, nonce }: Config, chunk: Chunk | undefined): Promise<Made | null> {
  return new Promise((resolve) => {
    const tag: Carrier<Made> = document.createElement("script");
    const end = () => resolve(tag.made ?? null);
    if (!chunk) return end();
    tag.onload = tag.onerror = end;
    // A part that has not come after that many milliseconds counts as unreachable.
    setTimeout(end, 15_000);
    try {
      tag.crossOrigin = ""; // anonymous
      tag.integrity = chunk.integrity;
      tag.nonce = nonce;
      tag.src = trustedUrl(`${origin}/${chunk.src}`);
      document.head.append(tag);
    } catch {
      end();
    }
  });
}

/** For a part: hands over what it made. */
export function leave<Made>(made: Made): void {
  const tag: Carrier<Made> | null = ownTag();
  if (tag) tag.made = made;
}
