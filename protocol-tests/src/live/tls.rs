//! TLS for servers in the wild: rustls as a function from bytes to bytes, so that sockets stay where they are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// Whom to trust, and by which name.
pub(super) struct Client {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Client {
    /// Trusts what browsers trust, or, if insecure, whoever answers.
    pub(super) fn new(host: &str, insecure: bool) -> Result<Client, String> {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| format!("{host}: {error}"))?;
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = if insecure {
            config.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        } else {
            let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<RootCertStore>();
            config.with_root_certificates(roots)
        };
        Ok(Client { config: Arc::new(config.with_no_client_auth()), name })
    }

    /// Shakes hands on a connection that still blocks.
    pub(super) fn greet(&self, stream: &mut TcpStream) -> std::io::Result<Session> {
        let connection = ClientConnection::new(Arc::clone(&self.config), self.name.clone());
        let mut connection = connection.map_err(std::io::Error::other)?;
        // A case may send a megabyte in one go; nothing is sent before it is in the caller's hands.
        connection.set_buffer_limit(None);
        stream.set_read_timeout(Some(HANDSHAKE_TIMEOUT))?;
        while connection.is_handshaking() {
            connection.complete_io(stream).map_err(advise)?;
        }
        Ok(Session(connection))
    }
}

/// A connection whose handshake is done.
pub(super) struct Session(ClientConnection);

impl Session {
    /// Encrypts.
    pub(super) fn seal(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.writer().write_all(bytes).expect("a buffer without a limit takes all");
        self.drain()
    }

    /// Says that nothing more will be sent.
    pub(super) fn farewell(&mut self) -> Vec<u8> {
        self.0.send_close_notify();
        self.drain()
    }

    /// Decrypts; the error says what is wrong with the peer's TLS.
    pub(super) fn unseal(&mut self, mut sealed: &[u8], received: &mut Vec<u8>) -> Result<(), String> {
        while !sealed.is_empty() {
            self.0.read_tls(&mut sealed).map_err(|error| error.to_string())?;
            let state = self.0.process_new_packets().map_err(|error| format!("TLS: {error}"))?;
            let start = received.len();
            received.resize(start + state.plaintext_bytes_to_read(), 0);
            self.0.reader().read_exact(&mut received[start..]).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn drain(&mut self) -> Vec<u8> {
        let mut sealed = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut sealed).expect("a vector takes all");
        }
        sealed
    }
}

/// Takes every certificate: `--insecure`, for a server of one's own with a certificate of its own.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Tells what to do about a certificate that nobody vouches for.
fn advise(error: std::io::Error) -> std::io::Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            std::io::Error::other(format!("{error} (--insecure takes any certificate)"))
        }
        _ => error,
    }
}

/// A server that never answers the hello must not hold the whole run up.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
