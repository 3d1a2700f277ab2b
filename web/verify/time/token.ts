/** Time-stamp tokens (RFC 3161, RFC 5816): a CMS `SignedData` (RFC 5652) with one signer over a `TSTInfo`, and sequences of renewals. */
import { concat, equal, hex, text, utf8, type Bytes } from "../engine/bytes";
import { hash, HASH_SIZE, sha1, type HashName } from "../engine/hash";
import { Refusal } from "../engine/refusal";
import { pathTo } from "./chain";
import { constructed, Der, dotted, instant, malformed, primitive, small, TAG, type Value } from "./der";
import { checkSigner, HASH_BY_OID, issuedIdentifier, signatureName, type Sm2Identifier } from "./signature";
import { isSelfIssued, readAlgorithm, readCertificate, type Algorithm, type Certificate } from "./x509";

const MAX_TOKEN = 512 * 1024;
const MAX_CERTIFICATES = 32;
const MAX_ATTRIBUTES = 32;
const MAX_SEQUENCE = 200;
const RENEWAL = utf8("jingui time-stamp renewal 1\n");

const OID = {
  signedData: "1.2.840.113549.1.7.2",
  signedDataGm: "1.2.156.10197.6.1.4.2.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
};

/** A certificate named by its digest (RFC 2634 5.4.1, RFC 5035). */
interface Bound {
  /** Nothing stands for SHA-1, which the first version prescribes. */
  hash: HashName | null;
  digest: Bytes;
  number: { issuers: Bytes[]; serial: Bytes } | null;
}

export interface Token {
  raw: Bytes;
  content: Bytes;
  info: { policy: string; imprint: { hash: HashName; digest: Bytes }; serial: string; time: string; timeText: string; accuracy: Accuracy | null; critical: string[] };
  certificates: Certificate[];
  signer: {
    means: (certificate: Certificate) => boolean;
    digest: HashName;
    /** The attributes as they are signed: with the tag of a SET. */
    signed: Bytes;
    algorithm: Algorithm;
    signature: Bytes;
    contentType: string;
    messageDigest: Bytes;
    bound: Bound[];
  };
}

interface Accuracy {
  seconds: number;
  millis: number;
  micros: number;
}

export interface Verdict {
  standing: "trusted" | "unknown_authority";
  time: string;
  time_text: string;
  accuracy: Accuracy | null;
  policy: string;
  serial: string;
  authority: string;
  chain: { subject: string; serial: string; fingerprint: string; not_before: string; not_after: string; signature: string; sm2_identifier: Sm2Identifier | null }[];
  algorithms: { imprint: HashName; digest: HashName; signature: string; sm2_identifier: Sm2Identifier | null };
  ends: string;
}

function hashOf(body: Bytes, part: string): HashName {
  const { id, parameters } = readAlgorithm(body, part);
  if (parameters.length > 0 && !equal(parameters, Uint8Array.of(5, 0))) throw malformed(part);
  const name = HASH_BY_OID[id];
  if (!name) throw new Refusal("stamp.algorithm", { algorithm: id });
  return name;
}

/** Reads the DER of a token. What it says is not verified by that. */
export function readToken(raw: Bytes): Token {
  if (raw.length > MAX_TOKEN) throw new Refusal("stamp.too_large", { size: String(raw.length), limit: String(MAX_TOKEN) });
  const outer = new Der(Der.only(raw, TAG.sequence, "ContentInfo").body, "ContentInfo");
  const kind = dotted(outer.take(TAG.oid).body, "contentType");
  if (kind !== OID.signedData && kind !== OID.signedDataGm) throw malformed("contentType");
  const explicit = outer.take(constructed(0));
  outer.end();
  const data = new Der(Der.only(explicit.body, TAG.sequence, "SignedData").body, "SignedData");
  const version = data.number();
  if (version < 1 || version > 5) throw malformed("SignedData");
  data.take(TAG.set);
  const enclosed = data.into(TAG.sequence, "eContent");
  if (dotted(enclosed.take(TAG.oid).body, "eContentType") !== OID.tstInfo) throw malformed("eContentType");
  const content = Der.only(enclosed.take(constructed(0)).body, TAG.octets, "eContent").body;
  enclosed.end();
  const set = data.maybe(constructed(0));
  // Attribute certificates and the like have tags of their own and say nothing here.
  const ders = set ? [...new Der(set.body, "certificates").all()].filter((one) => one.tag === TAG.sequence) : [];
  if (ders.length > MAX_CERTIFICATES) throw new Refusal("stamp.too_many", { limit: String(MAX_CERTIFICATES) });
  data.maybe(constructed(1));
  const signers = data.into(TAG.set, "signerInfos");
  data.end();
  const signer = readSigner(signers.take(TAG.sequence));
  signers.end();
  return { raw, content, info: readInfo(content), certificates: ders.map((one) => readCertificate(one.whole)), signer };
}

function readSigner(value: Value): Token["signer"] {
  const inside = new Der(value.body, "SignerInfo");
  inside.number();
  const means = readMeans(inside);
  const digest = hashOf(inside.take(TAG.sequence).body, "digestAlgorithm");
  const attributes = inside.take(constructed(0));
  const algorithm = readAlgorithm(inside.take(TAG.sequence).body, "signatureAlgorithm");
  const signature = inside.take(TAG.octets).body;
  // Attributes that nobody signed prove nothing.
  inside.maybe(constructed(1));
  inside.end();
  const signed = attributes.whole.slice();
  signed[0] = TAG.set;
  return { means, digest, signed, algorithm, signature, ...readAttributes(attributes.body) };
}

/** Who signed: by issuer and number, or by the identifier of the key. */
function readMeans(inside: Der): (certificate: Certificate) => boolean {
  const numbered = inside.maybe(TAG.sequence);
  if (!numbered) {
    const key = inside.take(primitive(0)).body;
    return (certificate) => certificate.keyIdentifier !== null && equal(certificate.keyIdentifier, key);
  }
  const parts = new Der(numbered.body, "SignerInfo");
  const issuer = parts.take(TAG.sequence).whole;
  const serial = parts.take(TAG.integer).body;
  parts.end();
  return (certificate) => equal(certificate.issuer, issuer) && equal(certificate.serial, serial);
}

/** Each attribute stands once and has one value (RFC 5652 section 11). */
function readAttributes(body: Bytes): Pick<Token["signer"], "contentType" | "messageDigest" | "bound"> {
  const part = "signedAttrs";
  const found = new Map<string, Value>();
  const known: string[] = [OID.contentType, OID.messageDigest, OID.signingCertificate, OID.signingCertificateV2];
  let count = 0;
  for (const attribute of new Der(body, part).all()) {
    count += 1;
    if (attribute.tag !== TAG.sequence || count > MAX_ATTRIBUTES) throw malformed(part);
    const one = new Der(attribute.body, part);
    const id = dotted(one.take(TAG.oid).body, part);
    const values = one.into(TAG.set);
    one.end();
    if (!known.includes(id)) continue;
    if (found.has(id)) throw malformed(part);
    found.set(id, values.next());
    values.end();
  }
  const valueOf = (id: string, tag: number): Bytes => {
    const value = found.get(id);
    if (value?.tag !== tag) throw malformed(part);
    return value.body;
  };
  const first = found.get(OID.signingCertificate);
  const second = found.get(OID.signingCertificateV2);
  return {
    contentType: dotted(valueOf(OID.contentType, TAG.oid), part),
    messageDigest: valueOf(OID.messageDigest, TAG.octets),
    bound: [...(first ? [readBound(first, false)] : []), ...(second ? [readBound(second, true)] : [])],
  };
}

/** The first certificate that the attribute names: the signer's. */
function readBound(value: Value, newer: boolean): Bound {
  const part = "signingCertificate";
  if (value.tag !== TAG.sequence) throw malformed(part);
  const id = new Der(value.body, part).into(TAG.sequence).into(TAG.sequence);
  const algorithm = newer ? id.maybe(TAG.sequence) : null;
  // RFC 5035 section 4: SHA-256 unless said.
  const name = algorithm ? hashOf(algorithm.body, part) : newer ? "sha256" : null;
  const digest = id.take(TAG.octets).body;
  const issued = id.maybe(TAG.sequence);
  if (!issued) return { hash: name, digest, number: null };
  const parts = new Der(issued.body, part);
  const names = [...parts.into(TAG.sequence).all()].filter((one) => one.tag === constructed(4)).map((one) => one.body);
  return { hash: name, digest, number: { issuers: names, serial: parts.take(TAG.integer).body } };
}

function isBound(bound: Bound, certificate: Certificate): boolean {
  const found = bound.hash ? hash(bound.hash, certificate.raw) : sha1(certificate.raw);
  const { number } = bound;
  const numbered = !number || (equal(number.serial, certificate.serial) && number.issuers.some((one) => equal(one, certificate.issuer)));
  return equal(found, bound.digest) && numbered;
}

function readInfo(content: Bytes): Token["info"] {
  const part = "TSTInfo";
  const inside = new Der(Der.only(content, TAG.sequence, part).body, part);
  if (inside.number() !== 1) throw malformed("version");
  const policy = dotted(inside.take(TAG.oid).body, "policy");
  const imprinted = inside.into(TAG.sequence, "messageImprint");
  const name = hashOf(imprinted.take(TAG.sequence).body, "messageImprint");
  const digest = imprinted.take(TAG.octets).body;
  imprinted.end();
  if (digest.length !== HASH_SIZE[name]) throw malformed("messageImprint");
  const serial = inside.take(TAG.integer).body;
  const timeText = text(inside.take(TAG.time).body) ?? "";
  const time = instant(timeText, "genTime");
  const accuracy = inside.maybe(TAG.sequence);
  const ordering = inside.maybe(TAG.boolean)?.body;
  if (ordering && !equal(ordering, Uint8Array.of(0)) && !equal(ordering, Uint8Array.of(0xff))) throw malformed("ordering");
  const nonce = inside.maybe(TAG.integer);
  const named = inside.maybe(constructed(0));
  if (named) {
    const one = new Der(named.body, "tsa");
    one.next();
    one.end();
  }
  const extensions = inside.maybe(constructed(1));
  inside.end();
  if (serial.length === 0 || nonce?.body.length === 0) throw malformed(part);
  const critical = extensions ? criticalOf(extensions.body) : [];
  return { policy, imprint: { hash: name, digest }, serial: hex(serial), time, timeText, accuracy: accuracy && readAccuracy(accuracy.body), critical };
}

function readAccuracy(body: Bytes): Accuracy {
  const inside = new Der(body, "accuracy");
  const number = (value: Value | null) => (value ? small(value.body, "accuracy") : 0);
  const accuracy = { seconds: number(inside.maybe(TAG.integer)), millis: number(inside.maybe(primitive(0))), micros: number(inside.maybe(primitive(1))) };
  inside.end();
  if (accuracy.millis > 999 || accuracy.micros > 999) throw malformed("accuracy");
  return accuracy;
}

/** Critical extensions. None is known here, so a token with one cannot be relied on. */
function criticalOf(body: Bytes): string[] {
  const found: string[] = [];
  for (const extension of new Der(body, "extensions").all()) {
    if (extension.tag !== TAG.sequence) throw malformed("extensions");
    const one = new Der(extension.body, "extensions");
    const id = dotted(one.take(TAG.oid).body, "extensions");
    const flag = one.maybe(TAG.boolean);
    one.take(TAG.octets);
    one.end();
    if (flag && !equal(flag.body, Uint8Array.of(0))) found.push(id);
  }
  return found;
}

/** Whether an imprint is of this data. */
export const isImprintOf = (token: Token, data: Bytes): boolean => equal(hash(token.info.imprint.hash, data), token.info.imprint.digest);

/** The certificate of the signer, bound by digest so that nobody can put another one with the same key in its place. */
function authorityOf(token: Token, given: Certificate[], roots: Certificate[]): Certificate {
  const { bound, means } = token.signer;
  if (bound.length === 0) throw new Refusal("stamp.unbound");
  const named = [...given, ...roots].filter(means);
  if (named.length === 0) throw new Refusal("stamp.no_certificate");
  const found = named.find((one) => bound.every((name) => isBound(name, one)));
  if (!found) throw new Refusal("stamp.other_certificate");
  return found;
}

/** Good signatures of tokens, by the certificate: a token is judged for several sets of roots. */
const good = new WeakMap<Token, Map<string, ReturnType<typeof checkSigner>>>();

function signatureOf(token: Token, authority: Certificate): ReturnType<typeof checkSigner> {
  const { signer } = token;
  const known = good.get(token) ?? new Map<string, ReturnType<typeof checkSigner>>();
  good.set(token, known);
  const found = known.get(authority.fingerprint) ?? checkSigner(authority, signer.digest, signer.algorithm, signer.signed, signer.signature);
  known.set(authority.fingerprint, found);
  return found;
}

/** Verifies a token whose imprint must be `digest`. A good signature that leads to no root is a verdict too. */
function verify(token: Token, digest: Bytes, roots: Certificate[], extra: Certificate[]): Verdict {
  const { info, signer } = token;
  if (info.critical[0] !== undefined) throw new Refusal("stamp.critical_extension", { extension: info.critical[0] });
  if (!equal(info.imprint.digest, digest)) throw new Refusal("stamp.wrong_imprint");
  if (signer.contentType !== OID.tstInfo) throw new Refusal("stamp.content_type");
  if (!equal(hash(signer.digest, token.content), signer.messageDigest)) throw new Refusal("stamp.message_digest");
  const given = [...token.certificates, ...extra];
  const authority = authorityOf(token, given, roots);
  const signature = signatureOf(token, authority);
  const path = pathTo(authority, given, roots, info.time);
  const chain = (path ?? [authority]).map((one, at, all) => ({
    subject: one.subjectText,
    serial: hex(one.serial),
    fingerprint: one.fingerprint,
    not_before: one.notBefore,
    not_after: one.notAfter,
    signature: signatureName(one),
    sm2_identifier: issuedIdentifier(one, all[at + 1] ?? (isSelfIssued(one) ? one : undefined)),
  }));
  return {
    standing: path ? "trusted" : "unknown_authority",
    time: info.time,
    time_text: info.timeText,
    accuracy: info.accuracy,
    policy: info.policy,
    serial: info.serial,
    authority: authority.subjectText,
    chain,
    algorithms: { imprint: info.imprint.hash, digest: signer.digest, signature: signature.name, sm2_identifier: signature.sm2_identifier },
    ends: chain.map((link) => link.not_after).sort()[0]!,
  };
}

/** A refusal of one token in a sequence. */
export class AtToken {
  constructor(
    readonly place: number,
    readonly refusal: Refusal,
  ) {}
}

/**
 * Verifies a sequence, the oldest first: the first token stamps the data, each later one
 * H("jingui time-stamp renewal 1\n" ‖ H(data) ‖ H(token 1) ‖ …) with its own H, in time and in order.
 */
export function verifySequence(data: Bytes, tokens: Token[], roots: Certificate[], extra: Certificate[]): Verdict[] | AtToken {
  const verdicts: Verdict[] = [];
  const texts = new Map<HashName, Bytes[]>();
  for (const [place, token] of tokens.entries()) {
    try {
      if (place >= MAX_SEQUENCE) throw new Refusal("stamp.too_many", { limit: String(MAX_SEQUENCE) });
      const name = token.info.imprint.hash;
      const hashes = texts.get(name) ?? [RENEWAL, hash(name, data)];
      texts.set(name, hashes);
      for (const earlier of tokens.slice(hashes.length - 2, place)) hashes.push(hash(name, earlier.raw));
      const verdict = verify(token, place === 0 ? hash(name, data) : hash(name, concat(...hashes)), roots, extra);
      const before = verdicts.at(-1);
      if (before && verdict.time > before.ends) throw new Refusal("stamp.renewed_late", { at: verdict.time, limit: before.ends });
      if (before && verdict.time < before.time) throw new Refusal("stamp.renewed_early", { at: verdict.time, limit: before.time });
      verdicts.push(verdict);
    } catch (thrown) {
      if (thrown instanceof Refusal) return new AtToken(place, thrown);
      throw thrown;
    }
  }
  return verdicts;
}

