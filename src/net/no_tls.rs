//! What stands in the place of TLS where it was not built in: nothing that could be made.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use super::stream::Stream;

/// Cannot exist.
///
/// ```
/// use std::path::Path;
/// use wire42::net::Tls;
///
/// let refused = Tls::from_files(Path::new("fullchain.pem"), Path::new("privkey.pem"));
/// assert_eq!(refused.unwrap_err(), "this build has no TLS; build with --features tls");
/// ```
#[derive(Clone, Debug)]
pub struct Tls(Infallible);

impl Tls {
    /// Says what is missing.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn from_files(_certificate: &Path, _key: &Path) -> Result<Self, String> {
        Err("this build has no TLS; build with --features tls".to_owned())
    }

    pub(super) async fn accept(&self, _tcp: TcpStream, _patience: Duration) -> io::Result<Stream> {
        match self.0 {}
    }
}
