//! One TCP connection of a client that may misbehave.
//!
//! ```text
//! open ──> write, drip, read ──┬──> dropped       FIN
//!                              ├──> half_close    FIN, and it still reads
//!                              └──> reset         RST
//! ```

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddrV4, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

/// A connection; no wait on it is longer than it says.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
}

impl Link {
    /// Connects to a port of this machine.
    ///
    /// # Errors
    ///
    /// Nobody listens, or no descriptor is left.
    pub fn open(port: u16) -> io::Result<Self> {
        Self::connect(Socket::new(Domain::IPV4, Type::STREAM, None)?, port)
    }

    /// The same with a small window and the segments of an Ethernet, so that the kernel holds little of what is not read.
    ///
    /// # Errors
    ///
    /// Nobody listens, or no descriptor is left.
    pub fn open_narrow(port: u16) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_recv_buffer_size(NARROW)?;
        socket.set_tcp_mss(1_460)?;
        Self::connect(socket, port)
    }

    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// The connection ended, or the server has not read for [`STUCK`].
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Writes all of it, or gives up after so long without a byte taken.
    ///
    /// # Errors
    ///
    /// The connection ended, or the server does not read.
    pub fn write_within(&mut self, bytes: &[u8], time: Duration) -> io::Result<()> {
        self.stream.set_write_timeout(Some(time))?;
        self.stream.write_all(bytes)
    }

    /// Gives a second hand on the same connection, so that one can read while the other writes.
    ///
    /// # Errors
    ///
    /// No descriptor is left.
    pub fn another(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()? })
    }

    /// Writes byte by byte, a segment each.
    ///
    /// # Errors
    ///
    /// The connection ended.
    pub fn drip(&mut self, bytes: &[u8], pause: Duration) -> io::Result<()> {
        for byte in bytes {
            self.write(&[*byte])?;
            thread::sleep(pause);
        }
        Ok(())
    }

    /// Reads what comes before a time; 0 is the end.
    ///
    /// # Errors
    ///
    /// The connection was reset, or nothing came ([`io::ErrorKind::TimedOut`]).
    pub fn read(&mut self, buffer: &mut [u8], by: Instant) -> io::Result<usize> {
        loop {
            let left = by.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            self.stream.set_read_timeout(Some(left))?;
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Waits for the end, whichever way it comes; gives what came before it.
    ///
    /// # Errors
    ///
    /// It did not come in this time.
    pub fn ends_within(&mut self, time: Duration) -> io::Result<Vec<u8>> {
        let (by, mut bytes, mut chunk) = (Instant::now() + time, Vec::new(), [0; 4_096]);
        loop {
            match self.read(&mut chunk, by) {
                Ok(len @ 1..) if Instant::now() < by => bytes.extend_from_slice(&chunk[..len]),
                Err(error) if error.kind() != io::ErrorKind::TimedOut => return Ok(bytes),
                Ok(0) => return Ok(bytes),
                Ok(_) | Err(_) => {
                    return Err(io::Error::other(format!(
                        "the server holds the connection for more than {time:?}"
                    )));
                }
            }
        }
    }

    /// Closes the sending half.
    ///
    /// # Errors
    ///
    /// The connection has ended.
    pub fn half_close(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Ends the connection by a reset; what was sent may be lost on the way.
    ///
    /// # Errors
    ///
    /// The socket does not take the option.
    pub fn reset(self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }

    fn connect(socket: Socket, port: u16) -> io::Result<Self> {
        socket.set_tcp_nodelay(true)?;
        socket.set_write_timeout(Some(STUCK))?;
        socket.connect_timeout(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, port).into(), STUCK)?;
        Ok(Self { stream: socket.into() })
    }
}

/// A server that takes no byte for so long is said to be stuck; it may have been stopped for a part of it.
pub const STUCK: Duration = Duration::from_secs(10);

/// Some segments.
const NARROW: usize = 8 * 1024;
