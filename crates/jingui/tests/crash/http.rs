//! Just enough HTTP/1.1 (RFC 9112) to talk to the server under test: one request at a time, no pool, and an
//! honest answer to "was it acknowledged?".

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub cookie: Option<String>,
    pub body: Value,
}

/// One connection, made when it is needed.
#[derive(Debug)]
pub struct Client {
    address: String,
    /// Header lines of every request.
    headers: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    /// To the server at this address, with the cookie of a session if there is one.
    pub fn new(address: &str, cookie: Option<&str>) -> Self {
        let cookie = cookie.map(|c| format!("Cookie: {c}\r\n")).unwrap_or_default();
        let headers = format!("Host: {address}\r\nX-Jingui: 1\r\nAccept-Language: en\r\n{cookie}");
        Self { address: address.to_owned(), headers, stream: None }
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, None, None)
    }

    pub fn post(&mut self, path: &str, body: &Value, key: Option<&str>) -> io::Result<Answer> {
        self.send("POST", path, Some(body), key)
    }

    /// Sends a request. An error means that nobody knows what became of it.
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> io::Result<Answer> {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let key = key.map(|k| format!("Idempotency-Key: {k}\r\n")).unwrap_or_default();
        let head = format!("{method} {path} HTTP/1.1\r\n{}{key}Content-Type: application/json\r\n", self.headers);
        let result = self.exchange(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
        if result.is_err() {
            self.stream = None;
        }
        result
    }

    fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(60)))?;
                none.insert(BufReader::new(stream))
            }
        };
        stream.get_mut().write_all(request)?;
        let status = line(stream)?;
        let status = status.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let (mut length, mut chunked, mut cookie) = (0, false, None);
        loop {
            let header = line(stream)?;
            let Some((name, value)) = header.split_once(':') else { break };
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?,
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "set-cookie" if value.starts_with("jingui_session=") => cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        let mut body = vec![];
        if chunked {
            loop {
                let size = usize::from_str_radix(&line(stream)?, 16).map_err(|_| io::ErrorKind::InvalidData)?;
                read(stream, size, &mut body)?;
                line(stream)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            read(stream, length, &mut body)?;
        }
        Ok(Answer { status, cookie, body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut text = String::new();
    if stream.read_line(&mut text)? == 0 || !text.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}

fn read(stream: &mut BufReader<TcpStream>, count: usize, to: &mut Vec<u8>) -> io::Result<()> {
    let start = to.len();
    to.resize(start + count, 0);
    stream.read_exact(&mut to[start..])
}
