//! Where a bucket is, read from `s3://BUCKET[/PREFIX]?endpoint=…&region=…&style=…&ca=…`, and the keys to it.
//!
//! An address stands in process lists, unit files and logs, so that keys in it are refused, not used.
//! Without TLS only machines nearby are spoken to: what goes over the wire is sealed and signed, but who
//! stores what, and when, is nobody else's business.

use std::{fmt, net::IpAddr, path::PathBuf};

use jingui_model::Problem;
use percent_encoding::percent_decode_str;
use ureq::http::Uri;
use zeroize::Zeroizing;

/// Keys of an account at an object store. Their secret parts are shown nowhere and wiped when dropped.
#[derive(Clone)]
pub struct Keys {
    pub(super) id: String,
    pub(super) secret: Zeroizing<String>,
    pub(super) token: Option<Zeroizing<String>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// A pair of keys.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Zeroizing::new(secret.into()), token: None }
    }

    /// From `JINGUI_S3_KEY_ID` and `JINGUI_S3_SECRET` (and `JINGUI_S3_TOKEN`, if there is one), else from
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. None when no pair is whole.
    #[must_use]
    pub fn from_environment() -> Option<Self> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        [("JINGUI_S3_KEY_ID", "JINGUI_S3_SECRET", "JINGUI_S3_TOKEN"), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
            .into_iter()
            .find_map(|(id, secret, token)| {
                let keys = Self::new(variable(id)?, variable(secret)?);
                Some(Self { token: variable(token).map(Zeroizing::new), ..keys })
            })
    }

    /// Whether they can stand in a header, and the id in a credential scope.
    pub(super) fn usable(&self) -> bool {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        plain(&self.id) && !self.id.contains(['/', ',']) && plain(&self.secret) && self.token.as_ref().is_none_or(|t| plain(t))
    }
}

/// A bucket, or the part of it below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bucket {
    /// `https://host:port`, nothing behind it.
    pub(super) origin: String,
    /// What the `Host` header says.
    pub(super) host: String,
    /// The path of the bucket: `/bucket` or nothing.
    pub(super) base: String,
    /// What all keys begin with: nothing, or segments that end in `/`.
    pub(super) prefix: String,
    /// Enters the signature.
    pub(super) region: String,
    /// A file of certificates to trust instead of those of the system.
    pub(super) ca: Option<PathBuf>,
}

impl Bucket {
    /// Reads what stands behind `s3://`.
    ///
    /// # Errors
    /// `store.objects_url` with the part at fault, `store.objects_url_secret`, `store.objects_plain`.
    pub(super) fn read(address: &str) -> Result<Self, Problem> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        if path.contains('@') {
            return Err(Problem::invalid("store.objects_url_secret"));
        }
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        let (mut endpoint, mut region, mut style, mut ca) = (None, None, None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8().map_err(|_| wrong("query"))?.into_owned();
            let place = match name {
                "endpoint" => &mut endpoint,
                "region" => &mut region,
                "style" => &mut style,
                "ca" => &mut ca,
                _ => return Err(unknown(name)),
            };
            if place.replace(value).is_some() {
                return Err(wrong("query"));
            }
        }
        if !is_bucket(bucket) {
            return Err(wrong("bucket"));
        }
        if region.as_ref().is_some_and(|region| !is_word(region, 64)) {
            return Err(wrong("region"));
        }
        let (secure, authority) = match (&endpoint, &region) {
            (Some(endpoint), _) => origin(endpoint)?,
            (None, Some(region)) => (true, format!("s3.{region}.amazonaws.com{}", if region.starts_with("cn-") { ".cn" } else { "" })),
            (None, None) => return Err(wrong("region")),
        };
        let virtually = match (style.as_deref(), &endpoint) {
            (Some("virtual"), _) | (None, None) => true,
            (Some("path"), _) | (None, Some(_)) => false,
            _ => return Err(wrong("style")),
        };
        let (host, base) = if virtually { (format!("{bucket}.{authority}"), String::new()) } else { (authority, format!("/{bucket}")) };
        let origin = format!("{}://{host}", if secure { "https" } else { "http" });
        if origin.parse::<Uri>().is_err() {
            return Err(wrong("endpoint"));
        }
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        Ok(Self { origin, host, base, prefix: prefix_of(prefix)?, region, ca: ca.map(PathBuf::from) })
    }

    /// The key of an object: sharded as in a folder, so that either can be copied to the other as it is.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{}/{name}", self.prefix, name.get(..2).unwrap_or_default())
    }

    /// The name of the object under a key, if that is what lies there.
    pub(super) fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        let (shard, name) = key.strip_prefix(&self.prefix)?.split_once('/')?;
        (super::is_name(name) && shard == name.get(..2)?).then_some(name)
    }
}

fn wrong(part: &str) -> Problem {
    Problem::invalid("store.objects_url").arg("part", part)
}

/// A parameter that does not exist. One that sounds like a secret gets a warning of its own, and none is repeated.
fn unknown(name: &str) -> Problem {
    let name = name.to_ascii_lowercase();
    if ["key", "secret", "token", "pass", "cred", "user", "sign"].iter().any(|word| name.contains(word)) {
        return Problem::invalid("store.objects_url_secret");
    }
    wrong("query")
}

/// Whether the endpoint is spoken to with TLS, and its authority without a port that goes without saying.
fn origin(endpoint: &str) -> Result<(bool, String), Problem> {
    if endpoint.contains('@') {
        return Err(Problem::invalid("store.objects_url_secret"));
    }
    let uri: Uri = endpoint.parse().map_err(|_| wrong("endpoint"))?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong("endpoint")),
    };
    let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("endpoint"))?.to_ascii_lowercase();
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong("endpoint"));
    }
    if !secure && !is_near(&host) {
        return Err(Problem::invalid("store.objects_plain").arg("host", host));
    }
    let usual = if secure { 443 } else { 80 };
    Ok((secure, uri.port_u16().filter(|port| *port != usual).map_or_else(|| host.clone(), |port| format!("{host}:{port}"))))
}

/// Loopback and private addresses (RFC 1918, RFC 4193, link-local), and names that no public resolver knows
/// (RFC 6761, RFC 6762, `internal`, names without a dot).
fn is_near(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
        Err(_) => !host.contains('.') || [".localhost", ".local", ".internal"].iter().any(|end| host.ends_with(end)),
    }
}

fn is_word(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The rules that S3 has for names of buckets, without its reserved prefixes.
fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len()) && text.split('.').all(|label| is_word(label, 63) && !label.starts_with('-') && !label.ends_with('-'))
}

/// Segments of letters that mean themselves in a path and in a signature.
fn prefix_of(path: &str) -> Result<String, Problem> {
    let path = path.trim_end_matches('/');
    let sound = |segment: &str| {
        !matches!(segment, "" | "." | "..") && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'))
    };
    match path {
        "" => Ok(String::new()),
        _ if path.len() <= 512 && path.split('/').all(sound) => Ok(format!("{path}/")),
        _ => Err(wrong("prefix")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_where_the_bucket_is() {
        let near = Bucket::read("sealed/a/b/?endpoint=http://127.0.0.1:9000").unwrap();
        assert_eq!((near.origin.as_str(), near.host.as_str(), near.base.as_str()), ("http://127.0.0.1:9000", "127.0.0.1:9000", "/sealed"));
        assert_eq!((near.prefix.as_str(), near.region.as_str()), ("a/b/", "us-east-1"));
        let aws = Bucket::read("sealed?region=cn-north-1").unwrap();
        assert_eq!((aws.origin.as_str(), aws.base.as_str()), ("https://sealed.s3.cn-north-1.amazonaws.com.cn", ""));
        let port = Bucket::read("sealed?endpoint=https%3A%2F%2Fs3.example.com%3A443/&style=virtual&ca=/etc/ca.pem").unwrap();
        assert_eq!((port.host.as_str(), port.ca), ("sealed.s3.example.com", Some(PathBuf::from("/etc/ca.pem"))));
    }

    #[test]
    fn keys_in_an_address_are_refused_and_not_repeated() {
        for address in [
            "AKID:hush@sealed",
            "sealed?endpoint=https://AKID:hush@host",
            "sealed?region=x&access_key=hush",
            "sealed?secret=hush",
            "sealed?X-Amz-Credential=hush",
            "sealed?password=hush",
        ] {
            let refusal = Bucket::read(address).unwrap_err();
            assert_eq!(refusal.code(), "store.objects_url_secret", "{address}");
            assert!(!format!("{refusal} {refusal:?}").contains("hush"));
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_named() {
        for (address, part) in [
            ("?region=x", "bucket"),
            ("Sealed?region=x", "bucket"),
            ("a..b?region=x", "bucket"),
            ("sealed", "region"),
            ("sealed?region=EU_1", "region"),
            ("sealed/../other?region=x", "prefix"),
            ("sealed/a b?region=x", "prefix"),
            ("sealed?endpoint=ftp://host", "endpoint"),
            ("sealed?endpoint=host:9000", "endpoint"),
            ("sealed?endpoint=https://host/path", "endpoint"),
            ("sealed?endpoint=https://host&style=odd", "style"),
            ("sealed?region=x&region=y", "query"),
            ("sealed?colour=red", "query"),
        ] {
            let refusal = Bucket::read(address).unwrap_err();
            assert_eq!(refusal.args(), [("part".into(), part.to_owned())], "{address}");
        }
    }

    #[test]
    fn without_tls_only_machines_nearby() {
        for host in
            ["localhost", "127.0.0.1:9000", "[::1]:9000", "10.1.2.3", "192.168.0.9", "172.16.0.1", "[fd00::1]", "minio:9000", "s3.internal"]
        {
            assert!(Bucket::read(&format!("sealed?endpoint=http://{host}")).is_ok(), "{host}");
        }
        for host in ["s3.example.com", "8.8.8.8", "172.32.0.1", "[2001:db8::1]", "localhost.example.com"] {
            assert_eq!(Bucket::read(&format!("sealed?endpoint=http://{host}")).unwrap_err().code(), "store.objects_plain", "{host}");
        }
    }

    #[test]
    fn keys_come_from_either_pair_of_variables_and_are_not_shown() {
        let from =
            |set: &[(&str, &str)]| Keys::from_variables(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()));
        assert!(from(&[("JINGUI_S3_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")]).is_none(), "no pair is whole");
        assert!(from(&[("JINGUI_S3_KEY_ID", "a"), ("JINGUI_S3_SECRET", "")]).is_none());
        let aws = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_SESSION_TOKEN", "hush too")];
        assert_eq!(from(&aws).unwrap().id, "a");
        assert!(from(&aws).unwrap().token.is_some());
        let own = [&aws[..], &[("JINGUI_S3_KEY_ID", "own"), ("JINGUI_S3_SECRET", "hush")]].concat();
        assert_eq!(from(&own).unwrap().id, "own");
        assert!(!format!("{:?}", from(&own)).contains("hush"));
        assert!(!Keys::new("a\r\nb", "c").usable() && !Keys::new("a/b", "c").usable() && Keys::new("a", "c/+=").usable());
    }
}
