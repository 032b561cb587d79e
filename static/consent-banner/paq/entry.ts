/** The part that is loaded where a page is written for matomo.js. */

import { leave } from "../chunk";
import { adapt, type Adapt } from "./paq";

leave<Adapt>(adapt);
