//! From the words on the command line to a configuration that makes sense, or to one sentence that says why not.

mod check;
mod explain;
mod flags;
#[cfg_attr(not(feature = "sqlite"), path = "no_sqlite.rs")]
mod history;
mod memory;
mod picture;
mod units;

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};
use wire42::net::{AppConfig, Config, Whom};

pub(crate) use explain::{Explain, Outcome};
use flags::{Cli, Command};
pub(crate) use history::History;

/// What the words ask for.
pub(crate) enum Invocation {
    /// To read something.
    Text(String),
    /// To serve, with a trace of those clients.
    Serve(Box<Config>, Option<Whom>),
    /// To explain.
    Explain(Explain),
    /// To read a history, or to write one.
    History(History),
}

/// Reads the command line; an error is one sentence.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Invocation, String> {
    let matches = match Cli::command().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Err(one_line(&error)),
        Err(text) => return Ok(Invocation::Text(text.to_string())),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| one_line(&error))?;
    let (flags, given) = match cli.command {
        Some(Command::Explain(explain)) => return Ok(Invocation::Explain(explain)),
        Some(Command::History(history)) => return history.check().map(|()| Invocation::History(history)),
        Some(Command::Serve(flags)) => (flags, matches.subcommand_matches("serve").unwrap_or(&matches)),
        None => (cli.serve, &matches),
    };
    let (short, long) = (flags.short_help, flags.help);
    let config = check::config(&flags, given)?;
    if long {
        let help = Cli::command().after_long_help(memory::worst_case(&config)).render_long_help();
        return Ok(Invocation::Text(help.to_string()));
    }
    if short {
        return Ok(Invocation::Text(Cli::command().render_help().to_string()));
    }
    Ok(Invocation::Serve(Box::new(config), flags.trace))
}

/// Takes the first paragraph of clap's error: the others repeat the usage.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let sentence: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    sentence.join(" ").trim_start_matches("error: ").to_owned()
}

/// Gives the name under which an application is asked for.
pub(crate) fn app_name(app: &AppConfig) -> &'static str {
    match app {
        AppConfig::Chat { .. } => "chat",
        AppConfig::Echo => "echo",
        AppConfig::Plus => "plus",
        AppConfig::Recovery => "recovery",
        AppConfig::EngineEcho => "engine-echo",
    }
}

#[cfg(test)]
mod tests {
    use wire42::net::Front;

    use super::*;

    fn run(words: &str) -> Result<Invocation, String> {
        read(std::iter::once("wire42").chain(words.split_whitespace()).map(OsString::from))
    }

    fn config(words: &str) -> Config {
        match run(words) {
            Ok(Invocation::Serve(config, _)) => *config,
            Ok(Invocation::Text(text)) => panic!("{words}: {text}"),
            Ok(Invocation::Explain(_) | Invocation::History(_)) => panic!("{words} serves nobody"),
            Err(sentence) => panic!("{words}: {sentence}"),
        }
    }

    fn text(words: &str) -> String {
        match run(words) {
            Ok(Invocation::Text(text)) => text,
            Ok(Invocation::Serve(..) | Invocation::Explain(_) | Invocation::History(_)) => {
                panic!("{words} has no text")
            }
            Err(sentence) => panic!("{words}: {sentence}"),
        }
    }

    #[test]
    fn the_defaults_are_those_of_the_original() {
        let config = config("");
        assert_eq!(config.port, 3030);
        assert_eq!(config.site.path, "/socket.io/");
        assert_eq!(config.session.ping_interval.as_secs(), 25);
        assert_eq!(config.session.max_payload, 1_000_000);
    }

    #[test]
    fn metrics_are_off_unless_they_have_an_address() {
        assert_eq!(config("").admin, None);
        assert_eq!(config("--admin 127.0.0.1:9030").admin, Some(([127, 0, 0, 1], 9030).into()));
    }

    #[test]
    fn nobody_is_traced_unless_it_is_asked_for() {
        let traced = |words: &str| match run(words) {
            Ok(Invocation::Serve(_, whom)) => whom,
            _ => panic!("{words} does not serve"),
        };
        assert_eq!(traced(""), None);
        assert_eq!([traced("--trace"), traced("serve --trace --port 1")], [Some(Whom::All); 2]);
        assert_eq!(traced("--trace=3"), std::num::NonZeroU64::new(3).map(Whom::One));
    }

    #[test]
    fn the_page_is_there_unless_something_else_is_wanted() {
        assert!(matches!(config("").site.front, Front::Page(_)));
        for words in ["--static src/net/page", "--static src/net/page --no-page"] {
            assert!(matches!(config(words).site.front, Front::Static(_)), "{words}");
        }
        for words in ["--no-page", "--path /", "--no-page --path /page/"] {
            assert!(matches!(config(words).site.front, Front::Nothing), "{words}");
        }
    }

    #[test]
    fn serve_may_be_left_out() {
        assert_eq!(config("serve --port 1").port, config("--port 1").port);
    }

    #[test]
    fn what_makes_no_sense_is_refused_in_one_line() {
        let nonsense = [
            "--ping-interval 0s",
            "--ping-interval 25",
            "--path socket.io/",
            "--path /socket.io",
            "--allow-origin http://a/b",
            "--allow-origin * --allow-origin http://a",
            "--app echo --history 5",
            "--app echo --rate 5",
            "--app echo --raw-snippets",
            "--store",
            "--store paper",
            "--store sqlite",
            "--store sqlite:",
            "--recovery 2",
            "--app echo --store memory",
            "--app echo --recovery 2m",
            "--rate 0",
            "--rate 1000001",
            "--rate-burst 0",
            "--app chat --namespace team",
            "--history-bytes 1000",
            "--history 0",
            "--utc-offset 5",
            "--transports smoke",
            "--max-unsent 10",
            "--max-payload 0",
            "--tls-cert a.pem",
            "--tls-key a.pem",
            "--tls-cert nowhere.pem --tls-key nowhere.pem",
            "--max-event 999999",
            "--namespace /a* --max-namespaces 0",
            "--input-bytes 3074457345618258603",
            "--admin 9030",
            "--trace=0",
            "--trace=",
            "--trace=john",
            "--trace 3",
            "--admin localhost:9030",
            "--max-sessions 0",
            "--handshake-rate 0",
            "--token=",
            "--static nowhere",
            "--static /dev/null",
            "--static src",
            "--static src/net/page --path /",
            "--path /page/",
            "history",
            "history --import --export chat.db",
            "history --import --last 1 chat.db",
            "--nope",
            "help",
        ];
        for words in nonsense {
            let sentence = run(words).err().unwrap_or_else(|| panic!("{words} is taken"));
            assert_eq!(sentence.lines().count(), 1, "{words}: {sentence}");
        }
    }

    #[test]
    fn the_short_help_fits_a_screen() {
        let help = text("-h");
        assert!(help.lines().count() <= 40 && help.lines().all(|line| line.len() <= 100), "{help}");
    }

    #[test]
    fn the_long_help_computes_the_worst_case_from_the_settings() {
        assert!(text("--help").contains("worst case"));
        for words in ["--history-bytes 9000000 --help", "--recovery 2m --help"] {
            assert_ne!(text("--help"), text(words), "{words}");
        }
    }
}
