/** An entry of the ledger (its README, "The entry"): canonical JSON with salted commitments to fields. */
import { hasControl, unbase64, utf8, base64, type Bytes } from "./bytes";
import { canonical, isId, isInstant, isWhole, listOf, mapOf, object, readCanonical, readJson, isAny, isText, type Json, type Shape } from "./json";
import { fieldCommitment } from "./note";
import { Refusal } from "./refusal";

export interface Entry {
  v: 1;
  at: string;
  act: string;
  kind: string;
  subject?: string;
  revision?: number;
  sealed?: string;
  fields: Record<string, string>;
}

export interface OpenField {
  name: string;
  salt: string;
  value: Json;
}

const MAX_ENTRY = 65_535;
const is32Bytes: Shape = (value) => typeof value === "string" && unbase64(value)?.length === 32;
const isEntry = object(
  { v: (value) => value === 1, at: isInstant, act: isText, kind: isText, fields: mapOf(is32Bytes) },
  { subject: isId, revision: isWhole, sealed: is32Bytes },
);
const isOpened = object({ fields: listOf(object({ name: isText, salt: is32Bytes, value: isAny })) });

const isName = (name: string): boolean => name !== "" && utf8(name).length <= 256 && !hasControl(name);

/** Reads the bytes of an entry, of which each value has exactly one spelling. */
export function readEntry(bytes: Bytes): Entry {
  if (bytes.length > MAX_ENTRY) throw new Refusal("ledger.entry_too_large", { size: String(bytes.length), limit: String(MAX_ENTRY) });
  const value = readCanonical(bytes);
  if (value === undefined || !isEntry(value)) {
    const loose = value === undefined ? readJson(bytes) : undefined;
    throw new Refusal("ledger.entry_malformed", { reason: loose !== undefined && isEntry(loose) ? "canonical" : "json" });
  }
  const entry = value as unknown as Entry;
  if (![entry.act, entry.kind, ...Object.keys(entry.fields)].every(isName)) throw new Refusal("ledger.name", { limit: "256" });
  return entry;
}

/** The disclosed fields of an entry; whether they open it is {@link opens}. */
export function readOpened(bytes: Bytes): OpenField[] | null {
  const value = readCanonical(bytes);
  return value !== undefined && isOpened(value) ? (value as unknown as { fields: OpenField[] }).fields : null;
}

/** Whether a field with this salt and value is what the entry committed to. */
export function opens(entry: Entry, field: OpenField): boolean {
  const salt = unbase64(field.salt);
  if (!salt || !isName(field.name) || !Object.hasOwn(entry.fields, field.name)) return false;
  return base64(fieldCommitment(salt, field.name, canonical(field.value))) === entry.fields[field.name];
}
