//! A socket with a queue in front: frames go in whole and leave as the peer reads.
//!
//! ```text
//! tungstenite  ── pong, close ──┐
//!                               ├─> [ 8a 01 70 | 81 7e 01 2c + parcel | … ] ──> Stream
//! session task ── slips ────────┘
//! ```
//!
//! Both write here, so that a control frame never lands inside a message that is half written. A slip is not copied: the
//! queue holds its header and a counted reference to the parcel that everyone shares.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::meter::{self, Count, Open};
use super::stream::Stream;
use crate::engine_io::Slip;
use crate::frame::Frame;
use crate::planted::planted;

/// The socket and its queue.
pub(super) struct Wire {
    stream: Stream,
    queue: VecDeque<Chunk>,
    queued: usize,
    /// What of the first chunk has left.
    written: usize,
    /// Someone who wanted to write was told to wait.
    has_turned_away: bool,
    /// Bytes that were read.
    delivered: u64,
    _open: Open,
}

/// A frame, or what was written as a whole.
struct Chunk {
    head: Head,
    slip: Option<Slip>,
}

/// A frame's header (RFC 6455 §5.2), or as a whole a control frame or the head of the 101.
enum Head {
    Short { bytes: [u8; 10], len: u8 },
    Long(Vec<u8>),
}

impl Wire {
    /// Takes a socket of which some bytes have been read already, and what is to be written first.
    pub(super) fn new(stream: Stream, first: Vec<u8>, early: usize) -> Self {
        let queue = VecDeque::with_capacity(KEPT_CHUNKS);
        let mut wire = Self {
            stream,
            queue,
            queued: 0,
            written: 0,
            has_turned_away: false,
            delivered: early as u64,
            _open: Open::new(Count::OpenWebSocket),
        };
        wire.push(Chunk { head: Head::Long(first), slip: None });
        wire
    }

    /// Queues a message in one frame, unmasked, as a server's are.
    pub(super) fn push_slip(&mut self, slip: Slip) {
        let head = header(slip.frame());
        self.push(Chunk { head, slip: Some(slip) });
    }

    /// Queues a close frame, with a code or empty.
    pub(super) fn push_close(&mut self, code: Option<u16>) {
        let bytes = match code {
            None => vec![0x88, 0],
            Some(code) => [[0x88, 2], code.to_be_bytes()].concat(),
        };
        self.push(Chunk { head: Head::Long(bytes), slip: None });
    }

    /// Says whether the queue wants no more for now; then [`is_relieved`](Self::is_relieved) will say when it does.
    pub(super) fn turn_away(&mut self) -> bool {
        let is_full = self.queued >= FULL;
        self.has_turned_away |= is_full;
        is_full
    }

    /// Says, once, that there is room again for whoever was turned away.
    pub(super) fn is_relieved(&mut self) -> bool {
        let is_relieved = self.has_turned_away && self.queued < FULL;
        self.has_turned_away &= !is_relieved;
        is_relieved
    }

    /// Says whether somebody waits to be told that there is room again.
    pub(super) fn has_turned_away(&self) -> bool {
        self.has_turned_away
    }

    /// Says how many bytes wait to be written.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Says how many bytes were read of the socket.
    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Writes as much as the socket takes now; says whether that was all.
    pub(super) fn try_drain(&mut self) -> io::Result<bool> {
        while !self.queue.is_empty() {
            match self.try_write() {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.forget(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        if self.queue.capacity() > KEPT_CHUNKS {
            self.queue = VecDeque::with_capacity(KEPT_CHUNKS);
        }
        self.stream.try_flush()
    }

    /// Writes as the socket takes it; ready when the queue is empty.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.try_drain()? {
            ready!(self.stream.poll_write_ready(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(super) fn stream_mut(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Writes what is next in the queue. A little is put together first: to hand the kernel one buffer costs it less than
    /// to hand it two.
    fn try_write(&mut self) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = gather(&self.queue, self.written, &mut slices);
        if self.queued > LITTLE {
            return self.stream.try_write_vectored(&slices[..count]);
        }
        let mut together = [0; LITTLE];
        let mut rest = &mut together[..];
        let mut len = 0;
        for slice in &slices[..count] {
            let (place, behind) = rest.split_at_mut(slice.len());
            place.copy_from_slice(slice);
            len += slice.len();
            rest = behind;
        }
        self.stream.try_write(&together[..len])
    }

    fn push(&mut self, chunk: Chunk) {
        self.queued += chunk.len();
        self.queue.push_back(chunk);
    }

    fn forget(&mut self, written: usize) {
        meter::add(Count::WebSocketBytesOut, written as u64);
        self.queued -= written;
        self.written += written;
        while let Some(chunk) = self.queue.front()
            && self.written >= chunk.len()
        {
            self.written -= chunk.len();
            self.queue.pop_front();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let came = (buf.filled().len() - before) as u64;
        meter::add(Count::WebSocketBytesIn, came);
        self.delivered += came;
        read
    }
}

/// Where tungstenite puts its control frames.
impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        // Who pings and does not read gets no more pongs than fit. Tungstenite keeps a few, then only the latest, and is
        // asked for them when there is room.
        if self.turn_away() {
            return Poll::Pending;
        }
        self.push(Chunk { head: Head::Long(buf.to_vec()), slip: None });
        Poll::Ready(Ok(buf.len()))
    }

    /// The session task drains the queue, together with what else is in it.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Chunk {
    fn parts(&self) -> [&[u8]; 2] {
        let head = match &self.head {
            Head::Short { bytes, len } => &bytes[..usize::from(*len)],
            Head::Long(bytes) => bytes,
        };
        [head, self.slip.as_ref().map_or(&[], |slip| slip.frame().bytes())]
    }

    fn len(&self) -> usize {
        self.parts().iter().map(|part| part.len()).sum()
    }
}

/// Lists what is to be written next, behind the first `skip` bytes.
fn gather<'a>(queue: &'a VecDeque<Chunk>, skip: usize, slices: &mut [IoSlice<'a>]) -> usize {
    let mut skip = skip;
    let mut count = 0;
    for part in queue.iter().flat_map(Chunk::parts) {
        let rest = &part[skip.min(part.len())..];
        skip -= part.len() - rest.len();
        if rest.is_empty() {
            continue;
        }
        let Some(slice) = slices.get_mut(count) else { break };
        *slice = IoSlice::new(rest);
        count += 1;
    }
    count
}

/// RFC 6455 §5.2: FIN and the opcode, then the length in the shortest of its three forms.
fn header(frame: &Frame) -> Head {
    let opcode = match frame {
        Frame::Text(_) => 0x81,
        Frame::Binary(_) => 0x82,
    };
    let mut bytes = [0; 10];
    bytes[0] = opcode;
    let len = match frame.len() {
        length @ 0..126 => {
            bytes[1] = length as u8;
            2
        }
        length @ 126..=0xffff => {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            4
        }
        length => {
            bytes[1] = 127;
            bytes[2..].copy_from_slice(&(length as u64).to_be_bytes());
            10
        }
    };
    if planted("frames-claim-a-mask") {
        bytes[1] |= 0x80;
    }
    Head::Short { bytes, len }
}

/// Bytes that wait in the queue before no more are asked for. The rest stays in the session's outbox, where it is counted.
const FULL: usize = 64 * 1024;

/// Bytes that are cheaper copied than handed over in parts.
const LITTLE: usize = 2048;

/// Parts in one write: a header and a payload for each of eight frames.
const SLICES: usize = 16;

/// Places that an empty queue keeps; more are given back.
const KEPT_CHUNKS: usize = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Parcel;

    fn chunk(text: &str) -> Chunk {
        let slip = Slip::from(Parcel::from(Frame::Text(text.to_owned())));
        Chunk { head: header(slip.frame()), slip: Some(slip) }
    }

    fn gathered(queue: &VecDeque<Chunk>, skip: usize) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = gather(queue, skip, &mut slices);
        slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect()
    }

    #[test]
    fn a_length_takes_its_shortest_form() {
        let len = |length| chunk(&"x".repeat(length)).parts()[0].to_vec();
        assert_eq!(len(125), [0x81, 125]);
        assert_eq!(len(126), [0x81, 126, 0, 126]);
        assert_eq!(len(0xffff), [0x81, 126, 0xff, 0xff]);
        assert_eq!(len(0x1_0000), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn what_was_written_is_skipped_wherever_it_ends() {
        let queue: VecDeque<_> = [chunk("ab"), chunk("c")].into();
        let whole = [0x81, 2, b'a', b'b', 0x81, 1, b'c'];
        for skip in 0..=whole.len() {
            assert_eq!(gathered(&queue, skip), &whole[skip..], "{skip}");
        }
    }

    #[test]
    fn no_more_is_gathered_than_there_is_room_for() {
        let queue: VecDeque<_> = (0..20).map(|_| chunk("x")).collect();
        assert_eq!(gathered(&queue, 0).len(), 8 * 3);
    }
}
