#!/usr/bin/env python3
"""Reads the vectors with a second implementation of the formats of README.md on another library (Python's `cryptography`,
version 44 or later for Argon2id), in both suites. Prints what was checked; exit 1 on the first difference."""

import base64, hashlib, json, pathlib, sys, unicodedata, uuid

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

HERE = pathlib.Path(__file__).parent
ZERO = bytes(12)


class Sm4Gcm:
    """SM4-GCM as `AESGCM` is used, under the first 16 bytes of the key."""

    def __init__(self, key):
        self.key = key[:16]

    def encrypt(self, nonce, plain, aad):
        sealer = Cipher(algorithms.SM4(self.key), modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(aad)
        return sealer.update(plain) + sealer.finalize() + sealer.tag

    def decrypt(self, nonce, sealed, aad):
        opener = Cipher(algorithms.SM4(self.key), modes.GCM(nonce, sealed[-16:])).decryptor()
        opener.authenticate_additional_data(aad)
        return opener.update(sealed[:-16]) + opener.finalize()


# Number, end of the names of its files, cipher, hash.
SUITES = [(b"\x00\x01", "", AESGCM, SHA256), (b"\x00\x02", "_sm", Sm4Gcm, SM3)]
SUITE, SUFFIX, AEAD, HASH = SUITES[0]


def hashed(data):
    context = Hash(HASH())
    context.update(data)
    return context.finalize()


def mac(key, data):
    context = HMAC(key, HASH())
    context.update(data)
    return context.finalize()


def load(name):
    lines = (HERE / f"{name}{SUFFIX}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def info(label, purpose="", context=b""):
    label, purpose = label.encode(), purpose.encode()
    return SUITE + bytes([len(label)]) + label + len(purpose).to_bytes(2, "big") + purpose + context


def derive(secret, salt, what):
    return HKDF(HASH(), 32, salt or None, what).derive(secret)


def expand(secret, what):
    return HKDFExpand(HASH(), 32, what).derive(secret)


def open_once(parent, label, purpose, context, sealed):
    header, body = sealed[:35], sealed[35:]
    assert header[:3] == SUITE + b"\x01"
    return AEAD(derive(parent, header[3:], info(label, purpose, context))).decrypt(ZERO, body, header)


def unwrap(parent, purpose, context, wrapped):
    assert len(wrapped) == 83
    return open_once(parent, "wrap", purpose, context, wrapped)


def random(seed):
    """SplitMix64, eight bytes at a time, little endian; the last word of a call may be cut."""
    state, mask = seed, (1 << 64) - 1

    def fill(n):
        nonlocal state
        out = b""
        while len(out) < n:
            state = z = (state + 0x9E3779B97F4A7C15) & mask
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
            z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
            out += (z ^ z >> 31).to_bytes(8, "little")
        return out[:n]

    return fill


def same(name, made, held):
    if made != held:
        sys.exit(f"{name}: {made!r} is not {held!r}")
    print("ok", f"{name}{SUFFIX}")


def check_wrap():
    v, rng = load("wrap"), random(1)
    parent, child = rng(32), rng(32)
    same("wrap parent", parent.hex(), v["parent"])
    same("wrapped key", unwrap(parent, "purpose", b"context", bytes.fromhex(v["wrapped"])), child)


def check_unlock():
    v = load("unlock")
    magic, code, checksum = v["key_file"].split(" ")
    same("key file", (magic, base64.b64decode(code).hex()), ("JINGUI-KEY-1", v["key_file_key"]))
    same("key file checksum", hashlib.sha256(f"{magic} {code}".encode()).hexdigest()[:8], checksum)
    alphabet, bits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 0
    for number, group in enumerate(v["recovery"].split("-")):
        digits, check = [alphabet.index(c) for c in group[:4]], number
        for power, digit in enumerate(digits, 1):
            bits = bits << 5 | digit
            for _ in range(power):
                digit = digit << 1 ^ (0x25 if digit & 16 else 0)
            check ^= digit
        same(f"recovery group {number + 1}", alphabet[check], group[4])
    same("recovery code", (bits >> 4).to_bytes(32, "big").hex(), v["recovery_key"])


def check_keyring():
    v = load("keyring")
    ring, b64 = json.loads(v["keyring"]), base64.b64decode
    ring_id, way = uuid.UUID(ring["id"]).bytes, ring["wraps"][0]
    kdf = way["kdf"]
    slow = Argon2id(salt=b64(kdf["salt"]), length=32, iterations=kdf["t"], lanes=kdf["p"], memory_cost=kdf["m"])
    key = slow.derive(unicodedata.normalize("NFKC", v["passphrase"]).encode())
    root = unwrap(key, "root", ring_id + uuid.UUID(way["id"]).bytes + b"\x01", b64(way["wrapped"]))
    tenant = unwrap(root, "tenant", ring_id, b64(ring["tenant"]))
    epochs = {}
    for e in ring["epochs"]:
        where = bytes([e["protection"]]) + e["epoch"].to_bytes(4, "big")
        epochs[where] = unwrap(tenant, "epoch", ring_id + where, b64(e["wrapped"]))
    same("epochs", len(epochs), 4)
    system = derive(tenant, b"", info("system", context=ring_id))
    keyring_key = expand(system, info("keyring"))
    open_part = {name: ring[name] for name in ("version", "id", "created", "suite", "tenant", "epochs") if name in ring}
    same("suite", ring.get("suite", 1), SUITE[1])
    canonical = json.dumps(open_part, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    same("key ring check", mac(keyring_key, canonical), b64(ring["check"]))

    record, wrapped = uuid.UUID(v["record"]).bytes, bytes.fromhex(v["record_wrapped"])
    record_key = unwrap(epochs[wrapped[:5]], "record", record + wrapped[:5], wrapped[5:])
    sealed = bytes.fromhex(v["record_sealed"])
    assert sealed[:3] == SUITE + b"\x01"
    payload = AEAD(expand(record_key, info("seal", "payload", b"\x01"))).decrypt(sealed[3:15], sealed[15:], b"aad")
    same("record", payload.decode(), "轴承")
    files = expand(record_key, info("files"))
    same("file key", unwrap(files, "file", bytes([6] * 16), bytes.fromhex(v["file_key_wrapped"])).hex(), v["file_key"])
    sealing = expand(system, info("system-sealing"))
    same("system", open_once(sealing, "system-message", "settings", b"aad", bytes.fromhex(v["system_sealed"])), b"value")
    blind = expand(system, info("blind"))
    same("blind", mac(blind, (5).to_bytes(8, "big") + b"login" + b"wang").hex(), v["blind_login_wang"])
    same("ledger seed", expand(system, info("ledger-seed")).hex(), v["ledger_seed"])


def check_token():
    v, b64 = load("token"), base64.b64decode
    ring = json.loads(v["keyring"])
    way, ring_id = ring["wraps"][0], uuid.UUID(ring["id"]).bytes
    context = ring_id + uuid.UUID(way["id"]).bytes + b"\x05"
    same("token context", context.hex(), v["context"])
    same("token method", (way["method"], uuid.UUID(way["id"]).hex, "kdf" in way), ("token", v["way"], False))
    sealed = b64(way["sealed"])
    same("token sealed", (sealed.hex(), sealed[0]), (v["sealed"], 1))
    key = AESGCM(bytes.fromhex(v["device_key"])).decrypt(sealed[1:13], sealed[13:], context)
    same("token way's key", key.hex(), v["way_key"])
    root = unwrap(key, "root", context, b64(way["wrapped"]))
    tenant = unwrap(root, "tenant", ring_id, b64(ring["tenant"]))
    system = derive(tenant, b"", info("system", context=ring_id))
    same("token ledger seed", expand(system, info("ledger-seed")).hex(), v["ledger_seed"])


def seal_file(key, file_id, salt, plain):
    secret = derive(key, salt, info("file", context=file_id))
    header = b"JGF1" + SUITE + file_id + salt + expand(secret, info("file-commitment"))
    aad, size = hashed(header), 65536
    count = max(1, -(-len(plain) // size))
    cipher = AEAD(expand(secret, info("file-chunks", context=bytes(8))))
    nonces = (bytes(3) + n.to_bytes(8, "big") + bytes([n == count - 1]) for n in range(count))
    return header + b"".join(cipher.encrypt(nonce, plain[n * size : (n + 1) * size], aad) for n, nonce in enumerate(nonces))


def check_file():
    v = load("file")
    key, file_id = bytes.fromhex(v["key"]), bytes([7] * 16)
    same("small file", seal_file(key, file_id, random(5)(32), "商业秘密".encode()).hex(), v["small"])
    for length in (0, 65536, 196609):
        sealed = seal_file(key, file_id, random(5)(32), random(6)(length))
        same(f"file of {length}", hashlib.sha256(sealed).hexdigest(), v[f"sealed_sha256_{length}"])


def hpke(private, what, sealed):
    """RFC 9180, base mode, with the numbers 0x0020, 0x0001 and 0x0002."""
    own = X25519PrivateKey.from_private_bytes(private)
    enc, body = sealed[1:33], sealed[33:]
    extract = lambda suite, salt, label, secret: mac(salt or bytes(32), b"HPKE-v1" + suite + label + secret)
    spread = lambda suite, prk, label, context, n: HKDFExpand(HASH(), n, n.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context).derive(prk)
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\x01\0\x02"
    agreed = extract(kem, b"", b"eae_prk", own.exchange(X25519PublicKey.from_public_bytes(enc)))
    shared = spread(kem, agreed, b"shared_secret", enc + own.public_key().public_bytes_raw(), 32)
    context = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", what)
    secret = extract(suite, shared, b"secret", b"")
    key, nonce = spread(suite, secret, b"key", context, 32), spread(suite, secret, b"base_nonce", context, 12)
    return own.public_key().public_bytes_raw(), AESGCM(key).decrypt(nonce, body, b"")


# The curve of GB/T 32918.5.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
G = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0


def added(one, two):
    if one is None or two is None:
        return one or two
    (x, y), (v, w) = one, two
    if x == v and (y + w) % P == 0:
        return None
    slope = (3 * x * x - 3) * pow(2 * y, -1, P) if one == two else (w - y) * pow(v - x, -1, P)
    z = (slope * slope - x - v) % P
    return z, (slope * (x - z) - y) % P


def multiplied(number, point):
    total = None
    for bit in bin(number)[2:]:
        total = added(total, total)
        total = added(total, point) if bit == "1" else total
    return total


def sm2(private, what, sealed):
    """GB/T 32918.4, then SM4-GCM."""
    number = int.from_bytes(private, "big")
    header, body = sealed[:114], sealed[114:]
    c1, c3, c2 = header[2:66], header[66:98], header[98:]
    x, y = int.from_bytes(c1[:32], "big"), int.from_bytes(c1[32:], "big")
    assert header[:2] == b"\x02\x04" and (y * y - x**3 + 3 * x - B) % P == 0
    x2, y2 = (n.to_bytes(32, "big") for n in multiplied(number, (x, y)))
    key = bytes(a ^ b for a, b in zip(c2, hashed(x2 + y2 + b"\0\0\0\1")))
    assert hashed(x2 + key + y2) == c3
    public = b"\x04" + b"".join(n.to_bytes(32, "big") for n in multiplied(number, G))
    return public, AEAD(key).decrypt(ZERO, body, header + what)


def check_custody():
    v = load("custody")
    opener = sm2 if SUFFIX else hpke
    binding = json.dumps(json.loads(v["binding"]), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    same("binding", b"jingui release 1\n" + binding.encode(), bytes.fromhex(v["binding_info"]))
    for holder, what, sealed in (("device", "share_info", "share_sealed"), ("once", "binding_info", "released")):
        public, share = opener(*(bytes.fromhex(v[name]) for name in (f"{holder}_private", what, sealed)))
        same(f"{holder} public", public.hex(), v[f"{holder}_public"])
        same(sealed, share.hex(), v["share"])


check_unlock()
check_token()
for SUITE, SUFFIX, AEAD, HASH in SUITES:
    for check in (check_wrap, check_keyring, check_file, check_custody):
        check()
