// Made by static/world.mjs when the scripts are built.
declare module "world-map" {
  /** The map's viewBox. */
  export const box: string;
  /** ISO 3166-1 alpha-2 code → path. */
  export const countries: Readonly<Record<string, string>>;
}
