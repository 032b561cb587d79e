// The build hands style sheets over as minified text, for constructable style sheets.
declare module "*.css" {
  const text: string;
  export default text;
}
