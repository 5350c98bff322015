/** Models in this browser. */
export function BrowserModels() {
  return null;
}
