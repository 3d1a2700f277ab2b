/** Canonical JSON (RFC 8785, whole numbers of at most 53 bits), and the shapes of what is read from it. */
import { text, type Bytes } from "./bytes";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const DEEPEST = 127;

class NotCanonical extends Error {}

/** The one spelling of a value. */
export function canonical(value: Json, depth = 0): string {
  if (depth > DEEPEST) throw new NotCanonical();
  if (typeof value === "number") {
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) throw new NotCanonical();
    return String(value);
  }
  if (typeof value === "string") {
    // A lone half of a surrogate pair is no character.
    if (/[\ud800-\udfff]/u.test(value)) throw new NotCanonical();
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(",")}]`;
  // RFC 8785 sorts by UTF-16 code units, which is what `sort` does.
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${canonical(key)}:${canonical(value[key]!, depth + 1)}`).join(",")}}`;
}

/** JSON in any spelling: only to say what is wrong with one. */
export function readJson(bytes: Bytes): Json | undefined {
  try {
    return JSON.parse(text(bytes) ?? "") as Json;
  } catch {
    return undefined;
  }
}

/** The value that these bytes are the canonical spelling of. */
export function readCanonical(bytes: Bytes): Json | undefined {
  const written = text(bytes);
  if (written === null) return undefined;
  try {
    const value = JSON.parse(written) as Json;
    return canonical(value) === written ? value : undefined;
  } catch {
    // No JSON, not canonical, or nested so deeply that some browser gives up.
    return undefined;
  }
}

export type Shape = (value: Json) => boolean;

export const isText: Shape = (value) => typeof value === "string";
export const isBoolean: Shape = (value) => typeof value === "boolean";
export const isWhole: Shape = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0;
export const isAny: Shape = () => true;
export const matches =
  (pattern: RegExp): Shape =>
  (value) =>
    typeof value === "string" && pattern.test(value);
export const listOf =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);
export const mapOf =
  (item: Shape): Shape =>
  (value) =>
    isObject(value) && Object.keys(value).every((key) => item(value[key]!));

export function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object with these keys, those that may be absent, and no other. */
export function object(needed: Record<string, Shape>, optional: Record<string, Shape> = {}): Shape {
  return (value) => {
    if (!isObject(value)) return false;
    const has = (key: string) => Object.hasOwn(value, key);
    const fits = (shapes: Record<string, Shape>, absent: boolean) => Object.entries(shapes).every(([key, shape]) => (has(key) ? shape(value[key]!) : absent));
    const known = (key: string) => Object.hasOwn(needed, key) || Object.hasOwn(optional, key);
    return fits(needed, false) && fits(optional, true) && Object.keys(value).every(known);
  };
}

export const isId = matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A day of the calendar, `2026-11-21`. */
export const isDay: Shape = (value) => {
  const parts = typeof value === "string" ? /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) : null;
  if (!parts || Number(parts[1]) < 1900) return false;
  const day = new Date(`${parts[0]}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(parts[0]);
};

/** An instant in UTC with six digits; such texts sort as the instants do. */
export const isInstant: Shape = (value) => {
  const parts = typeof value === "string" ? /^(\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d)\.\d{6}Z$/.exec(value) : null;
  if (!parts) return false;
  const at = new Date(`${parts[1]}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(parts[1]!);
};
