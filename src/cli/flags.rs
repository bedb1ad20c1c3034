//! The flags. Their first lines are `-h`, the rest `--help`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::ValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, value_parser};
use wire42::net::Whom;

use super::explain::Explain;
use super::history::History;
use super::units;

/// A Socket.IO chat back end that speaks the wire protocol by hand
#[derive(Parser)]
#[command(
    name = "wire42",
    bin_name = "wire42",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
#[command(disable_help_flag = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) serve: Box<Serve>,
}

/// What to do.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve (what is done without a command, too)
    Serve(Box<Serve>),
    /// Explain packets, polling bodies and request lines
    ///
    /// Each is shown part by part, with what it does, what the other side must answer, and the chapter of fixtures/ that proves
    /// it; of a broken one, the byte and the rule. Bytes are counted from 0. The status is 1 if something is broken.
    Explain(Explain),
    /// Print the history in a file of --store, export or import it
    #[cfg_attr(not(feature = "sqlite"), command(hide = true))]
    History(History),
}

/// How to serve.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(super) struct Serve {
    /// Print this help (--help: every flag, what it is for, and the worst case of memory)
    #[arg(short = 'h', action = ArgAction::SetTrue)]
    pub(super) short_help: bool,
    #[arg(long, hide = true, action = ArgAction::SetTrue)]
    pub(super) help: bool,

    /// Address to listen on
    ///
    /// The default takes IPv6 and IPv4, and IPv4 alone where there is no IPv6.
    #[arg(long, value_name = "ADDRESS", default_value = "::", help_heading = "Listening")]
    pub(super) host: IpAddr,
    /// Port, 0 for a free one; or the variable PORT
    ///
    /// The line on standard output names the port that was taken.
    #[arg(long, default_value = "3030", env = "PORT", hide_env = true, value_parser = units::port)]
    #[arg(help_heading = "Listening")]
    pub(super) port: u16,
    /// Certificate for https and wss, as PEM
    ///
    /// Behind it in the file, the chain to whom browsers trust. Both files are read once, at the start.
    #[arg(
        long,
        hide_short_help = true,
        value_name = "FILE",
        requires = "tls_key",
        help_heading = "Listening"
    )]
    pub(super) tls_cert: Option<PathBuf>,
    /// Private key of that certificate, as PEM
    #[arg(
        long,
        hide_short_help = true,
        value_name = "FILE",
        requires = "tls_cert",
        help_heading = "Listening"
    )]
    pub(super) tls_key: Option<PathBuf>,
    /// Address and port of /metrics, /healthz and /readyz
    ///
    /// Off by default. Whoever reaches it can read it: there is no authentication.
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Listening")]
    pub(super) admin: Option<SocketAddr>,
    /// Print every packet; --trace=3: of the third client alone
    ///
    /// A line each on standard error, in the words of explain, with what people write. Clients are numbered as they come. The
    /// ids of sessions, and what clients show to be let in, are left out. RUST_LOG does not matter to it. Some 4 MiB may wait to be
    /// read; lines beyond are dropped, and counted.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    #[arg(value_parser = ValueParser::new(units::whom), help_heading = "Listening")]
    pub(super) trace: Option<Whom>,
    /// Path of the Socket.IO endpoint
    ///
    /// It begins and ends with a slash; a client's option `path` must say the same.
    #[arg(long, default_value = "/socket.io/", help_heading = "Listening")]
    pub(super) path: String,
    /// Transports to offer
    ///
    /// A stock client begins with polling and moves to WebSocket if it is offered.
    #[arg(long, value_delimiter = ',', default_value = "polling,websocket", hide_possible_values = true)]
    #[arg(value_name = "LIST", help_heading = "Listening")]
    pub(super) transports: Vec<TransportName>,
    /// Origins whose pages are served; repeatable
    ///
    /// `*`, or origins as a browser writes them: scheme://host[:port], in lower case. Requests and WebSockets of a page of
    /// another origin get 403. What names no origin is served: it is no browser, or a page of this very host.
    #[arg(long, value_name = "ORIGIN", default_value = "*", help_heading = "Listening")]
    pub(super) allow_origin: Vec<String>,
    /// What clients must show; better the variable WIRE42_TOKEN
    ///
    /// A process list shows flags, and not variables. A client shows it in the handshake's query, ?token=…, or in the auth
    /// object of a CONNECT, {"token":"…"}. The front end does when it stands in the address of its back end.
    #[arg(long, value_name = "SECRET", env = "WIRE42_TOKEN", hide_env = true, help_heading = "Listening")]
    pub(super) token: Option<String>,

    /// Directory of a built front end, served in the page's place
    ///
    /// It is read once, at the start. Nothing outside it is served, nor what a dot hides; its index.html is also the answer
    /// for paths inside the front end. --path always comes first.
    #[arg(long = "static", hide_short_help = true, value_name = "DIR", help_heading = "Listening")]
    pub(super) static_files: Option<PathBuf>,
    /// No page at /
    ///
    /// The page is a chat beside the wire as it happens. It knows nothing that a client does not know.
    #[arg(long, hide_short_help = true, help_heading = "Listening")]
    pub(super) no_page: bool,

    /// TCP connections at once
    ///
    /// For one more, one that waits for a request is let go. If none does, the new one is served only if it comes for a
    /// session that there is; anyone else gets 503.
    #[arg(
        long,
        hide_short_help = true,
        value_name = "N",
        default_value_t = 10_000,
        help_heading = "Admission"
    )]
    pub(super) max_connections: usize,
    /// Sessions at once
    ///
    /// Handshakes beyond get 503.
    #[arg(long, value_name = "N", default_value_t = 10_000, help_heading = "Admission")]
    pub(super) max_sessions: usize,
    /// Handshakes a second
    ///
    /// As many may come at once; those beyond get 503.
    #[arg(
        long,
        hide_short_help = true,
        value_name = "N",
        default_value_t = 10_000,
        help_heading = "Admission"
    )]
    pub(super) handshake_rate: u32,
    /// Bytes of requests and messages that are not complete, of all clients together
    ///
    /// Where there is no room, a POST gets 503 and a WebSocket the close code 1013. 16 KiB of each client are not counted.
    #[arg(long, hide_short_help = true, value_name = "BYTES", default_value_t = 268_435_456)]
    #[arg(help_heading = "Admission")]
    pub(super) max_incomplete: usize,
    /// For the head of a request, and for a TLS handshake
    #[arg(long, hide_short_help = true, value_name = "TIME", default_value = "10s", value_parser = units::duration)]
    #[arg(help_heading = "Admission")]
    pub(super) head_timeout: Duration,
    /// For the body of a POST
    ///
    /// A client that takes longer is gone.
    #[arg(long, hide_short_help = true, value_name = "TIME", default_value = "30s", value_parser = units::duration)]
    #[arg(help_heading = "Admission")]
    pub(super) body_timeout: Duration,
    /// For sessions to be closed one after the other at SIGTERM
    ///
    /// Nobody new is let in meanwhile. Ctrl-C, or a second SIGTERM, ends within two seconds.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = units::duration, help_heading = "Admission")]
    pub(super) drain: Duration,

    /// chat; for tests: echo, plus, recovery or engine-echo
    ///
    /// chat is the sidebar's back end. echo and engine-echo are what protocol suites expect of a Socket.IO and of an
    /// Engine.IO server: everything comes back. plus and recovery do what the conformance kit asks of a server beyond that.
    #[arg(
        long,
        value_enum,
        default_value = "chat",
        hide_possible_values = true,
        help_heading = "Application"
    )]
    pub(super) app: AppName,
    /// A room beside /, or a pattern of rooms such as '/team-*'; repeatable
    ///
    /// Each has a history of its own. A pattern takes one to 64 bytes in place of the *.
    #[arg(long, value_name = "NAME", help_heading = "Application")]
    pub(super) namespace: Vec<String>,
    /// Rooms behind patterns that exist at once
    ///
    /// For one more, the room that has been empty longest is forgotten; when someone is in each, newcomers are refused.
    #[arg(
        long,
        hide_short_help = true,
        value_name = "N",
        default_value_t = 100,
        help_heading = "Application"
    )]
    pub(super) max_namespaces: usize,
    /// Where messages are kept: memory, or sqlite:FILE
    ///
    /// In a file, a message is sent to anybody only when it is on the disk. The file keeps all messages, a room shows the last
    /// --history of them. What cannot be stored is refused, and the server not ready then.
    #[arg(long, value_name = "STORE", default_value = "memory", help_heading = "Application")]
    pub(super) store: String,
    /// For a client that was cut off to come back as the same; off without it
    ///
    /// Connection state recovery: a stock client of 4.6 or later that was cut off has its socket id again, and gets what it
    /// missed, or the newest history. The time runs from when the server knows that the client is gone.
    #[arg(long, value_name = "TIME", value_parser = units::duration, help_heading = "Application")]
    pub(super) recovery: Option<Duration>,
    /// Messages that a room keeps
    #[arg(long, value_name = "N", default_value_t = 500, help_heading = "Application")]
    pub(super) history: usize,
    /// Bytes of messages that a room keeps
    #[arg(
        long,
        hide_short_help = true,
        value_name = "BYTES",
        default_value_t = 1_048_576,
        help_heading = "Application"
    )]
    pub(super) history_bytes: usize,
    /// Bytes of UTF-8 in a name
    #[arg(
        long,
        hide_short_help = true,
        value_name = "BYTES",
        default_value_t = 128,
        help_heading = "Application"
    )]
    pub(super) name_bytes: usize,
    /// Bytes of UTF-8 in a message
    #[arg(
        long,
        hide_short_help = true,
        value_name = "BYTES",
        default_value_t = 131_072,
        help_heading = "Application"
    )]
    pub(super) input_bytes: usize,
    /// Messages a second from one client
    ///
    /// What is over it is not stored, and whoever asked for an answer is told so; a client that goes on like this for a
    /// minute is let go. Joining a room counts as a message.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..=1_000_000))]
    #[arg(help_heading = "Application")]
    pub(super) rate: u32,
    /// Messages at once from a client that was quiet
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = value_parser!(u32).range(1..))]
    #[arg(hide_short_help = true, help_heading = "Application")]
    pub(super) rate_burst: u32,
    /// Leave &, < and > as they are in snippets of code
    ///
    /// The front end puts what begins with // or three backticks into the page as HTML. Without this flag these three
    /// characters are stored as entities there, so that the text shows as it was typed and no script runs.
    #[arg(long, hide_short_help = true, help_heading = "Application")]
    pub(super) raw_snippets: bool,
    /// Offset of the time stamps from UTC
    #[arg(long, value_name = "OFFSET", default_value = "+05:30", allow_hyphen_values = true)]
    #[arg(value_parser = ValueParser::new(units::utc_offset), hide_short_help = true, help_heading = "Application")]
    pub(super) utc_offset: i32,

    /// Between two heartbeats
    ///
    /// Durations read 300ms, 25s or 2m.
    #[arg(long, value_name = "TIME", default_value = "25s", value_parser = units::duration, help_heading = "Sessions")]
    pub(super) ping_interval: Duration,
    /// For the answer to a heartbeat
    ///
    /// A client that does not answer in this time is gone.
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = units::duration, help_heading = "Sessions")]
    pub(super) ping_timeout: Duration,
    /// Without a namespace
    ///
    /// A client that has joined no namespace, or left the last, for this long is let go.
    #[arg(long, hide_short_help = true, value_name = "TIME", default_value = "45s", value_parser = units::duration, help_heading = "Sessions")]
    pub(super) connect_timeout: Duration,
    /// For a move to WebSocket
    ///
    /// A WebSocket that does not take over in this time is closed; polling goes on.
    #[arg(long, hide_short_help = true, value_name = "TIME", default_value = "10s", value_parser = units::duration, help_heading = "Sessions")]
    pub(super) upgrade_timeout: Duration,
    /// Bytes of a message or a POST from a client
    ///
    /// Larger POSTs get 413, larger WebSocket messages the close code 1009.
    #[arg(long, value_name = "BYTES", default_value_t = 1_000_000, help_heading = "Sessions")]
    pub(super) max_payload: usize,
    /// Bytes of an event with all its attachments
    ///
    /// Each attachment is a message of its own, so that an event may be larger than --max-payload. A larger one closes the
    /// session.
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 4_194_304,
        hide_short_help = true,
        help_heading = "Sessions"
    )]
    pub(super) max_event: usize,
    /// Bytes that wait for a client that does not read
    ///
    /// Behind this, or behind 64 messages, a client gets the newest history in place of what it missed; one that does not
    /// read the answers to its own requests is let go.
    #[arg(
        long,
        hide_short_help = true,
        value_name = "BYTES",
        default_value_t = 4_194_304,
        help_heading = "Sessions"
    )]
    pub(super) max_unsent: usize,
}

/// A transport's name.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TransportName {
    Polling,
    Websocket,
}

/// An application's name.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AppName {
    Chat,
    Echo,
    Plus,
    Recovery,
    EngineEcho,
}
