/**
 * Values of fields between JSON and what a person types: money in cents, exact decimals, terms,
 * empty values. Pure functions, tested one by one.
 */
import type { Data, Field, Json, Kind } from "../api/types";

export interface Money {
  cents: number;
  currency: string;
}
export type Term = { months: number } | { open: true };

export const isMoney = (v: unknown): v is Money =>
  typeof v === "object" && v !== null && typeof (v as Money).cents === "number";
export const isTerm = (v: unknown): v is Term =>
  typeof v === "object" && v !== null && ("months" in v || "open" in v);

/** `"12.5"` → 1250 cents, exactly, without floating point; undefined when it is no amount. */
export function centsOf(text: string): number | undefined {
  const match = /^(-?)(\d{1,13})(?:\.(\d{0,2}))?$/.exec(text.replace(/[,\s，]/g, ""));
  if (!match) return undefined;
  const cents = Number(match[2]) * 100 + Number((match[3] ?? "").padEnd(2, "0") || "0");
  return match[1] ? -cents : cents;
}

/** 1250 → `"12.50"`. */
export function yuanOf(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Whether a value counts as not given. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object") return Object.keys(value).length === 0;
  return false;
}

/** What a form holds of one field → the JSON to send; undefined when nothing was given. */
export function toJson(field: Field, value: unknown): Json | undefined {
  if (isEmpty(value)) return undefined;
  switch (field.type.is) {
    case "text":
      return String(value).trim() || undefined;
    case "note":
      return String(value).trimEnd() || undefined;
    case "tags": {
      const tags = (value as string[]).map((x) => x.trim()).filter(Boolean);
      return tags.length ? [...new Set(tags)] : undefined;
    }
    case "integer": {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case "decimal":
      return decimalOf(String(value), field.type.scale ?? 0);
    case "rows": {
      const fields = field.type.fields;
      const rows = (value as Record<string, unknown>[])
        .map((row) => dataOf(fields, row ?? {}))
        .filter((row) => !isEmpty(row));
      return rows.length ? rows : undefined;
    }
    case "files":
      return undefined;
    default:
      return value as Json;
  }
}

/** `"3"` with scale 2 → `"3.00"`; further digits are kept, the server refuses them with a reason. */
export function decimalOf(text: string, scale: number): string | undefined {
  const match = /^(-?\d+)(?:\.(\d*))?$/.exec(text.trim());
  if (!match) return undefined;
  const fraction = (match[2] ?? "").padEnd(scale, "0");
  return fraction ? `${match[1]}.${fraction}` : match[1];
}

/** All given values of some fields. */
export function dataOf(fields: Field[], values: Record<string, unknown>): Data {
  const out: Data = {};
  for (const field of fields) {
    const json = toJson(field, values[field.name]);
    if (json !== undefined) out[field.name] = json;
  }
  return out;
}

/** What an edit changed: new values, and null for what was cleared. */
export function changesOf(fields: Field[], before: Data, values: Record<string, unknown>): Data {
  const out: Data = {};
  for (const field of fields) {
    if (!isTyped(field) || !(field.name in values)) continue;
    const now = toJson(field, values[field.name]);
    const then = toJson(field, before[field.name]);
    if (JSON.stringify(now) === JSON.stringify(then)) continue;
    out[field.name] = now ?? null;
  }
  return out;
}

/** Fields that a person types into a form. */
export const isTyped = (field: Field): boolean => !field.fixed && (!field.internal || field.typed === true) && field.type.is !== "files";

/** Values of a new record. */
export function initialOf(kind: Kind, given: Data = {}): Data {
  const out: Data = {};
  for (const field of kind.fields) {
    if (isTyped(field) && field.default !== undefined && field.default !== null) out[field.name] = field.default;
  }
  return { ...out, ...given };
}

/** `1536` → `1.5 KB`. */
export function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
