/** Certificates (RFC 5280), as far as the chain of a time-stamp authority needs them. */
import { equal, hex, text, type Bytes } from "../engine/bytes";
import { sha256 } from "../engine/hash";
import { Refusal } from "../engine/refusal";
import { constructed, Der, dotted, instant, malformed, primitive, TAG, type Value } from "./der";

const PART = "certificate";
const BOOLEAN_FALSE = Uint8Array.of(0);

export interface Algorithm {
  /** With dots. */
  id: string;
  /** The whole value of the parameters; empty when absent. */
  parameters: Bytes;
  /** The contents, to compare. */
  body: Bytes;
}

export interface Certificate {
  raw: Bytes;
  /** Version 3 and nothing else has extensions. */
  isV3: boolean;
  serial: Bytes;
  issuer: Bytes;
  subject: Bytes;
  /** As text: `C=CN, O=…, CN=…`. */
  subjectText: string;
  fingerprint: string;
  notBefore: string;
  notAfter: string;
  keyAlgorithm: Algorithm;
  key: Bytes;
  algorithm: Algorithm;
  /** The algorithm that stands in the signed part is the same. */
  sameAlgorithm: boolean;
  signature: Bytes;
  signed: Bytes;
  keyIdentifier: Bytes | null;
  /** The first byte of `keyUsage`, highest bit digitalSignature. */
  keyUsage: number | null;
  purposes: { critical: boolean; all: string[] } | null;
  /** `pathLength` is absent when not limited. Nothing when malformed, which matters only where it is needed: not in a root. */
  authority: { isCa: boolean; pathLength?: number } | null;
  /** Kinds of names (tags) that name constraints speak of. */
  nameConstraints: number[] | null;
  hasAlternativeNames: boolean;
  /** Critical extensions that are not known here. */
  unknownCritical: boolean;
}

export const USAGE = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04 };
export const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
export const ANY_PURPOSE = "2.5.29.37.0";

export function readAlgorithm(body: Bytes, part: string): Algorithm {
  const reader = new Der(body, part);
  const id = dotted(reader.take(TAG.oid).body, part);
  const parameters = reader.isEmpty ? new Uint8Array() : reader.next().whole;
  reader.end();
  return { id, parameters, body };
}

function time(value: Value): string {
  const written = text(value.body) ?? "";
  if (value.tag === TAG.utcTime) return instant(`${written >= "5" ? "19" : "20"}${written}`, "validity");
  if (value.tag === TAG.time && value.body.length === 15) return instant(written, "validity");
  throw malformed("validity");
}

export function readCertificate(raw: Bytes): Certificate {
  const outer = new Der(Der.only(raw, TAG.sequence, PART).body, PART);
  const signed = outer.take(TAG.sequence);
  const algorithm = readAlgorithm(outer.take(TAG.sequence).body, PART);
  const signature = outer.bitBytes();
  outer.end();
  const inside = new Der(signed.body, PART);
  const version = inside.maybe(constructed(0));
  const isV3 = version !== null && new Der(version.body, PART).number() === 2;
  const serial = inside.take(TAG.integer).body;
  const sameAlgorithm = equal(inside.take(TAG.sequence).body, algorithm.body);
  const issuer = inside.take(TAG.sequence);
  const validity = inside.into(TAG.sequence, "validity");
  const [notBefore, notAfter] = [time(validity.next()), time(validity.next())];
  validity.end();
  const subject = inside.take(TAG.sequence);
  const keyInfo = inside.into(TAG.sequence);
  const keyAlgorithm = readAlgorithm(keyInfo.take(TAG.sequence).body, PART);
  const key = keyInfo.bitBytes();
  keyInfo.end();
  const certificate: Certificate = {
    raw,
    isV3,
    serial,
    issuer: issuer.whole,
    subject: subject.whole,
    subjectText: nameText(subject.body),
    fingerprint: hex(sha256(raw)),
    notBefore,
    notAfter,
    keyAlgorithm,
    key,
    algorithm,
    sameAlgorithm,
    signature,
    signed: signed.whole,
    keyIdentifier: null,
    keyUsage: null,
    purposes: null,
    authority: { isCa: false },
    nameConstraints: null,
    hasAlternativeNames: false,
    unknownCritical: false,
  };
  inside.maybe(primitive(1));
  inside.maybe(primitive(2));
  const extensions = inside.maybe(constructed(3));
  inside.end();
  if (extensions) {
    for (const one of new Der(Der.only(extensions.body, TAG.sequence, PART).body, PART).all()) {
      if (one.tag !== TAG.sequence) throw malformed(PART);
      const reader = new Der(one.body, PART);
      const id = dotted(reader.take(TAG.oid).body, PART);
      const flag = reader.maybe(TAG.boolean);
      const value = reader.take(TAG.octets).body;
      reader.end();
      extension(certificate, id, flag !== null && !equal(flag.body, BOOLEAN_FALSE), value);
    }
  }
  return certificate;
}

function extension(certificate: Certificate, id: string, critical: boolean, value: Bytes): void {
  switch (id) {
    case "2.5.29.15": {
      const [unused, first] = Der.only(value, TAG.bits, "keyUsage").body;
      if (unused === undefined || unused > 7) throw malformed("keyUsage");
      certificate.keyUsage = first ?? 0;
      break;
    }
    case "2.5.29.14":
      certificate.keyIdentifier = Der.only(value, TAG.octets, "subjectKeyIdentifier").body;
      break;
    case "2.5.29.37": {
      const list = [...new Der(Der.only(value, TAG.sequence, "extKeyUsage").body, "extKeyUsage").all()];
      if (list.some((one) => one.tag !== TAG.oid)) throw malformed("extKeyUsage");
      certificate.purposes = { critical, all: list.map((one) => dotted(one.body, "extKeyUsage")) };
      break;
    }
    case "2.5.29.19":
      certificate.authority = basicConstraints(value);
      break;
    case "2.5.29.30": {
      const inside = new Der(Der.only(value, TAG.sequence, "nameConstraints").body, "nameConstraints");
      const kinds: number[] = [];
      for (const subtrees of inside.all()) for (const one of new Der(subtrees.body, "nameConstraints").all()) kinds.push(new Der(one.body, "nameConstraints").next().tag);
      certificate.nameConstraints = kinds;
      break;
    }
    case "2.5.29.17":
      certificate.hasAlternativeNames = true;
      break;
    default:
      certificate.unknownCritical ||= critical;
  }
}

function basicConstraints(value: Bytes): Certificate["authority"] {
  try {
    const inside = new Der(Der.only(value, TAG.sequence, PART).body, PART);
    const isCa = inside.maybe(TAG.boolean)?.body;
    const authority = { isCa: isCa !== undefined && equal(isCa, Uint8Array.of(0xff)) };
    const limited = inside.isEmpty ? authority : { ...authority, pathLength: inside.number() };
    inside.end();
    return limited;
  } catch {
    return null;
  }
}

/** In force at an instant, cut to its second: the last second counts. */
export const covers = (certificate: Certificate, at: string): boolean => certificate.notBefore <= at && at.slice(0, 19) <= certificate.notAfter.slice(0, 19);

export const isSelfIssued = (certificate: Certificate): boolean => equal(certificate.issuer, certificate.subject);

const WORDS: Record<string, string> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.97": "organizationIdentifier",
};

/** A name for people; nothing when it is malformed, for names are compared as they are written. */
function nameText(body: Bytes): string {
  try {
    return nameParts(body).slice(0, 32).join(", ");
  } catch {
    return "";
  }
}

function nameParts(body: Bytes): string[] {
  const parts: string[] = [];
  for (const set of new Der(body, "name").all()) {
    if (set.tag !== TAG.set) throw malformed("name");
    for (const pair of new Der(set.body, "name").all()) {
      if (pair.tag !== TAG.sequence) throw malformed("name");
      const reader = new Der(pair.body, "name");
      const id = dotted(reader.take(TAG.oid).body, "name");
      const value = [...stringText(reader.next())].slice(0, 200).join("");
      reader.end();
      parts.push(`${WORDS[id] ?? id}=${value.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd")}`);
    }
  }
  return parts;
}

function stringText(value: Value): string {
  const { tag, body } = value;
  if (tag === TAG.utf8 || tag === TAG.printable || tag === TAG.ia5) return new TextDecoder().decode(body);
  // Declared as T.61, filled with Latin-1 by everybody.
  if (tag === TAG.teletex) return String.fromCharCode(...body.subarray(0, 400));
  if (tag === TAG.bmp) return new TextDecoder("utf-16be").decode(body.subarray(0, body.length & ~1));
  return hex(value.whole.subarray(0, 100));
}

/** Certificates from PEM text. */
export function readPem(bytes: Bytes): Certificate[] {
  const found: Certificate[] = [];
  const refuse = () => new Refusal("stamp.root");
  for (const block of new TextDecoder().decode(bytes).matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)) {
    try {
      const der = Uint8Array.from(atob(block[1]!.replace(/\s/g, "")), (c) => c.charCodeAt(0));
      found.push(readCertificate(der));
    } catch {
      throw refuse();
    }
  }
  const begun = new TextDecoder().decode(bytes).split("-----BEGIN CERTIFICATE-----").length - 1;
  if (found.length === 0 || begun !== found.length) throw refuse();
  return found;
}
