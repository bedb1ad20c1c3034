//! Whether the flags make sense together.

use std::sync::Arc;
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;
use wire42::app::ChatConfig;
use wire42::bucket::Rate;
use wire42::client::Terms;
use wire42::engine_io::{self, Transports};
use wire42::hub::{Door, Token};
use wire42::net::http::{Cors, Deadlines, Origin};
use wire42::net::{AppConfig, Config, Files, Front, Limits, Site, StoreConfig, Tls};

use super::app_name;
use super::flags::{AppName, Serve, TransportName};

/// Makes a configuration, or one sentence on why there is none.
pub(super) fn config(flags: &Serve, given: &ArgMatches) -> Result<Config, String> {
    let transports = Transports {
        polling: flags.transports.contains(&TransportName::Polling),
        websocket: flags.transports.contains(&TransportName::Websocket),
    };
    if flags.max_payload == 0 {
        return Err("--max-payload 0 would refuse everything".to_owned());
    }
    if flags.max_unsent < flags.max_payload.saturating_add(ROOM_BESIDE) {
        return Err(format!(
            "--max-unsent must hold one message of --max-payload, and {ROOM_BESIDE} bytes beside"
        ));
    }
    if flags.max_event < flags.max_payload {
        return Err("--max-event must hold one message of --max-payload".to_owned());
    }
    let session = engine_io::Config {
        upgrades: transports.websocket,
        ping_interval: flags.ping_interval,
        ping_timeout: flags.ping_timeout,
        upgrade_timeout: flags.upgrade_timeout,
        max_payload: flags.max_payload,
        max_unsent: flags.max_unsent,
    };
    let (path, app) = (path(&flags.path)?, app(flags, given)?);
    Ok(Config {
        host: flags.host,
        port: flags.port,
        tls: tls(flags)?,
        admin: flags.admin,
        site: Site {
            front: front(flags, &path, &app, transports)?,
            path,
            cors: cors(&flags.allow_origin)?,
            transports,
            token: token(flags)?,
        },
        limits: limits(flags)?,
        drain: flags.drain,
        deadlines: Deadlines { head: flags.head_timeout, body: flags.body_timeout },
        session,
        terms: Terms { connect_timeout: flags.connect_timeout, max_event: flags.max_event },
        store: StoreConfig::parse(&flags.store)
            .map_err(|error| format!("--store {}: {error}", flags.store))?,
        recovery: recovery(flags, &app)?,
        app,
        trace: None,
    })
}

/// Where Socket.IO's path is everything, nothing else can be asked for.
fn front(flags: &Serve, path: &str, app: &AppConfig, transports: Transports) -> Result<Front, String> {
    if let Some(directory) = &flags.static_files {
        if path == "/" {
            return Err("--static is beside --path, and --path / leaves nothing beside it".to_owned());
        }
        return Ok(Front::Static(Arc::new(Files::read(directory)?)));
    }
    if flags.no_page || path == "/" {
        return Ok(Front::Nothing);
    }
    if path == "/page/" {
        return Err("--path /page/ is where the page has its files: choose another, or --no-page".to_owned());
    }
    Ok(Front::page(path, app_name(app), transports))
}

fn tls(flags: &Serve) -> Result<Option<Tls>, String> {
    let files = flags.tls_cert.as_deref().zip(flags.tls_key.as_deref());
    files.map(|(certificate, key)| Tls::from_files(certificate, key)).transpose()
}

fn path(path: &str) -> Result<String, String> {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#');
    if path.starts_with('/') && path.ends_with('/') && is_plain {
        return Ok(path.to_owned());
    }
    Err(format!("--path {path}: a path begins and ends with a slash and has no space, ? or #"))
}

fn cors(origins: &[String]) -> Result<Cors, String> {
    if origins == ["*"] {
        return Ok(Cors::Any);
    }
    if origins.iter().any(|origin| origin == "*") {
        return Err("--allow-origin '*' allows every origin and stands alone".to_owned());
    }
    let origins = origins
        .iter()
        .map(|origin| Origin::parse(origin).map_err(|error| format!("--allow-origin: {error}")));
    origins.collect::<Result<_, _>>().map(Cors::List)
}

/// The token itself is in no sentence.
fn token(flags: &Serve) -> Result<Option<Token>, String> {
    let token = flags.token.as_deref().map(Token::new).transpose();
    token.map_err(|error| format!("--token (or WIRE42_TOKEN): {error}"))
}

fn limits(flags: &Serve) -> Result<Limits, String> {
    let Serve { max_connections, max_sessions, handshake_rate, max_incomplete, max_payload, .. } = *flags;
    for (flag, limit) in [
        ("max-connections", max_connections),
        ("max-sessions", max_sessions),
        ("handshake-rate", handshake_rate as usize),
    ] {
        if limit == 0 {
            return Err(format!("--{flag} 0 would keep everyone out"));
        }
    }
    if max_incomplete < max_payload {
        return Err("--max-incomplete must hold one message of --max-payload".to_owned());
    }
    Ok(Limits { max_connections, max_sessions, handshake_rate, max_incomplete })
}

fn app(flags: &Serve, given: &ArgMatches) -> Result<AppConfig, String> {
    let other = match flags.app {
        AppName::Chat => return chat(flags),
        AppName::Echo => AppConfig::Echo,
        AppName::Plus => AppConfig::Plus,
        AppName::Recovery => AppConfig::Recovery,
        AppName::EngineEcho => AppConfig::EngineEcho,
    };
    let is_given = |flag: &&&str| given.value_source(flag) == Some(ValueSource::CommandLine);
    match CHAT_FLAGS.iter().find(is_given) {
        Some(flag) => Err(format!("--{} is for --app chat", flag.replace('_', "-"))),
        None => Ok(other),
    }
}

fn recovery(flags: &Serve, app: &AppConfig) -> Result<Option<Duration>, String> {
    match app {
        AppConfig::Chat { .. } => Ok(flags.recovery),
        // Reference: two minutes.
        AppConfig::Recovery => Ok(flags.recovery.or(Some(Duration::from_secs(120)))),
        AppConfig::Echo | AppConfig::Plus | AppConfig::EngineEcho => match flags.recovery {
            None => Ok(None),
            Some(_) => Err("--recovery is for --app chat and --app recovery".to_owned()),
        },
    }
}

fn chat(flags: &Serve) -> Result<AppConfig, String> {
    let doors: Vec<Door> = flags.namespace.iter().map(|name| Door::parse(name)).collect::<Result<_, _>>()?;
    if flags.max_namespaces == 0 && doors.iter().any(Door::is_pattern) {
        return Err("--max-namespaces 0 would keep everyone out of the patterns of --namespace".to_owned());
    }
    let room = ChatConfig {
        name_bytes: flags.name_bytes,
        input_bytes: flags.input_bytes,
        history: flags.history,
        history_bytes: flags.history_bytes,
        raw_snippets: flags.raw_snippets,
        utc_offset: flags.utc_offset,
    };
    if room.history == 0 {
        return Err("--history 0 would forget every message before it is sent".to_owned());
    }
    if room.largest_entry() > room.history_bytes {
        return Err(format!(
            "--history-bytes {} cannot hold one message of --name-bytes {} and --input-bytes {}, which may take {} as JSON",
            room.history_bytes,
            room.name_bytes,
            room.input_bytes,
            room.largest_entry()
        ));
    }
    let rate = Rate { per_second: flags.rate, burst: flags.rate_burst };
    Ok(AppConfig::Chat { room, doors, max_namespaces: flags.max_namespaces, rate })
}

/// Room for a heartbeat and an answer or two beside the largest message.
const ROOM_BESIDE: usize = 4096;

/// The flags that mean nothing to another application.
const CHAT_FLAGS: [&str; 11] = [
    "store",
    "namespace",
    "max_namespaces",
    "history",
    "history_bytes",
    "name_bytes",
    "input_bytes",
    "rate",
    "rate_burst",
    "raw_snippets",
    "utc_offset",
];
