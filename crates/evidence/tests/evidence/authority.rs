//! A real time-stamp authority in a temporary folder: keys, certificates and `openssl ts`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use jingui_evidence::time::{Certificate, HashAlgorithm, Imprint, Reply, Request, Token, TrustRoots};
use tempfile::TempDir;

/// What authorities stamp here.
pub const DATA: &[u8] = "热处理曲线 2026\n".as_bytes();
/// A nonce whose first bit is set, so that its INTEGER needs a leading zero.
pub const NONCE: u64 = 0x9e37_79b9_7f4a_7c15;

/// What key a certificate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Rsa,
    P256,
    P384,
    Ed25519,
    Sm2,
}

impl Key {
    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Self::P256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::P384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Self::Ed25519 => &["-algorithm", "ED25519"],
            Self::Sm2 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
        }
    }
}

const CONFIGURATION: &str = "
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
CN = unused
[ root ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ intermediate ]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
[ intermediate_that_may_not ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature
[ intermediate_for_mail ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
extendedKeyUsage = emailProtection
[ stamping ]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
[ not_critical ]
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
[ mixed ]
extendedKeyUsage = critical,timeStamping,codeSigning
[ mail ]
extendedKeyUsage = critical,emailProtection
[ no_purpose ]
keyUsage = critical,digitalSignature
[ encrypting ]
keyUsage = critical,keyEncipherment
extendedKeyUsage = critical,timeStamping
[ ca ]
default_ca = issuing
[ issuing ]
database = ./index
serial = ./number
new_certs_dir = .
policy = any
default_md = sha256
unique_subject = no
[ any ]
countryName = optional
organizationName = optional
commonName = supplied
[ tsa ]
default_tsa = authority
[ authority ]
serial = ./stamp-number
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5.6
digests = sha256, sha512, sm3
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 6
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
";

/// A folder in which `openssl` runs.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = Self(TempDir::new().expect("a temporary folder"));
        folder.configure(&[]);
        folder.write("index", b"");
        folder.write("number", b"1000\n");
        folder
    }

    /// Writes the configuration anew with some lines replaced.
    pub fn configure(&self, replaced: &[(&str, &str)]) {
        let text = replaced.iter().fold(CONFIGURATION.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is not in the configuration");
            text.replace(from, to)
        });
        self.write("conf", text.as_bytes());
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("written");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    /// Runs `openssl`; whether it succeeded, and what it said.
    pub fn try_openssl(&self, arguments: &[&str]) -> (bool, String) {
        let out = Command::new("openssl").args(arguments).current_dir(Path::new(self.0.path())).output().expect("openssl is installed");
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.success(), said)
    }

    pub fn openssl(&self, arguments: &[&str]) -> String {
        let (good, said) = self.try_openssl(arguments);
        assert!(good, "openssl {arguments:?}: {said}");
        said
    }

    pub fn key(&self, name: &str, key: Key) {
        self.openssl(&[&["genpkey"], key.arguments(), &["-out", &format!("{name}.key")]].concat());
    }

    /// A root with its own key, `<name>.pem` and `<name>.key`.
    pub fn root(&self, name: &str, key: Key, more: &[&str]) {
        self.key(name, key);
        let (subject, out, own) = (format!("/C=CN/O=金匮测试/CN={name}"), format!("{name}.pem"), format!("{name}.key"));
        let digest = if key == Key::Sm2 { "-sm3" } else { "-sha256" };
        self.openssl(
            &[
                &["req", "-x509", "-utf8", "-config", "conf", "-extensions", "root", "-days", "3650", "-subj", &subject, "-key", &own],
                &[digest, "-out", &out][..],
                more,
            ]
            .concat(),
        );
    }

    /// A certificate `<name>.pem` for a new key, from an issuer, with the extensions of a section; good for a year from now.
    pub fn issue(&self, name: &str, key: Key, issuer: &str, section: &str, more: &[&str]) {
        self.key(name, key);
        self.reissue(name, key, issuer, section, more);
    }

    /// The same for a key that is there.
    pub fn reissue(&self, name: &str, key: Key, issuer: &str, section: &str, more: &[&str]) {
        self.ask(name, key);
        let (asked, out) = (format!("{name}.csr"), format!("{name}.pem"));
        let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let digest = if key == Key::Sm2 { "-sm3" } else { "-sha256" };
        self.openssl(
            &[
                &["x509", "-req", "-in", &asked, "-CA", &ca, "-CAkey", &ca_key, "-set_serial", "0x00f1e2d3c4", "-days", "365"],
                &["-extfile", "conf", "-extensions", section, digest, "-out", &out][..],
                more,
            ]
            .concat(),
        );
    }

    /// The same with dates of one's own, `20200101000000Z`.
    pub fn issue_dated(&self, name: &str, issuer: &str, section: &str, from: &str, until: &str) {
        self.key(name, Key::P256);
        self.ask(name, Key::P256);
        let (asked, out, own) = (format!("{name}.csr"), format!("{name}.pem"), format!("{name}.key"));
        let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let by: &[&str] = if issuer == name { &["-selfsign", "-keyfile", &own] } else { &["-cert", &ca, "-keyfile", &ca_key] };
        self.openssl(
            &[
                &["ca", "-batch", "-notext", "-utf8", "-config", "conf", "-in", &asked, "-startdate", from, "-enddate", until],
                &["-extfile", "conf", "-extensions", section, "-out", &out][..],
                by,
            ]
            .concat(),
        );
    }

    fn ask(&self, name: &str, key: Key) {
        let (subject, out, own) = (format!("/C=CN/O=金匮测试/CN={name}"), format!("{name}.csr"), format!("{name}.key"));
        let digest: &[&str] = if key == Key::Sm2 { &["-sm3"] } else { &[] };
        self.openssl(&[&["req", "-new", "-utf8", "-config", "conf", "-subj", &subject, "-key", &own, "-out", &out], digest].concat());
    }

    /// The DER of a certificate `<name>.pem`.
    pub fn der(&self, name: &str) -> Vec<u8> {
        self.openssl(&["x509", "-in", &format!("{name}.pem"), "-outform", "DER", "-out", "out.der"]);
        self.read("out.der")
    }

    pub fn certificate(&self, name: &str) -> Certificate {
        Certificate::parse(&self.der(name)).expect(name)
    }

    pub fn roots(&self, names: &[&str]) -> TrustRoots {
        TrustRoots::new(names.iter().map(|name| self.der(name))).expect("roots")
    }

    /// `openssl ts -reply` with the key and certificate of that name.
    pub fn reply(&self, request: &Request, signer: &str, more: &[&str]) -> Vec<u8> {
        self.write("query.tsq", &request.to_der());
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        self.openssl(
            &[
                &["ts", "-reply", "-config", "conf", "-queryfile", "query.tsq", "-signer", &certificate, "-inkey", &key],
                &["-out", "reply.tsr"][..],
                more,
            ]
            .concat(),
        );
        self.read("reply.tsr")
    }

    /// Whether `openssl ts -verify` accepts the last reply to the last request.
    pub fn openssl_verifies(&self, root: &str, more: &[&str]) -> bool {
        let root = format!("{root}.pem");
        self.try_openssl(&[&["ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", &root], more].concat()).0
    }

    /// A statement signed by `openssl cms`, which asks neither for purpose nor for dates.
    pub fn cms(&self, info: &[u8], signer: &str, more: &[&str]) -> Token {
        self.write("info.der", info);
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        self.openssl(
            &[
                &["cms", "-sign", "-binary", "-nodetach", "-cades", "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-md", "sha256"],
                &["-signer", &certificate, "-inkey", &key, "-in", "info.der", "-outform", "DER", "-out", "token.der"][..],
                more,
            ]
            .concat(),
        );
        Token::parse(&self.read("token.der")).expect("token")
    }
}

/// A root and an authority under it.
pub fn authority(key: Key) -> Folder {
    let folder = Folder::new();
    folder.root("root", key, &[]);
    folder.issue("authority", key, "root", "stamping", &[]);
    folder
}

pub fn request(algorithm: HashAlgorithm) -> Request {
    Request::new(Imprint::of(algorithm, DATA), Some(NONCE), None, true).expect("request")
}

/// A token for [`DATA`] from `openssl ts`.
pub fn token(folder: &Folder) -> Token {
    Reply::parse(&folder.reply(&request(HashAlgorithm::Sha256), "authority", &[])).expect("reply").token
}

/// An hour after the certificate `authority` was made, as a token writes it.
pub fn now(folder: &Folder) -> String {
    let time = folder.certificate("authority").not_before().plus_seconds(3600).to_string();
    let digits: String = time.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}.5Z")
}
