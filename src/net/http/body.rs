//! The body of a request, whichever way its end is marked, decoded as it comes.
//!
//! ```text
//! Content-Length: 5      hello
//! chunked                5;ext=1\r\n  hello\r\n  0\r\n  Trailer: x\r\n  \r\n
//!                        ─┬──┬──                     ─────┬─────
//!                     size   extension                 trailers: both are read and dropped
//! ```
//!
//! The decoder takes bytes in any portions and uses none that belong to the next request.
//!
//! ```
//! use wire42::net::http::{BodyDecoder, BodyLength};
//!
//! let mut decoder = BodyDecoder::new(BodyLength::Chunked, 1_000).expect("nothing is too large yet");
//! assert_eq!(decoder.feed(b"2\r\n4"), Ok(4));
//! assert_eq!(decoder.feed(b"0\r\n0\r\n\r\nGET /"), Ok(8));
//! assert!(decoder.is_complete() && decoder.len() == 2 && !decoder.is_empty());
//! assert_eq!(decoder.into_body(), b"40");
//! ```

use super::error::BodyError;
use super::length::BodyLength;
use crate::planted::planted;

/// Extensions and trailers mean nothing to us; a peer that sends more of them than it may send in a head is
/// attacking.
pub const EXTRAS_LIMIT: usize = 16 * 1024;

/// Sixteen hexadecimal digits fill a `u64`, so that a size never overflows.
const SIZE_DIGITS: u32 = 16;

/// Collects the body of one request.
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
    limit: usize,
    extras: usize,
    body: Vec<u8>,
}

impl BodyDecoder {
    /// Begins a body that may have at most `limit` bytes, decoded.
    ///
    /// # Errors
    ///
    /// [`BodyError::TooLarge`] if the announced length is already over the limit.
    pub fn new(length: BodyLength, limit: usize) -> Result<Self, BodyError> {
        let limit = if planted("no-payload-limit") { usize::MAX / 2 } else { limit };
        let state = match length {
            BodyLength::None | BodyLength::Length(0) => State::Done,
            BodyLength::Length(left) if planted("length-unbounded") => {
                State::Plain { left: bounded(left, usize::MAX)? }
            }
            BodyLength::Length(left) => State::Plain { left: bounded(left, limit)? },
            BodyLength::Chunked => State::Size { size: 0, digits: 0 },
        };
        // Nothing is reserved: an announcement costs its sender nothing.
        Ok(Self { state, limit, extras: 0, body: Vec::new() })
    }

    /// Takes what belongs to the body from the beginning of `bytes`, and says how many bytes that was.
    ///
    /// # Errors
    ///
    /// [`BodyError::TooLarge`] as soon as a chunk's size leads over the limit, [`BodyError::Malformed`] for
    /// what is not RFC 9112 §7.1. The decoder is of no more use then.
    ///
    /// ```
    /// use wire42::net::http::{BodyDecoder, BodyError, BodyLength};
    ///
    /// let mut decoder = BodyDecoder::new(BodyLength::Chunked, 1_000)?;
    /// assert_eq!(decoder.feed(b"3e9\r\n"), Err(BodyError::TooLarge));
    /// # Ok::<(), BodyError>(())
    /// ```
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize, BodyError> {
        let mut rest = bytes;
        while let Some((&byte, behind)) = rest.split_first() {
            match self.state {
                State::Done => break,
                State::Plain { left } => {
                    let left = self.copy(left, &mut rest);
                    self.state = if left == 0 { State::Done } else { State::Plain { left } };
                }
                State::Data { left } => {
                    let left = self.copy(left, &mut rest);
                    self.state = if left == 0 { State::DataCr } else { State::Data { left } };
                }
                _ => {
                    self.state = self.step(byte)?;
                    rest = behind;
                }
            }
        }
        Ok(bytes.len() - rest.len())
    }

    /// Counts the bytes of the body that have come.
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Says whether nothing of it has come.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Gives the decoded body, or what of it has come.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Says whether the whole body has come.
    pub fn is_complete(&self) -> bool {
        self.state == State::Done
    }

    fn copy(&mut self, left: usize, bytes: &mut &[u8]) -> usize {
        let (now, later) = bytes.split_at(left.min(bytes.len()));
        self.body.extend_from_slice(now);
        *bytes = later;
        left - now.len()
    }

    /// One byte of what is not data: the transition table of RFC 9112 §7.1. No line ends in a bare LF, and no
    /// CR stands alone, not even in an extension: a proxy that ends the line elsewhere would see another
    /// request behind it.
    fn step(&mut self, byte: u8) -> Result<State, BodyError> {
        use State::{
            Data, DataCr, DataLf, Done, EndLf, Extension, Padding, Plain, Size, SizeLf, Trailer, TrailerLf,
            TrailerStart,
        };
        match (self.state, byte) {
            (Size { digits: 0, .. }, b'\r' | b';' | b' ' | b'\t') => Err(MISSING_SIZE),
            (Size { size, .. } | Padding { size } | Extension { size }, b'\r') => Ok(SizeLf { size }),
            (Size { size, .. } | Padding { size }, b';') => Ok(Extension { size }),
            (Size { size, .. } | Padding { size }, b' ' | b'\t') => self.extra(Padding { size }),
            (Size { size, digits }, byte) => match (byte as char).to_digit(16) {
                Some(digit) if digits < SIZE_DIGITS || planted("chunk-size-wraps") => {
                    Ok(Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
                }
                Some(_) => Err(BodyError::Malformed("A chunk's size has too many digits.")),
                None => Err(MISSING_SIZE),
            },
            (Padding { .. }, _) => Err(MISSING_SIZE),
            (Extension { .. } | Trailer, b'\n') => Err(MISSING_CR),
            (Extension { size }, _) => self.extra(Extension { size }),
            (SizeLf { size: 0 }, b'\n') => Ok(TrailerStart),
            (SizeLf { size }, b'\n') => Ok(Data { left: bounded(size, self.limit - self.body.len())? }),
            (DataCr, b'\r') => Ok(DataLf),
            (DataLf, b'\n') => Ok(Size { size: 0, digits: 0 }),
            (DataCr | DataLf, _) => Err(BodyError::Malformed("A chunk is longer than its size says.")),
            (TrailerStart, b'\r') => Ok(EndLf),
            (TrailerStart, b'\n') => Err(MISSING_CR),
            (Trailer, b'\r') => Ok(TrailerLf),
            (TrailerStart | Trailer, _) => self.extra(Trailer),
            (TrailerLf, b'\n') => Ok(TrailerStart),
            (EndLf, b'\n') => Ok(Done),
            (SizeLf { .. } | TrailerLf | EndLf, _) => Err(BodyError::Malformed("A CR stands alone.")),
            (Plain { .. } | Data { .. } | Done, _) => {
                unreachable!("feed takes data, and nothing behind the end")
            }
        }
    }

    fn extra(&mut self, next: State) -> Result<State, BodyError> {
        self.extras += 1;
        if self.extras > EXTRAS_LIMIT {
            return Err(BodyError::Malformed("The chunk extensions and trailers are too long."));
        }
        Ok(next)
    }
}

/// What the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// One of `left` bytes of a body without chunks.
    Plain { left: usize },
    /// A digit of a chunk's size, or what ends it.
    Size { size: u64, digits: u32 },
    /// Blanks behind a size, which RFC 9112 §7.1.1 wants tolerated.
    Padding { size: u64 },
    /// Inside a chunk extension.
    Extension { size: u64 },
    /// The LF behind a chunk's size.
    SizeLf { size: u64 },
    /// One of `left` bytes of a chunk.
    Data { left: usize },
    /// The CR behind a chunk's data.
    DataCr,
    /// The LF behind a chunk's data.
    DataLf,
    /// The first byte of a trailer, or the CR of the empty line that ends the body.
    TrailerStart,
    /// Inside a trailer.
    Trailer,
    /// The LF behind a trailer.
    TrailerLf,
    /// The last LF.
    EndLf,
    /// Not the body's any more.
    Done,
}

const MISSING_SIZE: BodyError = BodyError::Malformed("A chunk does not begin with its size.");
const MISSING_CR: BodyError = BodyError::Malformed("A line must end in CR LF.");

fn bounded(length: u64, limit: usize) -> Result<usize, BodyError> {
    let limit = if planted("limit-one-too-low") { limit.saturating_sub(1) } else { limit };
    usize::try_from(length).ok().filter(|length| *length <= limit).ok_or(BodyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BodyDecoder, BodyError, BodyLength, EXTRAS_LIMIT};

    const LIMIT: usize = 10;

    #[test]
    fn a_length_takes_its_bytes_and_no_more() {
        assert_eq!(decode(BodyLength::Length(3), b"abcGET"), Ok((b"abc".to_vec(), 3, true)));
    }

    #[test]
    fn a_body_cut_short_is_not_complete() {
        assert_eq!(decode(BodyLength::Length(3), b"ab"), Ok((b"ab".to_vec(), 2, false)));
        assert_eq!(decode(BodyLength::Chunked, b"2\r\nab\r\n0\r\n"), Ok((b"ab".to_vec(), 10, false)));
    }

    #[test]
    fn no_body_is_complete_at_once() {
        assert_eq!(decode(BodyLength::None, b"GET"), Ok((vec![], 0, true)));
        assert_eq!(decode(BodyLength::Length(0), b"GET"), Ok((vec![], 0, true)));
    }

    #[test]
    fn a_length_over_the_limit_is_too_large_before_a_byte_has_come() {
        assert!(BodyDecoder::new(BodyLength::Length(10), LIMIT).is_ok());
        assert_eq!(BodyDecoder::new(BodyLength::Length(11), LIMIT).err(), Some(BodyError::TooLarge));
        assert_eq!(BodyDecoder::new(BodyLength::Length(u64::MAX), LIMIT).err(), Some(BodyError::TooLarge));
    }

    #[test]
    fn chunks_are_joined_and_extensions_and_trailers_dropped() {
        let wire = b"3;name=\"v\"\r\nabc\r\n00002 \t;x\r\nde\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\nGET";

        assert_eq!(decode(BodyLength::Chunked, wire), Ok((b"abcde".to_vec(), wire.len() - 3, true)));
    }

    #[test]
    fn chunk_sizes_are_hexadecimal_in_either_case() {
        let wire = b"a\r\n0123456789\r\n0\r\n\r\n";

        assert_eq!(decode(BodyLength::Chunked, wire), Ok((b"0123456789".to_vec(), wire.len(), true)));
        assert_eq!(
            decode(BodyLength::Chunked, &wire.to_ascii_uppercase()).map(|(_, _, done)| done),
            Ok(true)
        );
    }

    #[test]
    fn chunks_over_the_limit_are_too_large_when_their_size_is_known() {
        assert_eq!(decode(BodyLength::Chunked, b"B\r\n"), Err(BodyError::TooLarge));
        assert_eq!(decode(BodyLength::Chunked, b"9\r\n012345678\r\n2\r\n"), Err(BodyError::TooLarge));
        assert_eq!(decode(BodyLength::Chunked, b"FFFFFFFFFFFFFFFF\r\n"), Err(BodyError::TooLarge));
    }

    #[test]
    fn a_size_that_overflows_is_malformed() {
        assert_malformed(b"10000000000000000\r\n");
    }

    #[test]
    fn what_could_end_elsewhere_for_a_proxy_is_malformed() {
        assert_malformed(b"2\nab\r\n");
        assert_malformed(b"2;x\nab\r\n");
        assert_malformed(b"2;x\ry\r\nab\r\n");
        assert_malformed(b"2\r\nab\n");
        assert_malformed(b"2\r\nabc\r\n");
        assert_malformed(b"0\r\n\n");
        assert_malformed(b"0\r\nTrailer: x\n\r\n");
        assert_malformed(b"0\r\n\rX");
    }

    #[test]
    fn a_size_is_digits_only() {
        for wire in
            [&b"\r\n"[..], b";x\r\n", b" 2\r\n", b"-2\r\n", b"+2\r\n", b"0x2\r\n", b"2 2\r\n", b"2g\r\n"]
        {
            assert_malformed(wire);
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let most = [b"1;", "x".repeat(EXTRAS_LIMIT).as_bytes(), b"\r\na\r\n0\r\n"].concat();

        assert!(decode(BodyLength::Chunked, &[&most[..], b"\r\n"].concat()).is_ok());
        assert_malformed(&[&most[..], b"T"].concat());
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_every_split_decodes_alike(
            wire in chunkish(), cuts in proptest::collection::vec(1..5_usize, 0..64), length in lengths()
        ) {
            let whole = decode(length, &wire);

            prop_assert_eq!(decode_in_portions(length, &wire, &cuts), whole);
        }
    }

    /// Pieces of chunked bodies, in any order, so that many of them are nearly right.
    fn chunkish() -> impl Strategy<Value = Vec<u8>> {
        let pieces: [&[u8]; 8] =
            [b"1\r\na\r\n", b"3;x\r\nabc\r\n", b"0\r\n", b"\r\n", b"\r", b"\n", b"T: x\r\n", b"f"];
        let piece = prop_oneof![
            4 => proptest::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
            1 => proptest::collection::vec(any::<u8>(), 0..4),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn lengths() -> impl Strategy<Value = BodyLength> {
        prop_oneof![
            Just(BodyLength::Chunked),
            (0..12_u64).prop_map(BodyLength::Length),
            Just(BodyLength::None)
        ]
    }

    type Decoded = Result<(Vec<u8>, usize, bool), BodyError>;

    fn decode(length: BodyLength, wire: &[u8]) -> Decoded {
        let mut decoder = BodyDecoder::new(length, LIMIT)?;
        let used = decoder.feed(wire)?;
        let complete = decoder.is_complete();
        Ok((decoder.into_body(), used, complete))
    }

    fn decode_in_portions(length: BodyLength, wire: &[u8], cuts: &[usize]) -> Decoded {
        let mut decoder = BodyDecoder::new(length, LIMIT)?;
        let mut used = 0;
        for size in cuts.iter().copied().chain(std::iter::repeat(wire.len().max(1))) {
            let portion = &wire[used..wire.len().min(used + size)];
            let taken = decoder.feed(portion)?;
            used += taken;
            if taken < portion.len() || used == wire.len() {
                break;
            }
        }
        let complete = decoder.is_complete();
        Ok((decoder.into_body(), used, complete))
    }

    fn assert_malformed(wire: &[u8]) {
        let outcome = decode(BodyLength::Chunked, wire);
        assert!(
            matches!(outcome, Err(BodyError::Malformed(_))),
            "{:?}: {outcome:?}",
            wire.escape_ascii().to_string()
        );
    }
}
