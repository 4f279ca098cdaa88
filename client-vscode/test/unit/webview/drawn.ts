/** What a template would draw: its markup as it is written, and every value as the text that it stays. */
export function drawn(part: unknown): string {
  if (Array.isArray(part)) {
    return part.map(drawn).join("");
  }
  if (typeof part === "object" && part !== null && "strings" in part && "values" in part) {
    const { strings, values } = part as { strings: readonly string[]; values: readonly unknown[] };
    return strings.map((markup, place) => `${markup}${place < values.length ? drawn(values[place]) : ""}`).join("");
  }
  if (typeof part === "object" && part !== null && "_$litDirective$" in part) {
    return JSON.stringify((part as unknown as { values: unknown }).values);
  }
  return typeof part === "string" ? part.replaceAll("<", "‹").replaceAll(">", "›") : "";
}
