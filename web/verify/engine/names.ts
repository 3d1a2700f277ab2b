/** Names of files in a package: safe to unpack on any system, each different from every other. */
import { hasControl, text, type Bytes } from "./bytes";
import { Refusal } from "./refusal";

/** Backslash, colon, and marks that turn the direction of writing or break lines. */
const BAD = /[\\:\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** No part is empty, `.` or `..`, or would be changed by some system (a dot or space at its end, a space before it). */
export function isSafe(name: string): boolean {
  const parts = name.split("/");
  const size = (value: string) => new TextEncoder().encode(value).length;
  return (
    size(name) <= 512 &&
    parts.length <= 16 &&
    parts.every((part) => part !== "" && size(part) <= 255 && !/[. ]$/.test(part) && !part.startsWith(" ") && !BAD.test(part) && !hasControl(part))
  );
}

/** A name that may be anything, for a message. */
export function shown(name: Bytes): string {
  const read = text(name) ?? new TextDecoder().decode(name);
  const masked = [...read].slice(0, 200).map((c) => (c !== ":" && c !== "\\" && (BAD.test(c) || hasControl(c)) ? "\ufffd" : c));
  return masked.join("");
}

/** Which names are taken. Names that differ only in case or composition would overwrite each other on some systems. */
export class Taken {
  private readonly names = new Map<string, "file" | "folder">();

  take(name: string, kind: "file" | "folder"): void {
    const lower = [...name.normalize("NFC")].map((c) => c.toLowerCase()).join("");
    const folded = lower.normalize("NFC");
    const twice = () => new Refusal("package.duplicate", { path: name });
    for (let at = folded.indexOf("/"); at >= 0; at = folded.indexOf("/", at + 1)) {
      const above = folded.slice(0, at);
      if (this.names.get(above) === "file") throw twice();
      this.names.set(above, "folder");
    }
    const before = this.names.get(folded);
    // A folder that is listed beside its files overwrites nothing.
    if (before !== undefined && !(before === "folder" && kind === "folder")) throw twice();
    this.names.set(folded, kind);
  }
}
