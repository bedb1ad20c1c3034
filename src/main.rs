//! The command line: flags become a configuration, and that a server.
//!
//! Standard output gets one line, with the address that was really taken; the log, and the trace if there is one, go to standard
//! error.

mod cli;
mod descriptors;
mod lines;
mod log;
mod signals;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use wire42::net::{Config, Note, Server, Trace, Whom};

use cli::{Invocation, Outcome};
use lines::{Kind, Lines};
use log::Log;

fn main() -> ExitCode {
    let result = match cli::read(std::env::args_os()) {
        Ok(Invocation::Text(text)) => {
            print(&text);
            Ok(())
        }
        Ok(Invocation::Explain(explain)) => match explain.run() {
            Ok(Outcome::InOrder) => Ok(()),
            Ok(Outcome::Broken) => return ExitCode::FAILURE,
            Err(sentence) => Err(Stop::Usage(sentence)),
        },
        Ok(Invocation::History(history)) => history.run().map_err(Stop::Failed),
        Ok(Invocation::Serve(config, whom)) => Log::start().map_err(Stop::Usage).and_then(|log| {
            let (trace, traced) = whom.map(trace).unzip();
            let result = serve(Config { trace, ..*config });
            traced.into_iter().for_each(Lines::finish);
            log.finish();
            result
        }),
        Err(sentence) => Err(Stop::Usage(sentence)),
    };
    let (sentence, status) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Stop::Usage(sentence)) => (sentence, 2),
        Err(Stop::Failed(sentence)) => (sentence, 1),
    };
    // If nobody reads it, the status still tells.
    let _ = writeln!(io::stderr(), "wire42: {sentence}");
    ExitCode::from(status)
}

/// Why the process ends with a failure.
enum Stop {
    /// A setting makes no sense: status 2.
    Usage(String),
    /// The machine does not let us: status 1.
    Failed(String),
}

/// Begins to write what is seen of these clients to standard error: standard output has its one line.
fn trace(whom: Whom) -> (Trace, Lines<Note<'static>>) {
    let text = |note: Note<'static>| note.line().into_bytes();
    let lines = Lines::start(Kind { name: "trace", most: TRACED, text }, io::stderr());
    let writer = lines.clone();
    (Trace::new(whom, move |note| writer.push(note.bytes(), || note.keep())), lines)
}

fn serve(mut config: Config) -> Result<(), Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::Failed(format!("cannot start: {error}")))?;
    let result = runtime.block_on(async {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let (app, path) = (cli::app_name(&config.app), config.site.path.clone());
        config.limits.max_connections = descriptors::provide(config.limits.max_connections);
        let server = Server::bind(config).map_err(|error| Stop::Failed(error.to_string()))?;
        let address = server.local_addr().map_err(|error| Stop::Failed(error.to_string()))?;
        // Before the line is printed: whoever waits for it may send a signal at once.
        let no_signals = |error| Stop::Failed(format!("cannot wait for signals: {error}"));
        let (drain, end) = (signals::drain().map_err(no_signals)?, signals::end().map_err(no_signals)?);
        print(&format!("wire42: {app} on {scheme}://{address}{path}"));
        server.run(drain, end).await.map_err(|error| Stop::Failed(format!("cannot start: {error}")))
    });
    runtime.shutdown_timeout(CUT_OFF);
    result
}

/// Prints to whoever reads; a server does not end because nobody does.
fn print(text: &str) {
    let mut out = io::stdout();
    let _ = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
}

/// Lines of the trace that may wait to be written: a message to a thousand clients, and what they say meanwhile.
const TRACED: usize = 4096;

/// Connections that nobody waits for end here.
const CUT_OFF: Duration = Duration::from_millis(100);
