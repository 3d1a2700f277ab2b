/** SM2 encryption and SM4-GCM of a custodian's device against the examples of the standards. */
import { createCipheriv } from "node:crypto";
import { bytesToHex, hexToBytes, randomBytes } from "@noble/hashes/utils.js";
import { expect, it } from "vitest";
import { decrypt, encrypt, publicKey } from "../src/custody/sm2";
import { sm4Block, sm4gcm } from "../src/custody/sm4";

const KEY = hexToBytes("0123456789abcdeffedcba9876543210");

it("SM4 encrypts a block as in GB/T 32907, A.1", () => {
  expect(bytesToHex(sm4Block(KEY, KEY))).toBe("681edf34d206965e86b3e94f536e4246");
});

it("SM4-GCM seals as in RFC 8998, A.1", () => {
  const plain = hexToBytes("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa");
  const aad = hexToBytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const gcm = sm4gcm(KEY, hexToBytes("00001234567800000000abcd"), aad);
  const sealed = gcm.encrypt(plain);
  expect(bytesToHex(sealed)).toBe(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",
  );
  expect(gcm.decrypt(sealed)).toEqual(plain);
  sealed[3]! ^= 1;
  expect(() => gcm.decrypt(sealed)).toThrow();
  expect(() => gcm.decrypt(sealed.subarray(0, 15))).toThrow();
});

it("SM4 in counter mode is OpenSSL's for every key and length", () => {
  for (let length = 0; length < 200; length += 7) {
    const [key, nonce, plain] = [randomBytes(16), randomBytes(12), randomBytes(length)];
    // GCM encrypts with the counter from 2 on (SP 800-38D, 7.1).
    const theirs = createCipheriv("sm4-ctr", key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 2])]));
    const text = Buffer.concat([theirs.update(plain), theirs.final()]);
    expect(bytesToHex(sm4gcm(key, nonce).encrypt(plain).subarray(0, length))).toBe(text.toString("hex"));
  }
});

it("SM2 encrypts as in GB/T 32918.5, annex C", () => {
  const secret = hexToBytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
  const k = hexToBytes("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
  const message = new TextEncoder().encode("encryption standard");
  const sealed = encrypt(publicKey(secret), message, k);
  expect(bytesToHex(sealed)).toBe(
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0" +
      "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766" +
      "21886ca989ca9c7d58087307ca93092d651efa",
  );
  expect(decrypt(secret, sealed)).toEqual(message);
  // A message of several blocks of the mask; an empty one has none.
  const long = randomBytes(100);
  expect(decrypt(secret, encrypt(publicKey(secret), long))).toEqual(long);
  expect(() => encrypt(publicKey(secret), new Uint8Array())).toThrow();
});
