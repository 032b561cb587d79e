// Builds everything a browser or the gateway needs into gateway/assets/:
//   consent-banner/*    the embedded script and the parts it loads later (static/consent-banner)
//   gateway.d.ts        types of its JS API, for the websites that embed it
//   dashboard/*         the dashboard's modules and styles (static/dashboard)
//   country.mmdb        the default geography database (CC0)
// The folder is never committed; the wheel carries it.
import { build, transform } from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { compress } from "./compress.mjs";
import { worldModule } from "./world.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const assets = join(root, "gateway", "assets");

const shared = { bundle: true, minify: true, target: "es2021", legalComments: "none", charset: "utf8", logLevel: "info" };

// The embedded script carries its style sheets as minified text, for constructable style sheets.
const minifiedCss = {
  name: "minified-css",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: "es2022" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// The dashboard imports its map as "world-map".
const worldMap = {
  name: "world-map",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^world-map$/ }, ({ path }) => ({ path, namespace: "world-map" }));
    onLoad({ filter: /.*/, namespace: "world-map" }, async () => ({
      contents: await worldModule(join(root, "node_modules/world-atlas")),
    }));
  },
};

await mkdir(join(assets, "dashboard"), { recursive: true });

// What the parts of the embedded script call in each other, and nobody else does: they agree on shorter names. Nothing that is
// also a name of the DOM, of JSON or of the JS API may stand here.
const seams = [
  ...["allowed", "answers", "needsNotice", "measures", "optedOut", "saleLaw", "setNotice", "setChoice", "deny", "refresh"],
  ...["choices", "told", "sent", "sendLast", "drop", "forget", "mustReload", "changed", "drain", "recorded", "announce"],
  ...["showBanner", "showButton", "standing", "chunks", "made"],
];
let mangleCache = {};

// core.js is what every page embeds: the server puts it into a function that receives the site's configuration, after
// signals.js where the site tells others' signals, or after alone.js where its tag says which site it is. ui.js (what a visitor
// sees at first), more.js (what is asked for), track.js (hits) and paq.js (pages written for matomo.js) are loaded later.
async function script(entry, name, more = {}) {
  const built = await build({
    ...shared,
    entryPoints: [join(root, "static/consent-banner", entry)],
    outfile: join(assets, "consent-banner", name),
    format: "iife",
    plugins: [minifiedCss],
    mangleProps: new RegExp(`^(${seams.join("|")})$`),
    mangleCache,
    ...more,
  });
  mangleCache = built.mangleCache;
}
await script("main.ts", "core.js", { format: "esm" });
await script("alone.ts", "alone.js");
await script("signals/entry.ts", "signals.js", { banner: { js: "var SIGNALS;" } });
await script("gpp/entry.ts", "gpp.js");
await script("ui/entry.ts", "ui.js");
await script("more/entry.ts", "more.js");
await script("tracker/entry.ts", "track.js");
await script("paq/entry.ts", "paq.js");
await copyFile(join(root, "static/consent-banner/gateway.d.ts"), join(assets, "gateway.d.ts"));
for (const name of ["core.js", "alone.js", "signals.js", "ui.js", "more.js", "track.js", "paq.js", "gpp.js"]) {
  const bytes = brotliCompressSync(await readFile(join(assets, "consent-banner", name))).length;
  console.log(`consent-banner/${name}: ${bytes} bytes as brotli`);
}

if (existsSync(join(root, "static/dashboard/main.ts"))) {
  await rm(join(assets, "dashboard"), { recursive: true, force: true });
  await build({
    ...shared,
    // Modules wait for the words of their page.
    target: "es2022",
    entryPoints: [join(root, "static/dashboard/main.ts"), join(root, "static/dashboard/pages.css")],
    outdir: join(assets, "dashboard"),
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    plugins: [worldMap],
  });
  // Its words: one module for each language, shared with the server's templates.
  const catalogues = join(root, "gateway/templates/texts");
  await build({
    ...shared,
    entryPoints: (await readdir(catalogues)).map((name) => join(catalogues, name)),
    entryNames: "texts-[name]",
    outdir: join(assets, "dashboard"),
    format: "esm",
  });
  const bytes = await compress(join(assets, "dashboard"));
  console.log(`dashboard scripts: ${(bytes / 1000).toFixed(1)} kB as brotli`);
}

await copyFile(
  join(root, "node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb"),
  join(assets, "country.mmdb"),
);
