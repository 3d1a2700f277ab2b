//! Signed requests at the door (docs/api-signing.md): the header read, and the body held against the digest that was signed
//! while it streams by.
//!
//! The signature vouches for the digest and is checked before anything is read. Nobody gets the last piece of a body before the
//! whole of it was found right, and whoever stops reading earlier (a form that ends before its body does) asks
//! [`Proof::finish`] before acting on what was read.

use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream},
    extract::Request,
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use jingui_app::identity::signing::{Signed, digest_of};
use jingui_model::Problem;
use jingui_vault::signing::{BodyDigest, Scheme};
use parking_lot::Mutex;

use crate::{edge, state::App};

/// The digest of the body, in hexadecimal; may be missing when there is no body.
pub const DIGEST: &str = "jingui-digest";
/// What may follow after the part of a form that was wanted, and how long it may take.
const REST_MAX: usize = 1 << 20;
const REST_PATIENCE: Duration = Duration::from_secs(30);

/// Scheme and parameters, when the request says that it is signed.
#[must_use]
pub fn announced(headers: &HeaderMap) -> Option<(Scheme, &str)> {
    let (name, parameters) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Scheme::by_name(name).map(|scheme| (scheme, parameters))
}

fn digest(headers: &HeaderMap, scheme: Scheme) -> Result<[u8; 32], Problem> {
    let Some(value) = headers.get(DIGEST) else { return Ok(scheme.digest().finish()) };
    value.to_str().ok().and_then(digest_of).ok_or_else(|| Problem::unauthenticated("signature.header"))
}

/// What a signed request says of itself; none when it says nothing of the kind.
///
/// # Errors
/// `signature.header`.
pub fn read(parts: &Parts, app: &App) -> Result<Option<Signed>, Problem> {
    let Some((scheme, parameters)) = announced(&parts.headers) else { return Ok(None) };
    let mut signed = Signed::read(scheme, parameters)?;
    signed.method = parts.method.as_str().to_owned();
    signed.target = parts.uri.path_and_query().map_or("/", |t| t.as_str()).to_owned();
    signed.host = edge::host(&parts.headers, app).unwrap_or_default().to_owned();
    signed.digest = digest(&parts.headers, scheme)?;
    Ok(Some(signed))
}

/// Whether the body of a signed request is the one that was signed.
#[derive(Clone)]
pub struct Proof(Arc<Mutex<Checked>>);

struct Checked {
    inner: BodyDataStream,
    digest: Option<BodyDigest>,
    expected: [u8; 32],
    held: Option<Bytes>,
    right: Option<bool>,
}

impl Checked {
    /// The next piece; always one behind, so that the last one comes out after the digest was found right.
    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let wrong = || Err(io::Error::from(io::ErrorKind::InvalidData));
        while self.right.is_none() {
            match ready!(self.inner.poll_next_unpin(context)) {
                Some(Ok(piece)) => {
                    if let Some(digest) = &mut self.digest {
                        digest.update(&piece);
                    }
                    if let Some(earlier) = self.held.replace(piece) {
                        return Poll::Ready(Some(Ok(earlier)));
                    }
                }
                // A line that broke: neither right nor found wrong.
                Some(Err(e)) => return Poll::Ready(Some(Err(io::Error::other(e)))),
                None => self.right = Some(self.digest.take().is_some_and(|d| d.finish() == self.expected)),
            }
        }
        if self.right == Some(true) { Poll::Ready(self.held.take().map(Ok)) } else { Poll::Ready(Some(wrong())) }
    }
}

impl Proof {
    /// Puts itself before the body of a request that says it is signed.
    #[must_use]
    pub fn watch(request: Request) -> (Request, Option<Self>) {
        let expected = announced(request.headers()).and_then(|(scheme, _)| Some((scheme, digest(request.headers(), scheme).ok()?)));
        let Some((scheme, expected)) = expected else { return (request, None) };
        let (mut parts, body) = request.into_parts();
        let checked = Checked { inner: body.into_data_stream(), digest: Some(scheme.digest()), expected, held: None, right: None };
        let proof = Self(Arc::new(Mutex::new(checked)));
        let reader = proof.clone();
        let pieces = stream::unfold((reader, false), |(reader, over)| async move {
            if over {
                return None;
            }
            let piece = poll_fn(|context| reader.0.lock().next(context)).await?;
            let over = piece.is_err();
            Some((piece, (reader, over)))
        });
        parts.extensions.insert(proof.clone());
        (Request::from_parts(parts, Body::from_stream(pieces)), Some(proof))
    }

    /// The body was read to its end and is another than the one that was signed.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.0.lock().right == Some(false)
    }

    /// Reads what is left of the body, and says whether the whole is right.
    ///
    /// # Errors
    /// `signature.body`.
    pub async fn finish(&self) -> Result<(), Problem> {
        let mut left = REST_MAX;
        let rest = async {
            while let Some(piece) = poll_fn(|context| self.0.lock().next(context)).await {
                left = piece.ok().and_then(|p| left.checked_sub(p.len()))?;
            }
            Some(())
        };
        let ended = tokio::time::timeout(REST_PATIENCE, rest).await.ok().flatten();
        ended.filter(|()| self.0.lock().right == Some(true)).ok_or_else(|| Problem::unauthenticated("signature.body"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn through(pieces: &[&'static str], signed: &str) -> (Vec<Result<Bytes, ()>>, Proof) {
        let mut digest = Scheme::Sm3.digest();
        digest.update(signed.as_bytes());
        let hex: String = digest.finish().iter().map(|b| format!("{b:02x}")).collect();
        let body = Body::from_stream(stream::iter(
            pieces.iter().map(|p| Ok::<_, io::Error>(Bytes::from_static(p.as_bytes()))).collect::<Vec<_>>(),
        ));
        let request = Request::builder().header("authorization", "Jingui-HMAC-SM3 id=x").header(DIGEST, hex).body(body).unwrap();
        let (request, proof) = Proof::watch(request);
        let out = request.into_body().into_data_stream().map(|p| p.map_err(|_| ())).collect().await;
        (out, proof.unwrap())
    }

    #[tokio::test]
    async fn the_last_piece_of_a_body_comes_out_only_when_the_whole_is_right() {
        let (out, proof) = through(&["ab", "cd", "ef"], "abcdef").await;
        assert_eq!(out, [Ok(Bytes::from("ab")), Ok(Bytes::from("cd")), Ok(Bytes::from("ef"))]);
        assert!(!proof.is_wrong() && proof.finish().await.is_ok());
        let (out, proof) = through(&["ab", "cd", "eF"], "abcdef").await;
        assert_eq!(out, [Ok(Bytes::from("ab")), Ok(Bytes::from("cd")), Err(())]);
        assert!(proof.is_wrong());
        assert_eq!(proof.finish().await.unwrap_err().code(), "signature.body");
        let (out, proof) = through(&["x"], "").await;
        assert!(out == [Err(())] && proof.is_wrong());
        let (out, proof) = through(&[], "").await;
        assert!(out.is_empty() && proof.finish().await.is_ok());
    }

    #[tokio::test]
    async fn whoever_stops_reading_early_asks_for_the_rest() {
        for (tail, right) in [("epilogue", true), ("Epilogue", false)] {
            let mut digest = Scheme::Sha256.digest();
            digest.update(b"form--epilogue");
            let hex: String = digest.finish().iter().map(|b| format!("{b:02x}")).collect();
            let pieces = ["form", "--", tail].map(|p| Ok::<_, io::Error>(Bytes::from_static(p.as_bytes())));
            let request = Request::builder().header("authorization", "Jingui-HMAC-SHA256 id=x").header(DIGEST, hex);
            let (request, proof) = Proof::watch(request.body(Body::from_stream(stream::iter(pieces))).unwrap());
            let mut body = request.into_body().into_data_stream();
            assert_eq!(body.next().await.unwrap().unwrap(), "form");
            assert_eq!(proof.unwrap().finish().await.is_ok(), right);
        }
    }
}
