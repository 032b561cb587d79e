// The world map as the dashboard draws it: one SVG path for each country, by its ISO 3166-1 alpha-2 code. Borders are Natural
// Earth's (public domain), by way of the package world-atlas; the projection is Equal Earth, so that areas compare.
import { readFile } from "node:fs/promises";
import { feature } from "topojson-client";

const WIDTH = 800;
const SOUTH = -58; // nobody lives below
const NORTH = 84;
const ANTARCTICA = "010";
const SMALL = 3; // what is smaller than this many units becomes a dot that can be seen and hit
// Without a number of their own in ISO 3166: the code in use, or that of the country that nearly all states see them as part of.
const UNNUMBERED = { Kosovo: "XK", "N. Cyprus": "CY", Somaliland: "SO" };
const DOT = "m-2,0a2,2 0 1,0 4,0a2,2 0 1,0 -4,0z";

/** The module that the dashboard loads: `box`, the map's viewBox, and `countries`, code → path. */
export async function worldModule(atlas) {
  const [coarse, fine] = [await features(atlas, "110m"), await features(atlas, "50m")];
  const [left, top] = [project(-180, 0)[0], project(0, NORTH)[1]];
  const [right, bottom] = [project(180, 0)[0], project(0, SOUTH)[1]];
  const scale = WIDTH / (right - left);
  const place = ([longitude, latitude]) => {
    const [x, y] = project(longitude, latitude);
    return [(x - left) * scale, (y - top) * scale];
  };
  const countries = {};
  // The small ones last: they lie on top of their neighbours.
  for (const [code, polygons] of [...coarse, ...[...fine].filter(([code]) => !coarse.has(code))]) {
    countries[code] = path(polygons, place);
  }
  const box = `0 0 ${WIDTH} ${Math.ceil((bottom - top) * scale)}`;
  return `export const box = ${JSON.stringify(box)};\nexport const countries = ${JSON.stringify(countries)};\n`;
}

async function features(atlas, scale) {
  const topology = JSON.parse(await readFile(`${atlas}/countries-${scale}.json`, "utf8"));
  const found = new Map();
  for (const { id, properties, geometry } of feature(topology, topology.objects.countries).features) {
    const named = id ? code(id) : UNNUMBERED[properties.name];
    if (id === ANTARCTICA || !/^[A-Z]{2}$/.test(named ?? "")) continue;
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    found.set(named, [...(found.get(named) ?? []), ...polygons]);
  }
  return found;
}

// CLDR's aliases of regions know which letters a number stands for: und-276 is und-DE.
function code(number) {
  return new Intl.Locale(`und-${String(number).padStart(3, "0")}`).region ?? "";
}

// Equal Earth: Šavrič, Patterson, Jenny (2018), doi:10.1080/13658816.2018.1504949. y grows downwards, as in SVG.
function project(longitude, latitude) {
  const [a1, a2, a3, a4] = [1.340264, -0.081106, 0.000893, 0.003796];
  const root = Math.sqrt(3);
  const t = Math.asin((root / 2) * Math.sin((latitude * Math.PI) / 180));
  const [t2, t6] = [t * t, t ** 6];
  const slope = 9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1;
  const x = (2 * root * ((longitude * Math.PI) / 180) * Math.cos(t)) / (3 * slope);
  return [x, -t * (a4 * t6 * t2 + a3 * t6 + a2 * t2 + a1)];
}

function path(polygons, place) {
  const rings = polygons.flat().map((ring) => whole(ring).map(place));
  const points = rings.flat();
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const size = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  if (size < SMALL) return `M${Math.round(middle(xs))},${Math.round(middle(ys))}${DOT}`;
  return rings.map(drawn).join("");
}

// A ring across the 180th meridian goes on beyond it, on the side where most of it lies: no line across the map.
function whole(ring) {
  let turn = 0;
  const unrolled = ring.map(([longitude, latitude], index) => {
    const step = longitude - (ring[index - 1]?.[0] ?? longitude);
    if (Math.abs(step) > 180) turn -= Math.sign(step) * 360;
    return [longitude + turn, latitude];
  });
  const side = Math.round(middle(unrolled.map(([longitude]) => longitude)) / 360) * 360;
  return unrolled.map(([longitude, latitude]) => [longitude - side, latitude]);
}

const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;

// Half units, each point told from the one before; a ring that has no area left is left out.
function drawn(ring) {
  const steps = [];
  let last = null;
  for (const point of ring) {
    const here = point.map((value) => Math.round(value * 2));
    if (last && here[0] === last[0] && here[1] === last[1]) continue;
    const [x, y] = last ? [here[0] - last[0], here[1] - last[1]] : here;
    steps.push(`${x / 2}${y < 0 ? "" : ","}${y / 2}`);
    last = here;
  }
  return steps.length < 4 ? "" : `M${steps[0]}l${steps.slice(1, -1).join(" ")}z`;
}
