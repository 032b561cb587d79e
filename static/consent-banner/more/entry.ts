/** The part that is loaded when somebody asks for more than the banner. */

import { leave } from "../chunk";
import { createMore } from "./more";

leave(createMore);
