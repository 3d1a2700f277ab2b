/** A custodian's device against the server's vectors (crates/vault/tests/vectors/custody.txt): RFC 9180, and what shares are bound to. */
import { readFileSync } from "node:fs";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import type { Binding } from "../src/api/custody";
import { bindingInfo, handOver, makeKey, openKey } from "../src/custody/device";
import { open, publicKey, seal } from "../src/custody/hpke";

const lines = readFileSync(new URL("../../crates/vault/tests/vectors/custody.txt", import.meta.url), "utf8").trimEnd().split("\n");
const vector = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" = ")), line.slice(line.indexOf(" = ") + 3)]));
const bytes = (name: string) => hexToBytes(vector[name] ?? "");
const base64 = (of: Uint8Array) => btoa(String.fromCharCode(...of));
const binding = JSON.parse(vector.binding ?? "") as Binding;

describe("a custodian's device", () => {
  it("opens what the server sealed, with the same public key", () => {
    expect(bytesToHex(publicKey(bytes("device_private")))).toBe(vector.device_public);
    expect(bytesToHex(open(bytes("device_private"), bytes("share_info"), bytes("share_sealed")))).toBe(vector.share);
    expect(bytesToHex(open(bytes("once_private"), bytes("binding_info"), bytes("released")))).toBe(vector.share);
  });

  it("binds a share to exactly what the person saw", () => {
    expect(bytesToHex(bindingInfo(binding))).toBe(vector.binding_info);
    for (const other of [{ ...binding, purpose: "别的用途" }, { ...binding, nonce: "00" }, { ...binding, until: "2027-01-01T00:00:00Z" }]) {
      expect(bytesToHex(bindingInfo(other))).not.toBe(vector.binding_info);
      expect(() => open(bytes("once_private"), bindingInfo(other), bytes("released"))).toThrow();
    }
  });

  it("hands its share over to one opening only", () => {
    const shares = [{ lock: "x", info: base64(bytes("share_info")), sealed: base64(bytes("share_sealed")) }];
    const [sealed] = handOver(bytes("device_private"), { binding, key: vector.once_public ?? "", shares });
    const read = Uint8Array.from(atob(sealed ?? ""), (c) => c.charCodeAt(0));
    expect(bytesToHex(open(bytes("once_private"), bytes("binding_info"), read))).toBe(vector.share);
    expect(() => open(bytes("device_private"), bytes("binding_info"), read)).toThrow();
  });

  it("refuses every changed byte", () => {
    const sealed = seal(bytes("device_public"), bytes("share_info"), bytes("share"));
    for (let at = 0; at < sealed.length; at++) {
      const bad = sealed.slice();
      bad[at]! ^= 1;
      expect(() => open(bytes("device_private"), bytes("share_info"), bad)).toThrow();
    }
    expect(() => open(bytes("device_private"), bytes("share_info"), sealed.slice(0, 20))).toThrow();
  });

  it("keeps the private key under the passphrase", async () => {
    const cheap = { m: 64, t: 1, p: 1 };
    const made = await makeKey("轴承热处理三号炉子旁边的老槐树", undefined, cheap);
    const secret = await openKey(made.sealed_key, "轴承热处理三号炉子旁边的老槐树");
    expect(bytesToHex(publicKey(secret))).toBe(made.key);
    expect(made.sealed_key).not.toContain(bytesToHex(secret));
    expect(made.sealed_key.length).toBeLessThan(2000);
    await expect(openKey(made.sealed_key, "另外一个口令另外一个口令")).rejects.toThrow();
    await expect(openKey(JSON.stringify({ ...JSON.parse(made.sealed_key), m: 1e9 }), "x")).rejects.toThrow("format");
  });
});
