//! A minimal HTTP/1.1 client over one kept-alive connection: what a load generator needs, and no more.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// One connection to the server on this machine.
pub struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    cookie: String,
}

/// An answer.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
    /// From the first byte sent to the last received.
    pub took: Duration,
}

impl Client {
    /// Connects to `http://HOST:PORT`.
    pub fn connect(url: &str) -> Result<Self, String> {
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let stream = TcpStream::connect(&host).map_err(|e| e.to_string())?;
        stream.set_nodelay(true).map_err(|e| e.to_string())?;
        Ok(Self { stream: BufReader::new(stream), host, cookie: String::new() })
    }

    /// Signs in and keeps the cookie.
    pub fn sign_in(&mut self, login: &str, password: &str) -> Result<(), String> {
        let body = serde_json::json!({ "login": login, "password": password }).to_string();
        let answer = self.send("POST", "/api/session", body.as_bytes())?;
        if answer.status < 300 && !self.cookie.is_empty() {
            Ok(())
        } else {
            Err(format!("sign-in: {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
        }
    }

    /// The cookie, for other connections of the same session.
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Uses the session of another connection.
    pub fn with_cookie(mut self, cookie: &str) -> Self {
        cookie.clone_into(&mut self.cookie);
        self
    }

    /// Asks and waits for the whole answer.
    pub fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Answer, String> {
        let started = Instant::now();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nX-Jingui: 1\r\nCookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.host,
            self.cookie,
            body.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).map_err(|e| e.to_string())?;
        let mut line = String::new();
        self.line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or("no status line")?;
        let (mut length, mut chunked) = (0_usize, false);
        loop {
            self.line(&mut line)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().map_err(|_| "bad length")?,
                "transfer-encoding" => chunked = value.contains("chunked"),
                "set-cookie" if value.trim().starts_with("jingui_session=") => {
                    value.trim().split(';').next().unwrap_or_default().clone_into(&mut self.cookie)
                }
                _ => {}
            }
        }
        let mut body = vec![];
        if chunked {
            loop {
                self.line(&mut line)?;
                let size = usize::from_str_radix(line.trim(), 16).map_err(|_| "bad chunk")?;
                let start = body.len();
                body.resize(start + size, 0);
                self.stream.read_exact(&mut body[start..]).map_err(|e| e.to_string())?;
                self.line(&mut line)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            body.resize(length, 0);
            self.stream.read_exact(&mut body).map_err(|e| e.to_string())?;
        }
        Ok(Answer { status, body, took: started.elapsed() })
    }

    fn line(&mut self, line: &mut String) -> Result<(), String> {
        line.clear();
        let read = self.stream.read_line(line).map_err(|e| e.to_string())?;
        if read == 0 {
            return Err("the server closed the connection".to_owned());
        }
        line.truncate(line.trim_end().len());
        Ok(())
    }
}
