//! The command line: flags become a configuration, and that a server.
//!
//! Standard output gets one line, with the address that was really taken; the log goes to standard error.

mod cli;

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::time::Duration;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use wire42::net::{Config, Server};

use cli::Invocation;

fn main() -> ExitCode {
    match cli::read(std::env::args_os()) {
        Ok(Invocation::Text(text)) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Invocation::Serve(config)) => match start_log().and_then(|()| serve(*config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(stop) => stop.report(),
        },
        Err(sentence) => Stop::Usage(sentence).report(),
    }
}

/// Why the process ends with a failure.
enum Stop {
    /// A setting makes no sense: status 2.
    Usage(String),
    /// The machine does not let us: status 1.
    Failed(String),
}

impl Stop {
    fn report(self) -> ExitCode {
        let (sentence, status) = match self {
            Stop::Usage(sentence) => (sentence, 2),
            Stop::Failed(sentence) => (sentence, 1),
        };
        eprintln!("{}", sentence.trim_end());
        ExitCode::from(status)
    }
}

/// Logs to standard error what `RUST_LOG` asks for: `level` or `target=level`, with commas between.
fn start_log() -> Result<(), Stop> {
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    let targets: Targets =
        wanted.parse().map_err(|error| Stop::Usage(format!("wire42: RUST_LOG={wanted}: {error}")))?;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    tracing_subscriber::registry().with(targets).with(lines).init();
    Ok(())
}

fn serve(config: Config) -> Result<(), Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::Failed(format!("wire42: cannot start: {error}")))?;
    let result = runtime.block_on(async {
        let (host, port) = (config.host, config.port);
        let (app, path) = (cli::app_name(&config.app), config.site.path.clone());
        let server = Server::bind(config).map_err(|error| {
            Stop::Failed(format!("wire42: cannot listen on {host}, port {port}: {error}"))
        })?;
        let address = server.local_addr().map_err(|error| Stop::Failed(format!("wire42: {error}")))?;
        println!("wire42: {app} on http://{address}{path}");
        server.run(asked_to_end()).await;
        Ok(())
    });
    runtime.shutdown_timeout(CUT_OFF);
    result
}

/// Completes at Ctrl-C, and where there is such a thing at SIGTERM.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without signals there is nothing to wait for but the end of the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Connections that nobody waits for end here.
const CUT_OFF: Duration = Duration::from_millis(100);
