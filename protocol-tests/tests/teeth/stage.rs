//! Where a bug is shown: on the core in virtual time, or on a server over TCP.

use protocol_tests::case::{Case, Level};
use protocol_tests::live::Live;
use protocol_tests::ours::{self, Pace, Setup};
use protocol_tests::sans_io::SansIo;
use protocol_tests::suite::Run;
use protocol_tests::verdict::Verdict;
use wire42::planted;

use crate::server::Server;

/// A server with one bug, and the same without it.
pub(crate) trait Stage: Send + Sync {
    /// Plays a run on the server with the bug.
    fn with(&self, run: &Run<'_>) -> Verdict;

    /// Plays it on the server as it is.
    fn without(&self, run: &Run<'_>) -> Verdict;

    /// Whether a failure may be this machine's, so that only one that comes twice counts.
    fn may_lag(&self) -> bool;
}

/// The core: the bug is planted on the thread that plays.
pub(crate) struct Core {
    pub(crate) bug: &'static str,
}

impl Stage for Core {
    fn with(&self, run: &Run<'_>) -> Verdict {
        planted::plant(Some(self.bug));
        on_core(run)
    }

    fn without(&self, run: &Run<'_>) -> Verdict {
        planted::plant(None);
        on_core(run)
    }

    fn may_lag(&self) -> bool {
        false
    }
}

/// A server in a process of its own.
pub(crate) struct Wire {
    server: Server,
}

impl Wire {
    pub(crate) fn new(bug: &'static str) -> Wire {
        Wire { server: Server::start(bug) }
    }
}

impl Stage for Wire {
    fn with(&self, run: &Run<'_>) -> Verdict {
        let (pace, setup) = (Pace::of(run.case), setup(run.case));
        match self.server.address(run.case.header.profile, pace, setup) {
            Some(address) => over_tcp(run, &address, pace, setup),
            None => Verdict::Crash("the server is gone".to_owned()),
        }
    }

    fn without(&self, run: &Run<'_>) -> Verdict {
        let (pace, setup) = (Pace::of(run.case), setup(run.case));
        let (_, address) = ours::serve(run.case.header.profile, pace, setup);
        over_tcp(run, &address.to_string(), pace, setup)
    }

    fn may_lag(&self) -> bool {
        true
    }
}

/// Tells whether a case is played on our server at all.
pub(crate) fn is_ours(case: &Case) -> bool {
    case.header.level != Level::Reference && Setup::of(case).is_some()
}

/// The cases among which a bug is looked for that only a wire shows; none: it lives in the core.
pub(crate) fn on_wire(bug: &str) -> Option<&'static [&'static str]> {
    ON_WIRE.iter().find(|(name, _)| *name == bug).map(|(_, globs)| *globs)
}

fn on_core(run: &Run<'_>) -> Verdict {
    let setup = setup(run.case);
    let config = ours::config_as(run.case.header.profile, Pace::Slow, setup);
    let setting = ours::setting(&config, Pace::Slow);
    run.play(&mut SansIo::new(config), &setting).verdict
}

fn over_tcp(run: &Run<'_>, address: &str, pace: Pace, setup: Setup) -> Verdict {
    let config = ours::config_as(run.case.header.profile, pace, setup);
    match Live::new(address, &[]) {
        Ok(mut live) => run.play(&mut live, &ours::setting(&config, pace)).verdict,
        Err(error) => Verdict::Crash(error.to_string()),
    }
}

fn setup(case: &Case) -> Setup {
    Setup::of(case).unwrap_or(Setup::Usual)
}

/// Bugs of the shell around the core: sockets, tasks, HTTP connections, randomness.
const ON_WIRE: &[(&str, &[&str])] = &[
    ("unknown-sid-ok", &["handshake/unknown*", "handshake/error*", "polling/*closes*", "close/client*"]),
    ("sid-constant", &["handshake/*", "security/*"]),
    ("sid-short", &["handshake/sid*", "security/sid*"]),
    ("sid-not-url-safe", &["handshake/sid*", "security/sid*"]),
    ("two-posts-at-once", &["polling/two*"]),
    ("aborted-post-keeps-session", &["polling/aborted*"]),
    ("post-behind-upgrade-dropped", &["upgrade/post*"]),
    ("early-frame-lost", &["websocket/*"]),
    ("message-of-any-length", &["limits/*"]),
    ("close-without-code", &["websocket/*", "unicode/*"]),
    ("frames-claim-a-mask", &["websocket/*"]),
    ("lengths-may-differ", &["http/*"]),
    ("length-beside-chunks-ok", &["http/*"]),
    ("one-connection-at-a-time", &["robust/tcp*", "robust/slow-*"]),
    ("connections-without-number", &["limits/connections*"]),
    ("incomplete-without-bound", &["limits/incomplete*"]),
    ("half-a-body-counts", &["http/content*", "polling/aborted-post*"]),
    ("length-unbounded", &["limits/post*"]),
    ("http10-stays-open", &["http/*"]),
    ("chunk-size-wraps", &["http/*"]),
    ("host-may-miss", &["http/*"]),
    ("continue-never-said", &["http/*"]),
    ("one-request-a-connection", &["handshake/*", "robust/keep*", "multi/*"]),
    ("pipelined-requests-lost", &["robust/p*"]),
    ("slow-heads-ok", &["robust/slowloris-headers"]),
    ("any-websocket-key", &["websocket/key*"]),
    ("outbox-of-any-size", &["robust/*"]),
];
