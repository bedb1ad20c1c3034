//! What travels: frames, and parcels of frames that stay together.
//!
//! A *frame* is one WebSocket message, or one packet of a polling body. A *parcel* is the frames of one Socket.IO
//! packet: its text and, behind it, one frame for each attachment.
//!
//! ```text
//! Parcel  [ Text  "451-[\"photo\",{\"_placeholder\":true,\"num\":0}]" ]
//!         [ Binary 89 50 4e 47 ...                                  ]
//! ```
//!
//! A parcel is made once and shared by everyone it is sent to; a clone costs a counter.
//!
//! ```
//! use wire42::frame::{Frame, Parcel};
//!
//! let parcel = Parcel::from(Frame::Text("42[\"hello\"]".to_owned()));
//! assert_eq!(parcel.frames().len(), 1);
//! assert_eq!(parcel.len(), 11);
//! ```

use std::sync::Arc;

/// One WebSocket message, or one packet of a polling body.
///
/// ```
/// use wire42::frame::Frame;
///
/// let frame = Frame::Text("4€".to_owned());
/// assert_eq!(frame.bytes(), [0x34, 0xe2, 0x82, 0xac]);
/// assert_eq!(frame.len(), 4);
/// assert!(Frame::Binary(vec![]).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Text, as UTF-8.
    Text(String),
    /// Bytes, without a meaning of their own.
    Binary(Vec<u8>),
}

impl Frame {
    /// Says how many bytes the frame carries.
    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// Says whether the frame carries nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the frame's bytes, whatever its kind.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Frame::Text(text) => text.as_bytes(),
            Frame::Binary(bytes) => bytes,
        }
    }
}

/// The frames of one packet, which nothing may come between, shared by reference count.
///
/// ```
/// use wire42::frame::{FRAME_OVERHEAD, Frame, Parcel};
///
/// let text = Frame::Text(r#"451-["photo",{"_placeholder":true,"num":0}]"#.to_owned());
/// let parcel: Parcel = [text, Frame::Binary(vec![0x89, 0x50])].into_iter().collect();
/// assert_eq!(parcel.frames()[1].bytes(), [0x89, 0x50]);
/// assert_eq!(parcel.cost(), parcel.len() + 2 * FRAME_OVERHEAD);
/// assert!(!parcel.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel(Arc<[Frame]>);

impl Parcel {
    /// Gives the frames in the order in which they travel.
    pub fn frames(&self) -> &[Frame] {
        &self.0
    }

    /// Says what the parcel takes of a bound on memory, in bytes: empty frames are not free.
    pub fn cost(&self) -> usize {
        self.len() + self.0.len() * FRAME_OVERHEAD
    }

    /// Counts the bytes of all frames.
    pub fn len(&self) -> usize {
        self.0.iter().map(Frame::len).sum()
    }

    /// Says whether the parcel carries no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Frame> for Parcel {
    fn from(frame: Frame) -> Self {
        Self(Arc::new([frame]))
    }
}

impl FromIterator<Frame> for Parcel {
    /// Takes the frames of one packet, of which there is at least one.
    fn from_iter<I: IntoIterator<Item = Frame>>(frames: I) -> Self {
        let frames: Arc<[Frame]> = frames.into_iter().collect();
        assert!(!frames.is_empty(), "a parcel has at least one frame");
        Self(frames)
    }
}

/// What a frame takes beside its bytes: its place in a queue, two allocations and a counter.
pub const FRAME_OVERHEAD: usize = 128;
