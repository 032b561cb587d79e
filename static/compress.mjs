// Leaves a brotli and a gzip form beside each script and style sheet, so that the server never compresses at run time.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Compress every .js and .css in `folder`. Returns the total size of the scripts as brotli, in bytes. */
export async function compress(folder) {
  let scripts = 0;
  for (const name of await readdir(folder)) {
    if (!/\.(js|css)$/.test(name)) continue;
    const text = await readFile(join(folder, name));
    const brotli = brotliCompressSync(text, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
    });
    await writeFile(join(folder, `${name}.br`), brotli);
    await writeFile(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
    if (name.endsWith(".js")) scripts += brotli.length;
  }
  return scripts;
}
