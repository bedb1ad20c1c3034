//! A conformance kit for Socket.IO v5 and Engine.IO v4 servers, in any language.
//!
//! ```text
//! fixtures/*.md ── chapter, case, notation, vector ──> Suite ── lint
//!                                                        │ runs
//!                  pattern, packet, json ── judge ──> player ──> Target ──> a server: live over TCP, or a core in virtual time
//!                                                        │
//!                  venue, playlist, known ── trial ── verdict, transcript ──> report
//! ```
//!
//! The judge shares no code with any server: packets, JSON, HTTP and WebSocket frames are read by its own strict readers.
//! Read [`notation`] first, then [`pattern`], [`player`] and [`target`].
//!
//! A run is played on a target of its own:
//!
//! ```no_run
//! use protocol_tests::live::Live;
//! use protocol_tests::setting::Setting;
//! use protocol_tests::suite::Suite;
//!
//! let (suite, faults) = Suite::load("fixtures".as_ref());
//! assert!(faults.is_empty());
//! let mut setting = Setting::default();
//! let mut target = Live::new("127.0.0.1:3030", &[])?;
//! protocol_tests::control::greet(&mut target, &mut setting).expect("a server answers there");
//! for run in suite.runs() {
//!     let played = run.play(&mut Live::new("127.0.0.1:3030", &[])?, &setting);
//!     println!("{} {}", run.id(), played.verdict);
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod address;
pub mod budget;
pub mod case;
pub mod chapter;
pub mod codec;
pub mod control;
mod cursor;
pub mod differential;
pub mod doctor;
pub mod export;
pub mod fault;
pub mod fuzz;
pub mod glob;
pub mod guise;
mod hex;
pub mod json;
pub mod known;
pub mod lint;
pub mod live;
pub mod notation;
pub mod ours;
pub mod packet;
pub mod pattern;
pub mod player;
pub mod playlist;
pub mod recording;
pub mod report;
pub mod sans_io;
pub mod scope;
pub mod setting;
pub mod simulation;
pub mod span;
pub mod spawn;
pub mod suite;
pub mod target;
pub mod text;
pub mod transcript;
pub mod trial;
pub mod vector;
pub mod venue;
pub mod verdict;
