//! HTTP/1.1 by hand: bytes to a request, an answer to bytes, and the socket between them.
//!
//! ```text
//!                 pure: no socket, no clock
//!            ┌─>  request.rs  (headers.rs, length.rs)  ->  Request
//!            ├─>  body.rs                              ->  Vec<u8>
//! connection.rs       what is wrong with either: error.rs  ─┐
//!            └─<  response.rs  (content.rs, cors.rs, upgrade.rs)  <-  Response
//! ```
//!
//! Everything but [`connection`] is a function of its arguments, so a fixture can play a request without a
//! socket:
//!
//! ```
//! use wire42::net::http::{Cors, Request, Response};
//!
//! let head = b"GET /socket.io/?EIO=4&transport=abc HTTP/1.1\r\nHost: localhost\r\n\r\n";
//! let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
//! let refusal = Response::refusal(0, "Transport unknown");
//! let answer = Cors::Any.apply(&request, refusal);
//! assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
//! assert_eq!(&answer.body[..], br#"{"code":0,"message":"Transport unknown"}"#);
//! ```
//!
//! In this order: [`request`], with [`headers`] and [`length`]; [`body`]; [`response`], with [`cors`]; [`upgrade`]; [`error`]; and
//! [`connection`], which puts them to work. Where a request goes then: [`route`](super::route).

pub mod body;
pub mod connection;
pub mod content;
pub mod cors;
pub mod error;
pub mod headers;
pub mod length;
pub mod request;
pub mod response;
pub mod upgrade;

pub use body::BodyDecoder;
pub use connection::{Connection, Deadlines};
pub use content::Content;
pub use cors::{Cors, Origin};
pub use error::{BodyError, RequestError, UpgradeError};
pub use headers::Headers;
pub use length::BodyLength;
pub use request::{Method, Request, Version};
pub use response::Response;
pub use upgrade::Upgrade;
