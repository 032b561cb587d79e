/** The part that is loaded when a US visitor's page first calls __gpp. */

import { leave } from "../chunk";
import type { CreatePlatform } from "../signals/gpp";
import { createPlatform } from "./gpp";

leave<CreatePlatform>(createPlatform);
