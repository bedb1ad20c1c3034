//! Our own server as the tests want it: one for each contract, on the core or listening on this machine.

use std::collections::BTreeMap;
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use wire42::app::ChatConfig;
use wire42::bucket::Rate;
use wire42::client::Terms;
use wire42::engine_io::{self, Transports};
use wire42::hub::{Door, Token};
use wire42::net::http::{Cors, Deadlines, Origin};
use wire42::net::{AppConfig, Config, Files, Front, Limits, Server, Site, StoreConfig, Tls};

use crate::case::{Case, Need, Profile, RECOVERY};
use crate::setting::{Rooms, Setting};
use crate::span::Intervals;

/// How fast a server's heart beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// As fast as this machine can be trusted with: a case over TCP waits for it.
    Fast,
    /// Slow enough for every `needs pi + pt > …`.
    Slow,
}

impl Pace {
    /// Chooses the fastest at which a case can be played.
    pub fn of(case: &Case) -> Pace {
        let is_long =
            |need: &Need| matches!(need, Need::Longer(..)) && !need.holds_in_time(&intervals(Pace::Fast));
        if case.header.needs.iter().any(is_long) { Pace::Slow } else { Pace::Fast }
    }
}

/// How a server is set up, where a case needs it otherwise than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setup {
    /// Any page may read its answers, and every session may move to a WebSocket.
    Usual,
    /// `needs cors-list`: only pages of [`LISTED`] may read its answers.
    Listed,
    /// `needs no-upgrade`: there is only polling.
    PollingOnly,
    /// `needs token`: clients must show [`TOKEN`].
    Token,
    /// `needs two-sessions`: there are places for two.
    TwoSessions,
    /// `needs two-handshakes`: two a second are let in.
    TwoHandshakes,
    /// `needs three-connections`: three at once.
    ThreeConnections,
    /// `needs little-room`: a million bytes for what is not complete.
    LittleRoom,
    /// `needs static`: a front end in place of the page.
    Static,
    /// `needs recovery`: who was cut off from the chat may come back within [`WINDOW`].
    Recovery,
}

impl Setup {
    /// Finds out what a case needs; none for what no server of ours has.
    pub fn of(case: &Case) -> Option<Setup> {
        let mut setup = Setup::Usual;
        for need in &case.header.needs {
            match need {
                Need::Capability(word) if USUAL.contains(&word.as_str()) => {}
                Need::Capability(word) => setup = Setup::named(word)?,
                Need::Longer(..) | Need::Case(_) => {}
            }
        }
        Some(setup)
    }

    /// Finds the one that a word of `needs` asks for.
    pub fn named(word: &str) -> Option<Setup> {
        SETUPS.iter().find(|(known, _)| *known == word).map(|(_, setup)| *setup)
    }

    /// Gives the word that asks for it; the usual one needs none.
    pub fn name(self) -> &'static str {
        SETUPS.iter().find(|(_, known)| *known == self).map_or("usual", |(word, _)| word)
    }

    fn limits(self) -> Limits {
        let usual = Limits::default();
        match self {
            Setup::TwoSessions => Limits { max_sessions: 2, ..usual },
            Setup::TwoHandshakes => Limits { handshake_rate: 2, ..usual },
            Setup::ThreeConnections => Limits { max_connections: 3, ..usual },
            Setup::LittleRoom => Limits { max_incomplete: 1_000_000, ..usual },
            Setup::Usual
            | Setup::Listed
            | Setup::PollingOnly
            | Setup::Token
            | Setup::Static
            | Setup::Recovery => usual,
        }
    }

    fn site(self, app: &'static str) -> Site {
        let cors = match self {
            Setup::Listed => Cors::List(vec![Origin::parse(LISTED).expect("browsers send such an origin")]),
            _ => Cors::Any,
        };
        let token = (self == Setup::Token).then(|| Token::new(TOKEN).expect("it is a secret"));
        let transports = Transports { polling: true, websocket: self != Setup::PollingOnly };
        let front = if self == Setup::Static { front_end() } else { page(app, transports) };
        Site { path: PATH.to_owned(), cors, transports, token, front }
    }
}

/// The origin that a server with `cors-list` permits.
pub const LISTED: &str = "http://allowed.example";

/// What a server of ours has that is set up as usual; the last two are the application's.
const USUAL: [&str; 5] = ["cors", "page", "rooms", "disconnect", "refusal-data"];

/// Where our server has Socket.IO.
const PATH: &str = "/socket.io/";

/// The front end of a server with `static`: what a build makes, and a file where none is ever served. Behind them comes
/// a script that no one write takes.
const FRONT_END: [(&str, &str); 5] = [
    (
        "/index.html",
        "<!doctype html>\n<title>front end</title>\n<script src=\"/assets/index-B4xk9ZqT.js\"></script>\n",
    ),
    ("/docs/index.html", "<!doctype html>\n<title>docs</title>\n"),
    ("/a b/é.txt", "é\n"),
    ("/dot.png", "\u{89}PNG"),
    ("/socket.io/index.html", "<!doctype html>\n<title>never served</title>\n"),
];

/// What the clients of a server with `token` must show.
pub const TOKEN: &str = "open sesame";

/// How long a socket may be away, where it may come back at all.
pub const WINDOW: Duration = Duration::from_secs(2);

const SETUPS: [(&str, Setup); 9] = [
    ("cors-list", Setup::Listed),
    ("no-upgrade", Setup::PollingOnly),
    ("token", Setup::Token),
    ("two-sessions", Setup::TwoSessions),
    ("two-handshakes", Setup::TwoHandshakes),
    ("three-connections", Setup::ThreeConnections),
    ("little-room", Setup::LittleRoom),
    ("static", Setup::Static),
    (RECOVERY, Setup::Recovery),
];

/// The page is the same for every server of one application, and is made once.
fn page(app: &'static str, transports: Transports) -> Front {
    static PAGES: Mutex<BTreeMap<(&str, bool), Front>> = Mutex::new(BTreeMap::new());
    let mut pages = PAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let front =
        pages.entry((app, transports.websocket)).or_insert_with(|| Front::page(PATH, app, transports));
    front.clone()
}

fn front_end() -> Front {
    static FILES: LazyLock<Arc<Files>> = LazyLock::new(|| {
        let script = "// A line that gzip makes shorter.......\n".repeat(2_000) + "// the end\n";
        let files = FRONT_END.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        let files = files.chain([("/assets/index-B4xk9ZqT.js".to_owned(), script)]);
        Arc::new(files.map(|(path, text)| (path, text.into_bytes())).collect())
    });
    Front::Static(FILES.clone())
}

/// The configuration that keeps a contract.
pub fn config(profile: Profile, pace: Pace) -> Config {
    config_as(profile, pace, Setup::Usual)
}

/// The same, set up as a case needs it.
pub fn config_as(profile: Profile, pace: Pace, setup: Setup) -> Config {
    let (name, app) = match profile {
        Profile::EngineEcho => ("engine-echo", AppConfig::EngineEcho),
        Profile::Chat => {
            let doors =
                vec![Door::parse("/kit-*").expect("a pattern"), Door::parse("/exact").expect("a name")];
            let (room, rate) = (ChatConfig::default(), Rate::default());
            ("chat", AppConfig::Chat { room, doors, max_namespaces: 1_000, rate })
        }
        Profile::Plus => ("plus", AppConfig::Plus),
        Profile::Recovery => ("recovery", AppConfig::Recovery),
        Profile::Core | Profile::Echo => ("echo", AppConfig::Echo),
    };
    let times = intervals(pace);
    let site = setup.site(name);
    let session = engine_io::Config {
        ping_interval: times.ping_interval,
        ping_timeout: times.ping_timeout,
        upgrade_timeout: times.upgrade_timeout,
        upgrades: site.transports.websocket,
        ..engine_io::Config::default()
    };
    let terms = Terms { connect_timeout: times.connect_timeout, ..Terms::default() };
    let limits = setup.limits();
    let recovery = (profile == Profile::Recovery || setup == Setup::Recovery).then_some(WINDOW);
    Config {
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        tls: None,
        admin: None,
        site,
        limits,
        drain: Duration::from_secs(1),
        deadlines: Deadlines::default(),
        session,
        terms,
        store: StoreConfig::Memory,
        recovery,
        app,
        trace: None,
    }
}

/// What the kit is told of such a server.
pub fn setting(config: &Config, pace: Pace) -> Setting {
    let has = [
        ("cors", config.site.cors == Cors::Any),
        ("cors-list", config.site.cors != Cors::Any),
        ("no-upgrade", !config.site.transports.websocket),
        ("token", config.site.token.is_some()),
        ("two-sessions", config.limits.max_sessions == 2),
        ("two-handshakes", config.limits.handshake_rate == 2),
        ("three-connections", config.limits.max_connections == 3),
        ("little-room", config.limits.max_incomplete == 1_000_000),
        ("page", matches!(config.site.front, Front::Page(_))),
        ("static", matches!(config.site.front, Front::Static(_))),
        (RECOVERY, matches!(config.app, AppConfig::Chat { .. }) && config.recovery.is_some()),
        ("disconnect", matches!(config.app, AppConfig::Plus)),
        ("refusal-data", matches!(config.app, AppConfig::Plus)),
    ];
    Setting {
        path: config.site.path.clone(),
        intervals: intervals(pace),
        max_payload: config.session.max_payload,
        profiles: Profile::NAMES.iter().map(|(_, profile)| *profile).collect(),
        capabilities: has.iter().filter(|(_, has)| *has).map(|(word, _)| (*word).to_owned()).collect(),
        rooms: Rooms::Named("/kit-*".to_owned()),
        // In virtual time an hour is short; over TCP the tests choose for themselves.
        budget: Duration::from_secs(3_600),
        ..Setting::default()
    }
}

/// Gives the address of a server in this process, which is started when it is first asked for.
pub fn serve(profile: Profile, pace: Pace, setup: Setup) -> (Config, SocketAddr) {
    static SERVERS: Servers = Mutex::new(BTreeMap::new());
    find(&SERVERS, (profile, pace, setup), config_as(profile, pace, setup))
}

/// The same over TLS, with a certificate for `localhost` that nobody vouches for; both need the feature `tls`.
pub fn serve_tls(profile: Profile, pace: Pace, setup: Setup) -> (Config, SocketAddr) {
    static SERVERS: Servers = Mutex::new(BTreeMap::new());
    let pem = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/localhost.pem");
    let tls = Tls::from_files(&pem, &pem).expect("the certificate and its key are in one file");
    let config = Config { tls: Some(tls), ..config_as(profile, pace, setup) };
    find(&SERVERS, (profile, pace, setup), config)
}

/// The servers of this process, by what makes one differ from another.
type Servers = Mutex<BTreeMap<(Profile, Pace, Setup), SocketAddr>>;

fn find(servers: &Servers, which: (Profile, Pace, Setup), config: Config) -> (Config, SocketAddr) {
    let mut servers = servers.lock().unwrap_or_else(PoisonError::into_inner);
    let address = *servers.entry(which).or_insert_with(|| start(config.clone()).address);
    (config, address)
}

/// A server in this process.
pub struct Running {
    /// Where it serves.
    pub address: SocketAddr,
    /// Where its metrics and its health can be read.
    pub admin: Option<SocketAddr>,
    end: oneshot::Sender<()>,
}

impl Running {
    /// Tells the server to end.
    pub fn end(self) {
        // One that is gone has ended.
        let _ = self.end.send(());
    }
}

/// Starts a server, which runs until it is told to end, or for as long as the process.
pub fn start(config: Config) -> Running {
    let (tell, told) = mpsc::channel();
    let (end, ended) = oneshot::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(async {
            let server = Server::bind(config).expect("a free port can be had");
            let address = server.local_addr().expect("a listener has an address");
            let admin = server.admin_addr().expect("a listener has an address");
            // Whoever asked waits for it.
            let _ = tell.send((address, admin));
            let ended = async {
                if ended.await.is_err() {
                    pending::<()>().await;
                }
            };
            server.run(ended, pending()).await.expect("this machine has threads");
        });
    });
    let (address, admin) = told.recv().expect("the server says where it listens");
    Running { address, admin, end }
}

fn intervals(pace: Pace) -> Intervals {
    let ms = Duration::from_millis;
    let (beat, others) = match pace {
        Pace::Fast => (ms(1_000), ms(3_000)),
        Pace::Slow => (ms(2_000), ms(4_500)),
    };
    Intervals {
        ping_interval: beat,
        ping_timeout: beat,
        connect_timeout: others,
        upgrade_timeout: others,
        tolerance: ms(250),
        patience: ms(3_000),
        scale: 1.0,
    }
}
