// Decodes GPP strings with the IAB's own library: a JSON array of strings on standard input, one of objects on standard output.
import { CmpApi } from "@iabgpp/cmpapi";
import { readFileSync } from "node:fs";

globalThis.window = { __gpp: () => [] };
const decoded = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const api = new CmpApi(1, 1);
  api.setGppString(text);
  return api.getObject();
});
process.stdout.write(JSON.stringify(decoded));
