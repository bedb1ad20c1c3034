//! What carries the bytes of a connection: TCP, or TLS on it.
//!
//! ```text
//! write ──> (seal) ──> unsent ──> kernel          kernel ──> (unseal) ──> read
//! ```

use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::task::{Context, Poll};

use super::tls;

/// A connection that is open, or half open.
pub(super) struct Pipe {
    reader: tokio::net::TcpStream,
    writer: TcpStream,
    tls: Option<tls::Session>,
    unsent: Vec<u8>,
}

impl Pipe {
    /// Takes a connection over. TLS is negotiated at once: of two requests, the first written arrives first.
    pub(super) fn new(mut stream: TcpStream, client: Option<&tls::Client>) -> std::io::Result<Pipe> {
        let tls = client.map(|client| client.greet(&mut stream)).transpose()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let reader = tokio::net::TcpStream::from_std(stream.try_clone()?)?;
        Ok(Pipe { reader, writer: stream, tls, unsent: Vec::new() })
    }

    /// Writes as much as the connection takes now, and keeps the rest.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        match &mut self.tls {
            Some(tls) => self.unsent.extend(tls.seal(bytes)),
            None => self.unsent.extend(bytes),
        }
        self.flush();
    }

    /// Tries again to write what the connection did not take.
    pub(super) fn flush(&mut self) {
        while !self.unsent.is_empty() {
            match self.writer.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // The reader will find out why.
                Err(_) => self.unsent.clear(),
            }
        }
    }

    /// Ends the sending direction.
    pub(super) fn half_close(&mut self) {
        if let Some(tls) = &mut self.tls {
            self.unsent.extend(tls.farewell());
            self.flush();
        }
        let _already_gone = self.writer.shutdown(Shutdown::Write);
    }

    /// Reads what has come into `received`; ready only when the connection has ended, and with how.
    pub(super) fn read(&mut self, context: &mut Context<'_>, received: &mut Vec<u8>) -> Poll<String> {
        while self.reader.poll_read_ready(context).is_ready() {
            let mut buffer = [0; 16 * 1024];
            match self.reader.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready("the server ended the connection".to_owned()),
                Ok(length) => match &mut self.tls {
                    Some(tls) => {
                        if let Err(why) = tls.unseal(&buffer[..length], received) {
                            return Poll::Ready(why);
                        }
                    }
                    None => received.extend(&buffer[..length]),
                },
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(error.to_string()),
            }
        }
        Poll::Pending
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }
}
