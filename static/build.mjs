// Builds everything a browser or the gateway needs into gateway/assets/:
//   consent-banner.js   the embedded script (static/consent-banner)
//   dashboard/*         the dashboard's modules and styles (static/dashboard)
//   country.mmdb        the default geography database (CC0)
// The folder is never committed; the wheel carries it.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "gateway", "assets");

const shared = { bundle: true, minify: true, target: "es2021", legalComments: "none", charset: "utf8", logLevel: "info" };

await mkdir(join(assets, "dashboard"), { recursive: true });

if (existsSync(join(root, "static/consent-banner/main.ts"))) {
  // No format wrapper: the server wraps this text in a function that receives the site's configuration.
  await build({
    ...shared,
    entryPoints: [join(root, "static/consent-banner/main.ts")],
    outfile: join(assets, "consent-banner.js"),
    format: "iife",
  });
}

if (existsSync(join(root, "static/dashboard/main.ts"))) {
  await rm(join(assets, "dashboard"), { recursive: true, force: true });
  await build({
    ...shared,
    entryPoints: [join(root, "static/dashboard/main.ts"), join(root, "static/dashboard/pages.css")],
    outdir: join(assets, "dashboard"),
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
  });
}

await copyFile(
  join(root, "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"),
  join(assets, "country.mmdb"),
);
