//! What must hold for every input, one function a target; each panics when it does not.
//!
//! ```text
//! fuzz_targets/NAME.rs ── libFuzzer's inputs ──> wire42_fuzz::NAME(&[u8]) <── corpus/NAME, regressions/NAME ── tests/corpus.rs
//!        nightly                                        the claims                                              stable
//! ```
//!
//! An input is what travels, as it travels, or a program of lines: so a file of the corpus can be read and written by
//! hand, and a byte that changes does not move the meaning of all behind it.
//!
//! ```
//! wire42_fuzz::payload("4hello\u{1e}2\u{1e}bAQID".as_bytes());
//! wire42_fuzz::session(b"cw\nT40\nT42[\"message\",{\"name\":\"A\",\"input\":\"x\"}]\n>9");
//! ```

mod cuts;
mod http_head;
mod packets;
mod payload;
mod reassembly;
mod session;

pub use http_head::http_head;
pub use packets::packets;
pub use payload::payload;
pub use reassembly::reassembly;
pub use session::session;

/// A name, which is also that of its corpus, and the function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 5] = [
    ("http_head", http_head),
    ("payload", payload),
    ("packets", packets),
    ("reassembly", reassembly),
    ("session", session),
];
