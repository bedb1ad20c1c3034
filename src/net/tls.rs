//! TLS 1.2 and 1.3, by rustls: a certificate read from files, handshakes, and sessions that write without waiting.
//!
//! ```text
//! from_files ──> Tls ── accept ──> Session ── try_write ──> [ ≤ 1 record, sealed ] ── try_flush ──> socket
//! ```

use std::fmt::Display;
use std::io::{self, IoSlice, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::NoServerSessionStorage;
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use super::stream::Stream;

/// What makes a server speak https and wss: a certificate and its key.
///
/// ```
/// use std::path::Path;
/// use wire42::net::Tls;
///
/// let refused = Tls::from_files(Path::new("nowhere/fullchain.pem"), Path::new("nowhere/privkey.pem"));
/// assert!(refused.unwrap_err().starts_with("nowhere/fullchain.pem: "));
/// ```
#[derive(Clone, Debug)]
pub struct Tls(Arc<ServerConfig>);

/// A connection whose handshake is done.
pub(super) struct Session(TlsStream<TcpStream>);

impl Tls {
    /// Reads a certificate, with the chain behind it, and its private key, both as PEM.
    ///
    /// # Errors
    ///
    /// One sentence, when a file cannot be read, has nothing of the kind in it, or the two do not belong together.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, String> {
        let chain = chain(certificate).map_err(|error| about(certificate, wrong(&error, "certificate")))?;
        let private =
            PrivateKeyDer::from_pem_file(key).map_err(|error| about(key, wrong(&error, "private key")))?;
        let config = config(chain, private).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => about(key, "it is not the certificate's key"),
            error => about(certificate, error),
        })?;
        Ok(Self(Arc::new(config)))
    }

    /// Shakes hands with a peer, which has so long for it.
    pub(super) async fn accept(&self, tcp: TcpStream, patience: Duration) -> io::Result<Stream> {
        let acceptor = TlsAcceptor::from(self.0.clone());
        let bounded = |session: &mut rustls::ServerConnection| session.set_buffer_limit(Some(RECORD));
        // In a box: a connection's task would be as large as the handshake for all its life.
        let session = timeout(patience, Box::pin(acceptor.accept_with(tcp, bounded))).await??;
        Ok(Stream::Tls(Box::new(Session(session))))
    }
}

impl Session {
    /// Seals what one record holds, unless there is one already that the socket did not take.
    pub(super) fn try_write(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.try_flush()? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.0.get_mut().1.writer().write_vectored(parts)
    }

    /// Gives the socket what is sealed; says whether it took all.
    pub(super) fn try_flush(&mut self) -> io::Result<bool> {
        let (tcp, session) = self.0.get_mut();
        while session.wants_write() {
            match session.write_tls(&mut Unwaiting(tcp)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Says whether there is something for the reader that is not in the kernel any more: bytes, or their end.
    pub(super) fn has_opened(&self) -> bool {
        !self.0.get_ref().1.wants_read()
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        self.0.get_ref().0
    }

    pub(super) fn stream(&mut self) -> &mut TlsStream<TcpStream> {
        &mut self.0
    }
}

/// The socket as rustls writes to it. It leaves the wakers alone: the task that waits for the socket goes on waiting.
struct Unwaiting<'a>(&'a TcpStream);

impl Write for Unwaiting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(file)?.collect::<Result<_, _>>()?;
    if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) }
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // RFC 7301 §3.2: a client that names protocols, and not this one, is refused in the handshake.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A client that comes back shows a ticket, and no signature has to be made. Only the client keeps anything for that.
    config.ticketer = ring::Ticketer::new()?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

fn wrong(error: &pem::Error, sought: &str) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => format!("there is no {sought} in it"),
        error => format!("it is not PEM: {error}"),
    }
}

fn about(file: &Path, what: impl Display) -> String {
    format!("{}: {what}", file.display())
}

/// Bytes that are sealed before the socket takes them: one record (RFC 8446 §5.1). What waits for a slow reader had better
/// not be sealed, for so it is shared with all others.
const RECORD: usize = 16 * 1024;

#[cfg(test)]
mod tests;
