//! A bucket to test against: the S3 server `s3s` with a folder behind it, in this process. It checks signatures
//! and digests as Amazon's does. Before it stands a door that can be closed, or turn away the next few requests.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper::{Response, StatusCode, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jingui_model::{Clock, Problem, clock::SystemClock};
use jingui_store::{Keys, Objects};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use tokio::{net::TcpListener, task::JoinSet};

pub const ID: &str = "AKID";
pub const SECRET: &str = "a-secret/that+nobody=sees";
pub const PREFIX: &str = "jingui/sealed";

/// A server with one bucket, `sealed`.
pub struct Bucket {
    port: u16,
    folder: tempfile::TempDir,
    turn_away: Arc<AtomicUsize>,
    door: tokio::task::JoinHandle<()>,
}

impl Bucket {
    pub async fn serve() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("store/sealed")).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path().join("store")).unwrap());
        builder.set_auth(SimpleAuth::from_single(ID, SECRET));
        let (service, turn_away) = (builder.build(), Arc::new(AtomicUsize::new(0)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let left = Arc::clone(&turn_away);
        let door = tokio::spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (service, left) = (service.clone(), Arc::clone(&left));
                let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let (service, left) = (service.clone(), Arc::clone(&left));
                    async move {
                        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                            let mut away = Response::new(s3s::Body::from("<Error><Code>SlowDown</Code></Error>".to_owned()));
                            *away.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                            return Ok(away);
                        }
                        service.call(request.map(s3s::Body::from)).await
                    }
                });
                guests.spawn(async move { http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await.ok() });
            }
        });
        Self { port, folder, turn_away, door }
    }

    pub fn address(&self) -> String {
        format!("s3://sealed/{PREFIX}?endpoint=http://127.0.0.1:{}", self.port)
    }

    pub async fn open(&self) -> Result<Objects, Problem> {
        self.open_as(&self.address(), Keys::new(ID, SECRET), Arc::new(SystemClock)).await
    }

    pub async fn open_as(&self, address: &str, keys: Keys, clock: Arc<dyn Clock>) -> Result<Objects, Problem> {
        Objects::open_with(address, &self.folder.path().join("data/tmp"), Some(keys), clock).await
    }

    /// Opens the same bucket with TLS: a second door with a certificate for 127.0.0.1. Its port, and the certificate in PEM.
    pub async fn serve_tls(&self) -> (u16, PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (acceptor, inside) = (tokio_rustls::TlsAcceptor::from(Arc::new(config)), self.port);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let pem = self.folder.path().join(format!("{port}.pem"));
        std::fs::write(&pem, made.cert.pem()).unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut outer = acceptor.accept(stream).await.ok()?;
                    let mut inner = tokio::net::TcpStream::connect(("127.0.0.1", inside)).await.ok()?;
                    tokio::io::copy_bidirectional(&mut outer, &mut inner).await.ok()
                });
            }
        });
        (port, pem)
    }

    /// Where the server keeps an object.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("store/sealed").join(PREFIX).join(&name[..2]).join(name)
    }

    /// Turns away so many of the next requests with 503.
    pub fn turn_away(&self, next: usize) {
        self.turn_away.store(next, Ordering::SeqCst);
    }

    /// Requests that are still to be turned away.
    pub fn to_turn_away(&self) -> usize {
        self.turn_away.load(Ordering::SeqCst)
    }

    /// Ends the server, and every connection to it.
    pub async fn close(&mut self) {
        self.door.abort();
        let _ = (&mut self.door).await;
    }
}
