//! Bugs that are put in on purpose, to see whether the fixtures notice.
//!
//! ```text
//! usual build           planted("no-ping") = false     a constant: the optimizer removes every trace of it
//! feature `mutants`     planted("no-ping") = true      where, and while, that bug is planted
//! ```
//!
//! A bug stands where it would live: `if !planted("no-ping") { … }`. The conformance kit plants one after the other, and
//! fails when its fixtures find nothing wrong with a server that has one.
//!
//! ```
//! assert!(wire42::planted::ALL.contains(&"no-ping"));
//! #[cfg(feature = "mutants")]
//! wire42::planted::plant(Some("no-ping"));
//! ```

#[cfg(feature = "mutants")]
pub use chosen::plant;
#[cfg(feature = "mutants")]
pub(crate) use chosen::planted;

/// Says whether this bug is planted: never, in a server that is meant to serve.
#[cfg(not(feature = "mutants"))]
pub(crate) const fn planted(_: &str) -> bool {
    false
}

#[cfg(feature = "mutants")]
mod chosen {
    use std::cell::Cell;
    use std::sync::OnceLock;

    /// Plants a bug in all that this thread runs from now on; `None` takes it out again.
    ///
    /// # Panics
    ///
    /// When there is no bug of this name.
    pub fn plant(bug: Option<&'static str>) {
        assert!(bug.is_none_or(super::is_listed), "nobody knows the bug {bug:?}");
        HERE.set(bug);
    }

    /// Says whether this bug is planted on this thread, or, where nothing was, by the environment.
    pub(crate) fn planted(name: &str) -> bool {
        debug_assert!(super::is_listed(name), "the bug {name:?} is not listed");
        match HERE.get() {
            Some(bug) => bug == name,
            None => EVERYWHERE.get_or_init(|| std::env::var("WIRE42_MUTANT").ok()).as_deref() == Some(name),
        }
    }

    thread_local! {
        static HERE: Cell<Option<&'static str>> = const { Cell::new(None) };
    }

    /// The bug of the whole process, for a server that is asked over TCP.
    static EVERYWHERE: OnceLock<Option<String>> = OnceLock::new();
}

/// Says whether a bug of this name can be planted.
#[cfg(feature = "mutants")]
fn is_listed(name: &str) -> bool {
    ALL.contains(&name) || RARE.contains(&name)
}

/// Bugs that show only when much happens at once: no fixture finds them, and the simulation must.
pub const RARE: &[&str] = &[
    // hub
    "membership-kept",
    // hub::guest::joining
    "displaced-stays",
    // hub::room::entrance
    "pid-before-durable",
    // hub::room::following
    "ack-before-durable",
    "failure-acknowledged",
    // hub::seat
    "lag-is-loss",
    "straggler-forgets-acks",
    "straggler-hears-again",
    // sqlite::open
    "commits-not-synced",
    // sqlite::restart
    "restart-is-for-good",
    // sqlite::transaction
    "uncertain-is-refused",
];

/// Every bug that a fixture must find, file by file.
pub const ALL: &[&str] = &[
    // engine_io::handshake
    "accept-any-transport",
    "accept-any-eio",
    "handshake-any-method",
    "upgrade-request-may-poll",
    "query-not-decoded",
    "unknown-keys-refused",
    "any-method-posts",
    // engine_io::packet
    "message-cut-at-non-ascii",
    "broken-base64-skipped",
    // engine_io::payload
    "sep-newline",
    "b64-raw",
    // engine_io::outbox
    "binary-split-across-upgrade",
    "one-packet-per-poll",
    "body-of-any-number",
    "body-of-any-length",
    // engine_io::heartbeat
    "timeout-double",
    "timeout-half",
    "no-ping-timeout",
    "ping-once",
    // engine_io::session
    "no-upgrades-advertised",
    "ws-advertises-upgrade",
    "no-ping",
    "outbox-of-any-size",
    "anything-is-a-pong",
    "unasked-pong-closes",
    "one-on-websocket-ignored",
    "client-ping-answered",
    // engine_io::session::parting
    "close-leaves-poll-hanging",
    "error-waits-for-a-get",
    "limits-say-nothing",
    "session-leak",
    "close-leaves-ws-open",
    // engine_io::session::polling
    "poll-after-upgrade-ok",
    "overlap-200",
    "overlap-keeps-session",
    "abort-keeps-session",
    "two-posts-at-once",
    "binary-post-ok",
    "content-type-demanded",
    "post-behind-upgrade-dropped",
    "post-in-any-encoding",
    "payload-reverse",
    "post-partly-processed",
    "aborted-post-keeps-session",
    "payload-first-only",
    "hold-during-probe",
    // engine_io::session::ports
    "open-packet-says-more",
    "interval-in-seconds",
    "limit-told-as-zero",
    "flood-comes-back",
    "silence-is-for-good",
    "violation-is-for-good",
    // engine_io::session::websocket
    "probe-echo-plain",
    "no-upgrade-timeout",
    "second-ws-steals",
    "bad-probe-kept",
    "bad-packet-ignored",
    "timer-not-cancelled-on-close",
    "no-noop",
    "noop-after-100ms",
    "upgrade-drops-buffer",
    "noop-to-websocket",
    "ping-on-both-transports",
    "upgrade-ends-the-heartbeat",
    // socket_io::args
    "lone-surrogate-replaced",
    "numbers-respelled",
    // socket_io::connection
    "who-left-may-idle",
    "no-connect-timeout",
    "second-connect-ignored",
    "auth-ignored",
    // socket_io::decoder
    "zero-attachments-refused",
    "no-attachment-limit",
    "no-id-limit",
    "event-shape-unchecked",
    "reserved-events-ok",
    "placeholders-unchecked",
    // socket_io::namespace
    "slash-is-a-namespace-of-its-own",
    // socket_io::packet
    "nsp-dropped",
    "placeholder-num-zero",
    // socket_io::reassembly
    "text-mid-binary-ok",
    "stray-binary-ignored",
    "attachments-swapped",
    "attachments-without-sum",
    // client
    "disconnect-closes-transport",
    "sio-garbage-ignored",
    "state-violation-ignored",
    // hub::guest
    "joining-is-free",
    // hub::guest::joining
    "app-before-connect-packet",
    "token-not-asked",
    "recovery-answer-last",
    "displaced-loses-all",
    // hub::recent
    "recovered-in-part",
    "recovery-skips-one",
    "recovery-replays-again",
    "replayed-to-everyone",
    "quiet-is-lost",
    // hub::registry
    "window-halved",
    "two-sockets-one-pid",
    "old-end-ends-the-new",
    "expired-pid-taken",
    // hub::room::entrance
    "groups-left-when-cut",
    "left-pid-taken",
    "recovery-new-sid",
    "pid-of-the-clients-choice",
    "recovered-is-greeted",
    "history-again",
    "history-kept-back",
    "pid-works-once",
    "no-offset-no-recovery",
    "bad-offset-taken",
    "offset-of-any-age",
    // hub::room::effects
    "offset-missing",
    "offset-on-acks",
    "volatile-kept",
    // hub::room
    "no-ack",
    "ack-id-plus-one",
    "ack-before-broadcast",
    "broadcast-to-oneself",
    // hub::rooms
    "no-pid",
    "pid-is-sid",
    "connect-error-string",
    "socket-id-constant",
    "leaving-erases-history",
    "any-namespace",
    // hub::seat
    "broadcast-skips-slow",
    "broadcast-twice",
    "refused-in-silence",
    // hub::throttle
    "no-rate",
    "rate-without-burst",
    "floods-for-ever",
    "flood-never-forgiven",
    // bucket
    "refused-counts",
    // app::chat
    "chat-name-of-any-length",
    "chat-no-history",
    "chat-name-input-swap",
    "chat-takes-anything",
    "midnight-is-24",
    // app::snippet
    "entities-everywhere",
    "snippets-known-by-their-escapes",
    "snippets-stay-markup",
    "escaped-markup-stays",
    "ampersand-stays",
    // app::history
    "history-never-shrinks",
    // app
    "connect-error-without-data",
    // net::route
    "any-path",
    "no-preflight",
    "foreign-origin-served",
    "token-in-url-ignored",
    "cors-missing-on-errors",
    // net::files
    "any-path-is-a-place",
    "files-by-any-method",
    "gzip-unasked",
    "kept-files-sent-again",
    "page-without-policy",
    "dots-climb",
    // net::admission
    "sessions-without-number",
    "handshakes-at-any-rate",
    // net::connections
    "connections-without-number",
    // net::incomplete
    "incomplete-without-bound",
    // net::server
    "one-connection-at-a-time",
    // net::sid
    "sid-short",
    "sid-not-url-safe",
    "sid-constant",
    // net::peer
    "unknown-sid-ok",
    // net::websocket
    "early-frame-lost",
    "message-of-any-length",
    "close-without-code",
    // net::wire
    "frames-claim-a-mask",
    // net::http::body
    "no-payload-limit",
    "length-unbounded",
    "chunk-size-wraps",
    "limit-one-too-low",
    // net::http::connection
    "slow-heads-ok",
    "one-request-a-connection",
    "pipelined-requests-lost",
    // net::http::connection::body
    "continue-never-said",
    "half-a-body-counts",
    // net::http::cors
    "cors-missing-on-websocket",
    "no-cors",
    "cors-any-origin",
    "preflight-allows-no-headers",
    // net::http::headers
    "header-lists-unread",
    "header-case-counts",
    // net::http::length
    "lengths-may-differ",
    "length-beside-chunks-ok",
    // net::http::request
    "head-of-any-length",
    "host-may-miss",
    "http10-stays-open",
    // net::http::response
    "payload-as-html",
    "cookie-set",
    "post-answered-by-nothing",
    // net::http::upgrade
    "any-websocket-version",
    "any-websocket-key",
    "accept-without-key",
    "no-subprotocol",
];
