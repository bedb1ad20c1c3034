//! One TCP connection of a client that is on its way in.
//!
//! ```text
//! open ──(connected)──> the first request is sent ──> read, send, read …
//! ```
//!
//! Everything that is sent here is a few hundred bytes into an empty buffer, so a write that does not fit is an error.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

/// A connection, and what it says first.
#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    /// Sent as soon as the connection stands.
    greeting: Vec<u8>,
}

/// Where a line goes, and from which client.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The server's port on 127.0.0.1.
    pub port: u16,
    /// The how-manieth client this is.
    pub client: usize,
    /// How far away it seems to be.
    pub link: Link,
}

/// What a connection seems to run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// What it does run over: segments of 64 KiB.
    Loopback,
    /// A network: segments of 1,460 bytes. A kernel sizes its buffers by that, so that it holds less of what the other end
    /// does not read: some hundred KB in place of some MB.
    Ethernet,
}

impl Route {
    /// Every client has an address of its own only in blocks: a block must leave the ports of its address room.
    const CLIENTS_AN_ADDRESS: usize = 10_000;

    /// 127.0.0.1 for the first block, then 127.0.0.2 and so on.
    fn source(self) -> Ipv4Addr {
        let block = u8::try_from(self.client / Self::CLIENTS_AN_ADDRESS).expect("at most 2,540,000 clients");
        Ipv4Addr::new(127, 0, 0, 1 + block)
    }
}

impl Line {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// No descriptor or no port is left.
    pub fn open(registry: &Registry, token: Token, route: Route, greeting: Vec<u8>) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None)?;
        socket.set_tcp_nodelay(true)?;
        if route.link == Link::Ethernet {
            socket.set_tcp_mss(1_460)?;
        }
        if route.source() != Ipv4Addr::LOCALHOST {
            socket.bind(&SocketAddrV4::new(route.source(), 0).into())?;
        }
        match socket.connect(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, route.port).into()) {
            Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => return Err(error),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, greeting })
    }

    /// Sends the greeting once the connection stands.
    ///
    /// # Errors
    ///
    /// The server refused the connection.
    pub fn greet(&mut self, event: &Event) -> io::Result<()> {
        if !event.is_writable() || self.greeting.is_empty() {
            return Ok(());
        }
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        let greeting = std::mem::take(&mut self.greeting);
        self.send(&greeting)
    }

    /// Sends all of it.
    ///
    /// # Errors
    ///
    /// The connection ended, or the server does not read.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads what is there, nothing if that is nothing.
    ///
    /// # Errors
    ///
    /// The server closed the connection.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(io::Error::other("the server hung up")),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Takes the stream out of the loop.
    ///
    /// # Errors
    ///
    /// It was not in it.
    pub fn leave(mut self, registry: &Registry) -> io::Result<TcpStream> {
        registry.deregister(&mut self.stream)?;
        Ok(self.stream)
    }
}

/// EINPROGRESS: std has no stable name for it yet.
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();
