//! Bytes in and out without holding whole files: between the asynchronous line and the blocking seal stands a
//! short channel, so that a slow side slows the other.

use std::{
    fmt::Write as _,
    io::{self, Read, Write},
};

use axum::{
    body::Body,
    extract::{Multipart, multipart::Field},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use jingui_model::Problem;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::signed::Proof;

/// Pieces under way.
const DEPTH: usize = 8;
/// Bytes of a piece that goes out.
const PIECE: usize = 64 * 1024;

/// The part named `file` of a form.
///
/// # Errors
/// `request.form`, `request.file_part`.
pub async fn file_part(form: &mut Multipart) -> Result<Field<'_>, Problem> {
    match form.next_field().await {
        Ok(Some(part)) if part.name() == Some("file") => Ok(part),
        Ok(_) => Err(Problem::invalid("request.file_part").at("file")),
        Err(_) => Err(Problem::invalid("request.form")),
    }
}

/// A file on its way in: a reader for a blocking thread, and the work that feeds it. Its end is told only when the whole body is
/// the one that was signed, if it was.
pub fn incoming(mut part: Field<'_>, most: u64, proof: Option<Proof>) -> (Incoming, impl Future<Output = Result<(), Problem>>) {
    let (send, receive) = mpsc::channel::<io::Result<Bytes>>(DEPTH);
    let pump = async move {
        let mut total = 0_u64;
        loop {
            let fault = match part.chunk().await {
                Ok(Some(piece)) => {
                    total = total.saturating_add(piece.len() as u64);
                    if total <= most {
                        if send.send(Ok(piece)).await.is_err() {
                            // The reader has given up; it says why.
                            return Ok(());
                        }
                        continue;
                    }
                    Problem::too_large("request.too_large").arg("most", most)
                }
                Ok(None) => match proved(proof.as_ref()).await {
                    Ok(()) => return Ok(()),
                    Err(wrong) => wrong,
                },
                Err(e) => Problem::invalid("request.broken_off").detail(e),
            };
            let _ = send.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
            return Err(fault);
        }
    };
    (Incoming { receive, rest: Bytes::new() }, pump)
}

/// A whole file, for what has to be read as a whole.
///
/// # Errors
/// `request.too_large`, `request.broken_off`, `signature.body`.
pub async fn whole(mut part: Field<'_>, most: u64, proof: Option<&Proof>) -> Result<Vec<u8>, Problem> {
    let mut bytes = vec![];
    while let Some(piece) = part.chunk().await.map_err(|e| Problem::invalid("request.broken_off").detail(e))? {
        if (bytes.len() + piece.len()) as u64 > most {
            return Err(Problem::too_large("request.too_large").arg("most", most));
        }
        bytes.extend_from_slice(&piece);
    }
    proved(proof).await?;
    Ok(bytes)
}

async fn proved(proof: Option<&Proof>) -> Result<(), Problem> {
    match proof {
        Some(proof) => proof.finish().await,
        None => Ok(()),
    }
}

/// The blocking end of a file on its way in.
#[derive(Debug)]
pub struct Incoming {
    receive: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receive.blocking_recv() {
                Some(piece) => self.rest = piece?,
                None => return Ok(0),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(buffer.len()));
        match buffer.get_mut(..piece.len()) {
            Some(place) => place.copy_from_slice(&piece),
            None => return Err(io::ErrorKind::InvalidInput.into()),
        }
        Ok(piece.len())
    }
}

struct Outgoing {
    send: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        self.send.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// A body that blocking work writes. When the work fails the connection breaks off, so that nobody takes a part for the whole.
pub fn outgoing(work: impl FnOnce(&mut dyn Write) -> Result<(), Problem> + Send + 'static) -> Body {
    let (send, receive) = mpsc::channel(DEPTH);
    tokio::task::spawn_blocking(move || {
        let mut out = Outgoing { send, piece: Vec::with_capacity(PIECE) };
        let result = work(&mut out).and_then(|()| out.flush().map_err(|e| Problem::unavailable("request.broken_off").detail(e)));
        if let Err(problem) = result
            && !out.send.is_closed()
        {
            tracing::error!(problem = %problem, "a file could not be sent to its end");
            let _ = out.send.blocking_send(Err(io::ErrorKind::Other.into()));
        }
    });
    Body::from_stream(ReceiverStream::new(receive))
}

/// `attachment` with the name in ASCII for old clients and as UTF-8 (RFC 6266, RFC 8187).
#[must_use]
pub fn disposition(name: &str) -> HeaderValue {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' }).collect();
    let text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(name));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

/// Percent-encoded (RFC 3986): fit for a header.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A whole file as the answer, to be kept under a name.
#[must_use]
pub fn attachment(media: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut answer = ([(header::CONTENT_TYPE, media)], bytes).into_response();
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, disposition(name));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_survive_in_any_script_and_cannot_leave_their_header() {
        assert_eq!(disposition("轴承 a.pdf"), "attachment; filename=\"__ a.pdf\"; filename*=UTF-8''%E8%BD%B4%E6%89%BF%20a.pdf");
        assert_eq!(disposition("a\"\r\nX: y"), "attachment; filename=\"a___X_ y\"; filename*=UTF-8''a%22%0D%0AX%3A%20y");
    }
}
