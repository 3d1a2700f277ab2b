/**
 * A custodian's device in both suites against the server's vectors (crates/vault/tests/vectors/custody*.txt): RFC 9180, GB/T 32918.4 with
 * SM4-GCM, and what shares are bound to.
 */
import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import type { Binding } from "../src/api/custody";
import { bindingInfo, handOver, makeKey, openKey } from "../src/custody/device";
import { newSecret, open, publicKey, seal } from "../src/custody/envelope";

const read = (name: string): Record<string, string> => {
  const lines = readFileSync(new URL(`../../crates/vault/tests/vectors/${name}.txt`, import.meta.url), "utf8").trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3)]));
};
const base64 = (of: Uint8Array) => btoa(String.fromCharCode(...of));
const unbase64 = (text = "") => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

describe.each([
  { algorithm: "x25519", file: "custody", version: 1 },
  { algorithm: "sm2", file: "custody_sm", version: 2 },
] as const)("a custodian's device with $algorithm", ({ algorithm, file, version }) => {
  const vector = read(file);
  const bytes = (name: string) => hexToBytes(vector[name] ?? "");
  const secret = (name: string) => ({ algorithm, bytes: bytes(name) });
  const binding = JSON.parse(vector.binding ?? "") as Binding;

  it("opens what the server sealed, with the same public key", () => {
    expect(bytes("share_sealed")[0]).toBe(version);
    expect(bytesToHex(publicKey(secret("device_private")))).toBe(vector.device_public);
    expect(bytesToHex(open(secret("device_private"), bytes("share_info"), bytes("share_sealed")))).toBe(vector.share);
    expect(bytesToHex(open(secret("once_private"), bytes("binding_info"), bytes("released")))).toBe(vector.share);
  });

  it("binds a share to exactly what the person saw", () => {
    expect(bytesToHex(bindingInfo(binding))).toBe(vector.binding_info);
    for (const other of [{ ...binding, purpose: "别的用途" }, { ...binding, nonce: "00" }, { ...binding, until: "2027-01-01T00:00:00Z" }]) {
      expect(bytesToHex(bindingInfo(other))).not.toBe(vector.binding_info);
      expect(() => open(secret("once_private"), bindingInfo(other), bytes("released"))).toThrow();
    }
  });

  it("hands its share over to one opening only", () => {
    const shares = [{ lock: "x", info: base64(bytes("share_info")), sealed: base64(bytes("share_sealed")) }];
    const [sealed] = handOver(secret("device_private"), { binding, key: vector.once_public ?? "", shares });
    const handed = unbase64(sealed);
    expect(handed[0]).toBe(version);
    expect(bytesToHex(open(secret("once_private"), bytes("binding_info"), handed))).toBe(vector.share);
    expect(() => open(secret("device_private"), bytes("binding_info"), handed)).toThrow();
  });

  it("refuses every changed byte", () => {
    const sealed = seal(bytes("device_public"), bytes("share_info"), bytes("share"));
    expect(bytesToHex(open(secret("device_private"), bytes("share_info"), sealed))).toBe(vector.share);
    for (let at = 0; at < sealed.length; at++) {
      const bad = sealed.slice();
      bad[at]! ^= 1;
      expect(() => open(secret("device_private"), bytes("share_info"), bad)).toThrow();
    }
    expect(() => open(secret("device_private"), bytes("share_info"), sealed.slice(0, 20))).toThrow();
    expect(() => open(secret("device_private"), bytes("share_info"), sealed.slice(0, -1))).toThrow();
  });

  it("keeps the private key under the passphrase", async () => {
    const cheap = { m: 64, t: 1, p: 1 };
    const made = await makeKey(algorithm, "轴承热处理三号炉子旁边的老槐树", undefined, cheap);
    const opened = await openKey(made.sealed_key, "轴承热处理三号炉子旁边的老槐树");
    expect(opened.algorithm).toBe(algorithm);
    expect(bytesToHex(publicKey(opened))).toBe(made.key);
    expect(made.sealed_key).not.toContain(bytesToHex(opened.bytes));
    expect(made.sealed_key.length).toBeLessThan(2000);
    expect((JSON.parse(made.sealed_key) as { v: number }).v).toBe(version);
    await expect(openKey(made.sealed_key, "另外一个口令另外一个口令")).rejects.toThrow();
    await expect(openKey(JSON.stringify({ ...JSON.parse(made.sealed_key), m: 1e9 }), "x")).rejects.toThrow("format");
    await expect(openKey(JSON.stringify({ ...JSON.parse(made.sealed_key), v: 3 }), "x")).rejects.toThrow("format");
  });
});

it("a custodian with a key from before another suite hands over to an opening of the new one", () => {
  const [old, now] = [read("custody"), read("custody_sm")];
  const shares = [{ lock: "x", info: base64(hexToBytes(old.share_info!)), sealed: base64(hexToBytes(old.share_sealed!)) }];
  const binding = JSON.parse(now.binding!) as Binding;
  const device = { algorithm: "x25519", bytes: hexToBytes(old.device_private!) } as const;
  const [sealed] = handOver(device, { binding, key: now.once_public!, shares });
  const handed = open({ algorithm: "sm2", bytes: hexToBytes(now.once_private!) }, hexToBytes(now.binding_info!), unbase64(sealed));
  expect(bytesToHex(handed)).toBe(old.share);
});

it("seals to no key that is not on the curve, in one form only", () => {
  const good = publicKey(newSecret("sm2"));
  for (const change of [(k: Uint8Array) => (k[64]! ^= 1), (k: Uint8Array) => (k[1]! ^= 0x80), (k: Uint8Array) => (k[0] = 6), (k: Uint8Array) => k.fill(0), (k: Uint8Array) => k.fill(0xff, 1)]) {
    const bad = good.slice();
    change(bad);
    expect(() => seal(bad, new Uint8Array(), new Uint8Array(3))).toThrow();
  }
  for (const bad of ["00".repeat(32), "ff".repeat(32), "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"]) {
    expect(() => publicKey({ algorithm: "sm2", bytes: hexToBytes(bad) })).toThrow();
  }
});
