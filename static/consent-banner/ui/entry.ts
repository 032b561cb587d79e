/** The part that is loaded beside the script: leaves what it makes on its own tag, where the script finds it. */

import type { Carrier } from "../chunk";
import { createDialogs } from "./ui";

const tag = document.currentScript;
if (tag instanceof HTMLScriptElement) (tag as Carrier<typeof createDialogs>).made = createDialogs;
