/** Hashes, signatures and tokens of the offline page, against OpenSSL and the examples of the standards. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { concat, hex, utf8, type Bytes } from "../verify/engine/bytes";
import { hash } from "../verify/engine/hash";
import { Sm3, sm3 } from "../verify/engine/sm3";
import { Refusal } from "../verify/engine/refusal";
import { instant } from "../verify/time/der";
import { checkIssued } from "../verify/time/signature";
import { AtToken, readToken, verifySequence, type Token } from "../verify/time/token";
import { readPem, type Certificate } from "../verify/time/x509";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder = "";
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "verify-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const openssl = (...args: string[]): Bytes => new Uint8Array(execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }));
const read = (name: string): Bytes => new Uint8Array(readFileSync(at(name)));
const certificate = (name: string): Certificate => readPem(read(name))[0]!;

describe("SM3", () => {
  it("is that of GB/T 32905, appendix A", () => {
    expect(hex(sm3(utf8("abc")))).toBe("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    expect(hex(sm3(utf8("abcd".repeat(16))))).toBe("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
  });

  it("is the same however the bytes come, at every length around a block", () => {
    for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
      const bytes = Uint8Array.from({ length }, (_, n) => n * 7);
      const pieces = new Sm3();
      for (let n = 0; n < length; n += 13) pieces.update(bytes.subarray(n, n + 13));
      expect(hex(pieces.digest())).toBe(hex(sm3(bytes)));
      writeFileSync(at("data"), bytes);
      expect(hex(openssl("dgst", "-sm3", "-binary", "data")), String(length)).toBe(hex(sm3(bytes)));
    }
  });
});

describe("signatures on certificates", () => {
  it.each<[string, string[], string[], string]>([
    ["RSA", ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256"], "RSA with SHA-256"],
    ["RSA with SHA-512", ["rsa", "-pkeyopt", "rsa_keygen_bits:3072"], ["-sha512"], "RSA with SHA-512"],
    ["RSA-PSS", ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], ["-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"], "RSA-PSS with SHA-256"],
    ["RSA-PSS with SHA-384", ["rsa", "-pkeyopt", "rsa_keygen_bits:2056"], ["-sha384", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:48"], "RSA-PSS with SHA-384"],
    ["P-256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-sha256"], "ECDSA with SHA-256"],
    ["P-384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["-sha384"], "ECDSA with SHA-384"],
    ["P-521", ["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], ["-sha512"], "ECDSA with SHA-512"],
    ["Ed25519", ["ed25519"], [], "Ed25519"],
    ["SM2", ["ec", "-pkeyopt", "ec_paramgen_curve:SM2"], ["-sm3", "-sigopt", "distid:1234567812345678"], "SM2 with SM3"],
  ])("%s: a good one is good, a changed one is not", (name, key, digest, called) => {
    openssl("genpkey", "-algorithm", ...key, "-out", "key.pem");
    openssl("req", "-x509", "-new", "-key", "key.pem", ...digest, "-subj", `/CN=${name}`, "-days", "2", "-out", "self.pem");
    const own = certificate("self.pem");
    expect(checkIssued(own, own)).toEqual({ name: called, sm2_identifier: name === "SM2" ? "standard" : null });
    expect(checkIssued({ ...own, signed: concat(own.signed, Uint8Array.of(0)) }, own)).toBeNull();
    const broken = own.signature.slice();
    broken[broken.length - 1]! ^= 1;
    expect(checkIssued({ ...own, signature: broken }, own)).toBeNull();
  });

  it("with SHA-1, or by a key of another kind, are refused", () => {
    openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem");
    openssl("req", "-x509", "-new", "-key", "key.pem", "-sha1", "-subj", "/CN=old", "-out", "old.pem");
    const old = certificate("old.pem");
    expect(() => checkIssued(old, old)).toThrow(Refusal);
    openssl("genpkey", "-algorithm", "ed25519", "-out", "other.pem");
    openssl("req", "-x509", "-new", "-key", "other.pem", "-subj", "/CN=other", "-out", "other.crt");
    expect(() => checkIssued(old, certificate("other.crt"))).toThrow(Refusal);
  });
});

/** A root, an authority in between, and one that stamps, made by OpenSSL. */
function authority(key: string[], usage = "critical,timeStamping", between = "critical,CA:true"): void {
  const config = `[tsa]\nextendedKeyUsage=${usage}\nkeyUsage=critical,digitalSignature\n[ca]\nbasicConstraints=${between}\nkeyUsage=critical,keyCertSign\n
[ts]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256,sha512,sm3\naccuracy=secs:1\ness_cert_id_alg=sha256\n`;
  writeFileSync(at("config"), config);
  writeFileSync(at("serial"), "01\n");
  for (const name of ["root", "between", "tsa"]) openssl("genpkey", "-algorithm", ...key, "-out", `${name}.key`);
  openssl("req", "-x509", "-new", "-key", "root.key", "-sha256", "-subj", "/C=CN/CN=root", "-days", "3650", "-addext", "basicConstraints=critical,CA:true", "-out", "root.pem");
  const issue = (name: string, by: string, section: string) => {
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/C=CN/CN=${name}`, "-out", `${name}.csr`);
    openssl("x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.pem`, "-CAkey", `${by}.key`, "-set_serial", "5", "-sha256", "-days", "365", "-extfile", "config", "-extensions", section, "-out", `${name}.pem`);
  };
  issue("between", "root", "ca");
  issue("tsa", "between", "tsa");
}

function stamp(data: Bytes, digest: string): Token {
  writeFileSync(at("data"), data);
  openssl("ts", "-query", "-data", "data", `-${digest}`, "-cert", "-out", "query");
  openssl("ts", "-reply", "-config", "config", "-section", "ts", "-queryfile", "query", "-chain", "between.pem", "-token_out", "-out", "token");
  return readToken(read("token"));
}

const code = (judged: ReturnType<typeof verifySequence>) => (judged instanceof AtToken ? judged.refusal.code : judged[0]?.standing);

describe("tokens of OpenSSL", () => {
  const data = utf8("a checkpoint\n");

  it.each<[string, string[], string]>([
    ["RSA", ["rsa", "-pkeyopt", "rsa_keygen_bits:2048"], "sm3"],
    ["P-384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "sha512"],
  ])("%s: verify with the root through an intermediate, without it they are of nobody known", (_, key, digest) => {
    authority(key);
    const token = stamp(data, digest);
    const root = certificate("root.pem");
    const judged = verifySequence(data, [token], [root], []);
    expect(judged).not.toBeInstanceOf(AtToken);
    const [verdict] = judged as Exclude<typeof judged, AtToken>;
    expect(verdict!.chain.map((link) => link.subject)).toEqual(["C=CN, CN=tsa", "C=CN, CN=between", "C=CN, CN=root"]);
    expect([verdict!.standing, verdict!.algorithms.imprint, verdict!.policy, verdict!.ends]).toEqual(["trusted", digest, "1.2.3.4", certificate("tsa.pem").notAfter < certificate("between.pem").notAfter ? certificate("tsa.pem").notAfter : certificate("between.pem").notAfter]);
    expect(code(verifySequence(data, [token], [], []))).toBe("unknown_authority");
    expect(code(verifySequence(utf8("other"), [token], [root], []))).toBe("stamp.wrong_imprint");
    // A renewal by the same authority, as docs/evidence-package.md and the README of evidence describe it.
    const text = concat(utf8("jingui time-stamp renewal 1\n"), hash("sha256", data), hash("sha256", token.raw));
    const renewal = stamp(text, "sha256");
    const both = verifySequence(data, [token, renewal], [root], []);
    expect(both instanceof AtToken ? both.refusal.code : both.length).toBe(2);
    expect((verifySequence(data, [token, token], [root], []) as AtToken).place).toBe(1);
  });

  it("no bit of a token can be changed without a refusal, a defect or the same verdict", () => {
    authority(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    const token = stamp(data, "sha256");
    const root = certificate("root.pem");
    const [good] = verifySequence(data, [token], [root], []) as Exclude<ReturnType<typeof verifySequence>, AtToken>;
    for (let n = 0; n < token.raw.length; n += 1) {
      const raw = token.raw.slice();
      raw[n]! ^= 1 << n % 8;
      try {
        const judged = verifySequence(data, [readToken(raw)], [root], []);
        if (judged instanceof AtToken || judged[0]!.standing !== "trusted") continue;
        expect({ ...judged[0], algorithms: null }, String(n)).toEqual({ ...good, algorithms: null });
      } catch (thrown) {
        expect(thrown, String(n)).toBeInstanceOf(Refusal);
      }
    }
    for (let n = 0; n < token.raw.length; n += 7) expect(() => readToken(token.raw.slice(0, n))).toThrow(Refusal);
  });

  it("an authority whose certificate is not for time stamps alone is refused, and an issuer that may not issue", () => {
    authority(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    const token = stamp(data, "sha256");
    const roots = [certificate("root.pem")];
    // OpenSSL makes no token with such certificates, so what they say is changed after they were read.
    const saying = (name: string, more: Partial<Certificate>): Token => ({ ...token, certificates: token.certificates.map((one) => (one.subjectText.endsWith(name) ? { ...one, ...more } : one)) });
    const judge = (name: string, more: Partial<Certificate>) => code(verifySequence(data, [saying(name, more)], roots, []));
    const stamping = "1.3.6.1.5.5.7.3.8";
    expect(judge("tsa", { purposes: { critical: true, all: [stamping, "1.3.6.1.5.5.7.3.2"] } })).toBe("stamp.purpose");
    expect(judge("tsa", { purposes: { critical: false, all: [stamping] } })).toBe("stamp.purpose");
    expect(judge("tsa", { purposes: null })).toBe("stamp.purpose");
    expect(judge("tsa", { keyUsage: 0x04 })).toBe("stamp.key_usage");
    expect(judge("between", { authority: { isCa: false } })).toBe("stamp.chain");
    expect(judge("between", { purposes: { critical: false, all: ["1.3.6.1.5.5.7.3.1"] } })).toBe("stamp.chain");
    expect(judge("between", { keyUsage: 0x80 })).toBe("stamp.key_usage");
    expect(judge("between", { unknownCritical: true })).toBe("stamp.chain");
    expect(judge("between", { authority: { isCa: true, pathLength: 0 } })).toBe("trusted");
  });

  it("a certificate counts within its dates only, its last second included", () => {
    authority(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    const token = stamp(data, "sha256");
    const root = certificate("root.pem");
    const dated = (more: Partial<Certificate>): Token => ({ ...token, certificates: token.certificates.map((one) => (one.subjectText.endsWith("tsa") ? { ...one, ...more } : one)) });
    const second = `${token.info.time.slice(0, 19)}.000000Z`;
    expect(code(verifySequence(data, [dated({ notAfter: second })], [root], []))).toBe("trusted");
    expect(code(verifySequence(data, [dated({ notAfter: "2020-01-01T00:00:00.000000Z" })], [root], []))).toBe("stamp.expired");
    expect(code(verifySequence(data, [dated({ notBefore: "2099-01-01T00:00:00.000000Z" })], [root], []))).toBe("stamp.not_yet_valid");
    // A root that had ended makes nobody known, and says so.
    expect(code(verifySequence(data, [token], [{ ...root, notAfter: "2020-01-01T00:00:00.000000Z" }], []))).toBe("stamp.expired");
  });
});

/** One DER value. */
function der(tag: number, ...parts: Bytes[]): Bytes {
  const body = concat(...parts);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return concat(Uint8Array.of(tag, ...length), body);
}
const oid = (body: string) => der(0x06, new Uint8Array(Buffer.from(body, "hex")));

describe("an SM2 token", () => {
  // `openssl ts` makes none, so the envelope is put together here; key, certificates and signature are OpenSSL's.
  it.each([
    ["standard", "1234567812345678"],
    ["empty", ""],
  ])("with the %s identifier verifies with SM3 throughout", (called, identifier) => {
    const distid = ["-sigopt", `distid:${identifier}`];
    for (const name of ["root", "tsa"]) openssl("genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:SM2", "-out", `${name}.key`);
    openssl("req", "-x509", "-new", "-key", "root.key", "-sm3", ...distid, "-subj", "/CN=root", "-days", "30", "-out", "root.pem");
    writeFileSync(at("config"), "[tsa]\nextendedKeyUsage=critical,timeStamping\n");
    openssl("req", "-new", "-key", "tsa.key", "-sm3", ...distid, "-subj", "/CN=tsa", "-out", "tsa.csr");
    openssl("x509", "-req", "-in", "tsa.csr", "-vfyopt", `distid:${identifier}`, "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "7", "-sm3", ...distid, "-days", "20", "-extfile", "config", "-extensions", "tsa", "-out", "tsa.pem");
    const [tsa, root] = [certificate("tsa.pem"), certificate("root.pem")];
    const data = utf8("a checkpoint\n");
    const sm3Algorithm = der(0x30, oid("2a811ccf55018311"));
    const one = (n: number) => der(0x02, Uint8Array.of(n));
    const time = new Date(Date.now() + 5000).toISOString().replace(/[-:T]/g, "").slice(0, 14);
    const info = der(0x30, one(1), oid("2a03"), der(0x30, sm3Algorithm, der(0x04, sm3(data))), one(9), der(0x18, utf8(`${time}Z`)));
    const attribute = (id: string, value: Bytes) => der(0x30, oid(id), der(0x31, value));
    const bound = der(0x30, der(0x30, der(0x30, sm3Algorithm, der(0x04, sm3(tsa.raw)))));
    const attributes = concat(attribute("2a864886f70d010903", oid("2a864886f70d0109100104")), attribute("2a864886f70d010904", der(0x04, sm3(info))), attribute("2a864886f70d010910022f", bound));
    writeFileSync(at("signed"), der(0x31, attributes));
    const signature = openssl("pkeyutl", "-sign", "-inkey", "tsa.key", "-rawin", "-digest", "sm3", "-pkeyopt", `distid:${identifier}`, "-in", "signed");
    const signer = der(0x30, one(1), der(0x30, tsa.issuer, one(7)), sm3Algorithm, der(0xa0, attributes), der(0x30, oid("2a811ccf55018375")), der(0x04, signature));
    const content = der(0x30, oid("2a864886f70d0109100104"), der(0xa0, der(0x04, info)));
    for (const kind of ["2a864886f70d010702", "2a811ccf550601040202"]) {
      const token = readToken(der(0x30, oid(kind), der(0xa0, der(0x30, one(3), der(0x31, sm3Algorithm), content, der(0xa0, tsa.raw), der(0x31, signer)))));
      const judged = verifySequence(data, [token], [root], []);
      expect(judged instanceof AtToken ? judged.refusal.code : [judged[0]!.standing, judged[0]!.algorithms, judged[0]!.chain.map((link) => link.sm2_identifier)]).toEqual([
        "trusted",
        { imprint: "sm3", digest: "sm3", signature: "SM2 with SM3", sm2_identifier: called },
        [called, called],
      ]);
    }
  });
});

describe("times", () => {
  it.each([
    ["20261121101215Z", "2026-11-21T10:12:15.000000Z"],
    ["20261121101215.3Z", "2026-11-21T10:12:15.300000Z"],
    ["20261121101215.3822639999999Z", "2026-11-21T10:12:15.382263Z"],
    ["20161231235960Z", "2017-01-01T00:00:00.000000Z"],
  ])("%s is %s", (written, read_) => expect(instant(written, "genTime")).toBe(read_));

  it.each(["", "20261121101215", "202611211012Z", "20261121101215.Z", "20261121101215+0800", "20260230101215Z", "20261121241215Z", "20261121101261Z"])("%j is no time", (written) => {
    expect(() => instant(written, "genTime")).toThrow(Refusal);
  });
});
