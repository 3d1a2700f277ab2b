"""Time stamps: `rfc3161-client` (the package of that name) and `openssl ts` against our requests, our tokens and our reading of replies.

    stamps.py <the example `stamp`> <unpacked package> <roots of the package, PEM> <empty folder>

The package's tokens are verified with both roots and with neither; an authority made here with `openssl` answers our request, and
both read the answer; the client decodes our request to the same bytes that it would send.
"""

import hashlib, pathlib, subprocess, sys

from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client._rust import parse_timestamp_request  # decodes requests; the package shows it under no other name

stamp, bag, pem, work = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
NONCE = 0x9E3779B97F4A7C15

CONFIGURATION = """
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
CN = unused
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[ stamping ]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[ tsa ]
default_tsa = authority
[ authority ]
serial = ./stamp-number
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=work, check=True, capture_output=True)


def refuses(verifier, *arguments):
    try:
        verifier.verify_message(*arguments)
    except (VerificationError, ValueError):
        return
    raise SystemExit("rfc3161-client took what is wrong")


def reply(token):
    """A token as an authority sends it: TimeStampResp with status granted (RFC 3161 2.4.2)."""
    body = b"\x30\x03\x02\x01\x00" + token
    return decode_timestamp_response(b"\x30\x82" + len(body).to_bytes(2, "big") + body)


def verifier(roots, **known):
    builder = VerifierBuilder(**known)
    for root in roots:
        builder = builder.add_root_certificate(root)
    return builder.build()


# The tokens of the package: over the kept checkpoints and over the manifest.
roots = x509.load_pem_x509_certificates(pem.read_bytes())
stamps = [(token, token.with_suffix(".note")) for token in sorted(bag.glob("data/stamps/*.tst"))]
stamps = [(token, note) for token, note in stamps if note.exists()]  # a renewal is over an archive imprint
stamps += [(token, bag / "tagmanifest-sha256.txt") for token in sorted(bag.glob("stamps/*.tst"))]
assert len(stamps) >= 3
(work / "empty").mkdir()
openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=stranger", "-keyout", "stranger.key", "-out", "stranger.pem")
stranger = x509.load_pem_x509_certificate((work / "stranger.pem").read_bytes())
trusted = 0
for token, note in stamps:
    answer, data = reply(token.read_bytes()), note.read_bytes()
    good = 0
    for root in roots:
        try:
            good += verifier([root]).verify_message(answer, data)
        except VerificationError:
            pass
    assert good == 1, (token, "is by one of the two authorities", good)
    refuses(verifier([stranger]), answer, data)
    refuses(verifier(roots), answer, data + b"x")
    damaged = bytearray(token.read_bytes())
    damaged[-1] ^= 1
    refuses(verifier(roots), reply(bytes(damaged)), data)
    trusted += 1

# Our request, read by both, and what an authority answers to it.
(work / "conf").write_text(CONFIGURATION)
(work / "stamp-number").write_text("01\n")
data = work / "data"
data.write_bytes("热处理曲线\n".encode())
subprocess.run([stamp, "request", data, work / "request.tsq"], check=True)
ours = parse_timestamp_request((work / "request.tsq").read_bytes())
assert (ours.version, ours.nonce, ours.cert_req, ours.policy) == (1, NONCE, True, None)
assert ours.message_imprint.message == hashlib.sha256(data.read_bytes()).digest()
theirs = TimestampRequestBuilder().data(data.read_bytes()).hash_algorithm(HashAlgorithm.SHA256).build()
assert ours.message_imprint.hash_algorithm == theirs.message_imprint.hash_algorithm
openssl("ts", "-query", "-in", "request.tsq", "-text")

for name, purpose in [("root", "root"), ("authority", "stamping")]:
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "conf", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    issuer = ["-signkey", "root.key"] if name == "root" else ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]
    openssl("x509", "-req", "-in", f"{name}.csr", *issuer, "-days", "30", "-extfile", "conf", "-extensions", purpose, "-out", f"{name}.pem")
openssl("ts", "-reply", "-config", "conf", "-queryfile", "request.tsq", "-signer", "authority.pem", "-inkey", "authority.key", "-out", "reply.tsr")
answer = decode_timestamp_response((work / "reply.tsr").read_bytes())
root = x509.load_pem_x509_certificate((work / "root.pem").read_bytes())
assert verifier([root], nonce=NONCE).verify_message(answer, data.read_bytes())
refuses(verifier([root], nonce=NONCE + 1), answer, data.read_bytes())
refuses(verifier(roots, nonce=NONCE), answer, data.read_bytes())


def ours_says(reply, roots):
    done = subprocess.run([stamp, "check", data, work / reply, roots], capture_output=True, text=True)
    return done.stdout.strip() or "good"


assert ours_says("reply.tsr", work / "root.pem") == "good"
assert ours_says("reply.tsr", pem) == "stamp.unknown_authority"
# The client's own request has another nonce: its answer is none to ours.
(work / "theirs.tsq").write_bytes(theirs.as_bytes())
openssl("ts", "-reply", "-config", "conf", "-queryfile", "theirs.tsq", "-signer", "authority.pem", "-inkey", "authority.key", "-out", "theirs.tsr")
assert ours_says("theirs.tsr", work / "root.pem") == "stamp.wrong_nonce"
print(f"rfc3161-client: {trusted} tokens of the package, our request and its answer are read alike")
