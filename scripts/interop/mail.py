"""Mail against a stranger: aiosmtpd receives what we send over STARTTLS, TLS and plain SMTP, with sign-in.

It is held against Python's own reading of mail (email.policy.default): subject, recipient, text, one header of each sort whatever
the subject and the number of a record contain. A server with another name, with a certificate of nobody or of the past, without
STARTTLS, with another password, or that refuses the recipient gets nothing, and we say why.

usage: mail.py <example binary> <folder>
"""

import datetime
import email
import email.policy
import json
import logging
import socket
import ssl
import subprocess
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BINARY, FOLDER = sys.argv[1], Path(sys.argv[2])
# A refused handshake is what is wanted here, and no news.
logging.disable(logging.CRITICAL)
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def certificate(name, issuer=None, ends=NOW + 30 * DAY, authority=False):
    """A certificate and its key; signed by itself without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 60 * DAY)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def pem(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def context(pair):
    chain, key = FOLDER / "chain.pem", FOLDER / "key.pem"
    chain.write_text(pem(pair[0]))
    key.write_bytes(
        pair[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain, key)
    return made


class Receiver:
    """Keeps what it is given; refuses one recipient."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@"):
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((session.ssl is not None, envelope))
        return "250 OK"


def sign_in(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"jingui", "口令-42".encode())
    return AuthResult(success=good, handled=good)


LETTER = {
    "id": "01a",
    "subject": "金匮：有 2 项工作等您办理",
    "lines": [
        {"text": "ZG-2026-0001 完成整改（2026-12-01 到期）", "link": "https://jingui.example/r/corrective_action/1"},
        {"text": "BM-2026-002 审批\r\nBcc: thief@example.com\r\n.\r\nQUIT", "link": None},
    ],
    "more": "另有 {count} 项",
    "footer": "内容请登录金匮查看。",
    "to": "li@example.com",
    "person": "李工",
}


def send(port, letter=None, **more):
    wanted = {
        "server": "localhost",
        "port": port,
        "encryption": "starttls",
        "user": "jingui",
        "password": "口令-42",
        "sender": "jingui@example.com",
        "roots": pem(ROOT[0]),
        "local": True,
        "letter": {**LETTER, **(letter or {})},
    } | more
    done = subprocess.run([BINARY], input=json.dumps(wanted), capture_output=True, text=True, timeout=120, check=True)
    assert "口令" not in done.stderr, done.stderr
    return done.stdout.strip()


def serve(receiver, **how):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(receiver, hostname="127.0.0.1", port=port, ready_timeout=20, **how)
    controller.start()
    return controller, port


def same(got, wanted, what):
    if got != wanted:
        sys.exit(f"mail: {what}: wanted {wanted}, got {got}")


ROOT = certificate("Jingui test root", authority=True)
LEAF = certificate("localhost", ROOT)
signed = {"authenticator": sign_in, "auth_required": True}

# --- STARTTLS: what arrives is what was meant -----------------------------------------------------
post = Receiver()
server, port = serve(post, tls_context=context(LEAF), require_starttls=True, **signed)
same(send(port), "sent", "STARTTLS")
[(encrypted, envelope)] = post.mails
same(encrypted, True, "encrypted")
same((envelope.mail_from, envelope.rcpt_tos), ("jingui@example.com", ["li@example.com"]), "envelope")
mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
same(mail["subject"], LETTER["subject"], "subject in UTF-8")
same((mail["to"], mail["from"], mail["bcc"]), ("li@example.com", "jingui@example.com", None), "headers")
same((mail["auto-submitted"], mail["message-id"]), ("auto-generated", "<01a@jingui>"), "made by a program")
text = mail.get_content()
for wanted in ["ZG-2026-0001 完成整改（2026-12-01 到期）", "https://jingui.example/r/corrective_action/1", "内容请登录金匮查看。"]:
    assert wanted in text, text
assert not any(line.startswith(("Bcc", ".", "QUIT")) for line in text.splitlines()), text

# --- no second header, no second recipient --------------------------------------------------------
post.mails.clear()
same(send(port, {"subject": "x\r\nBcc: thief@example.com\r\n\r\nbody", "id": "1>\r\nBcc: t@e.com"}), "sent", "line ends in a subject")
[(_, envelope)] = post.mails
mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
same((mail["bcc"], envelope.rcpt_tos, len(mail.get_all("subject"))), (None, ["li@example.com"], 1), "injection")
post.mails.clear()
for to in ["a@b.example\r\nRCPT TO:<thief@example.com>", "a@b.example,thief@example.com", "<a@b>", "", "no address"]:
    same(send(port, {"to": to}), "notify.mail_address", f"recipient {to!r}")
same(send(port, sender="x\r\nBcc: a@b.c"), "notify.mail_address", "sender")

# --- refusals, told by their sort ------------------------------------------------------------------
same(send(port, {"to": "nobody@example.com"}), "notify.recipient", "unknown recipient")
same(send(port, {"to": "later@example.com"}), "notify.busy", "a recipient for later")
same(send(port, password="wrong"), "notify.sign_in", "password")
same(send(port, user=""), "notify.sign_in", "no sign-in")
same(send(port, encryption="implicit"), "notify.certificate", "TLS where plain SMTP is spoken")
same(send(port, roots=""), "notify.certificate", "an authority that this machine does not know")
same(send(port, roots="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), "notify.roots", "roots that are none")
same(send(port, server="127.0.0.1"), "notify.certificate", "another name than the certificate's")
same(send(port, local=False), "notify.place", "this machine while it is closed")
same(send(port, server="no-such-host.invalid"), "notify.host", "no host")
same(post.mails, [], "nothing of all this arrived")
server.stop()
same(send(port), "courier.unreachable", "nobody listens")

for what, pair in {
    "a certificate of the past": certificate("localhost", ROOT, ends=NOW - DAY),
    "a certificate for another name": certificate("mail.example", ROOT),
    "a certificate of its own": certificate("localhost"),
}.items():
    server, port = serve(post, tls_context=context(pair), require_starttls=True, **signed)
    same(send(port), "notify.certificate", what)
    server.stop()

# --- a server without STARTTLS is not spoken to in clear; without encryption no password goes beyond this machine ----
server, port = serve(post)
assert send(port) in ("courier.unreachable", "notify.certificate"), "STARTTLS is not offered"
same(post.mails, [], "nothing went out in clear")
same(send(port, encryption="none", user=""), "sent", "without encryption, on this machine, when told so")
same(send(port, encryption="none", server="192.0.2.1"), "notify.clear", "a password in clear to elsewhere")
server.stop()

# --- TLS from the first byte -------------------------------------------------------------------------
post.mails.clear()
server, port = serve(post, ssl_context=context(LEAF), authenticator=sign_in, auth_require_tls=False)
same(send(port, encryption="implicit"), "sent", "TLS from the first byte")
same(len(post.mails), 1, "it arrived")
server.stop()

print("mail: aiosmtpd and Python's reader agree with what was sent, and the refusals are right")
