"""OpenSSL against our SM4, every backend that this machine has: SM4-GCM through the package `cryptography` (which brings OpenSSL 4), both ways
and with damage; counter mode through the program `openssl`, which is another build of it (Debian's).

    sm4.py <the example `sm4`> [rounds]
"""

import random, subprocess, sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 400
chance = random.Random(20261121)
backends = subprocess.run([program, "backends"], capture_output=True, text=True, check=True).stdout.split()
assert backends[0] == "portable"


def theirs(key, nonce, aad, text):
    sealer = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(aad)
    return sealer.update(text) + sealer.finalize() + sealer.tag


def theirs_opened(key, nonce, aad, sealed):
    opener = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-16:])).decryptor()
    opener.authenticate_additional_data(aad)
    try:
        return opener.update(sealed[:-16]) + opener.finalize()
    except InvalidTag:
        return None


def ours(questions):
    lines = "".join(f"{b} {what} " + " ".join("." + p.hex() for p in parts) + "\n" for b, what, *parts in questions)
    said = subprocess.run([program], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(said) == len(questions)
    return [None if s == "refused" else bytes.fromhex(s.removeprefix(".")) for s in said]


lengths = [0, 1, 15, 16, 17, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 8191, 8192, 8193, 65536, 70001]
cases = []
for n in range(rounds):
    length = lengths[n] if n < len(lengths) else chance.randrange(3000)
    cases.append([chance.randbytes(16), chance.randbytes(12), chance.randbytes(chance.randrange(80)), chance.randbytes(length)])
expected = [theirs(*case) for case in cases]

compared = 0
for backend in backends:
    for case, sealed, mine in zip(cases, expected, ours([(backend, "seal", *case) for case in cases])):
        assert mine == sealed, (backend, len(case[3]))
        compared += 1
    # What they sealed we open, and a flipped bit is refused by both.
    for case, plain in zip(cases, ours([(backend, "open", *case[:3], sealed) for case, sealed in zip(cases, expected)])):
        assert plain == case[3], (backend, len(case[3]))
    bent = []
    for sealed in expected:
        at = chance.randrange(len(sealed))
        bent.append(sealed[:at] + bytes([sealed[at] ^ 1 << chance.randrange(8)]) + sealed[at + 1 :])
    for case, bad, plain in zip(cases, bent, ours([(backend, "open", *case[:3], bad) for case, bad in zip(cases, bent)])):
        assert plain is None and theirs_opened(*case[:3], bad) is None
    # The key stream alone, by the program: GCM begins its text at counter 2.
    for key, nonce, _, text in cases[:12]:
        iv = nonce + (2).to_bytes(4, "big")
        command = ["openssl", "enc", "-sm4-ctr", "-K", key.hex(), "-iv", iv.hex()]
        stream = subprocess.run(command, input=text, capture_output=True, check=True).stdout
        (mine,) = ours([(backend, "seal", key, nonce, b"", text)])
        assert mine[:-16] == stream, backend

print(f"sm4: {compared} messages like OpenSSL's in {len(backends)} backends: {', '.join(backends)}")
