//! The referee: installs the peers, lets each run each scenario, shows the tables.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use wire42_bench::args::Args;
use wire42_bench::machine::Machine;
use wire42_bench::outcome::Outcome;
use wire42_bench::peer::{Peer, Place};
use wire42_bench::report::{report, splice};
use wire42_bench::results::{Entrant, LeftOut, Results};
use wire42_bench::scenario::{Scenario, Stage};
use wire42_bench::server::Server;

fn main() -> ExitCode {
    match measure_and_show(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_and_show(args: &Args) -> io::Result<()> {
    let root = root();
    let readme = root.join("README.md");
    if args.readme {
        // Better now than after an hour.
        splice(&fs::read_to_string(&readme)?, "")?;
    }
    let results = match &args.from {
        Some(file) => Results::read(file)?,
        None => measure(args, &root)?,
    };
    let report = report(&results);
    println!("\n{report}");
    if results.quick && !results.failures().is_empty() {
        return Err(io::Error::other(format!(
            "this was to see that all works: {}",
            results.failures().join(", ")
        )));
    }
    if args.readme && results.quick {
        return Err(io::Error::other("figures of small sizes do not go into the README"));
    }
    if args.readme {
        fs::write(&readme, splice(&fs::read_to_string(&readme)?, &report)?)?;
    }
    Ok(())
}

fn measure(args: &Args, root: &Path) -> io::Result<Results> {
    let place = place(args, root)?;
    let json = args.again.as_ref().or(args.json.as_ref());
    let json = json.cloned().unwrap_or_else(|| root.join("target/bench/results.json"));
    let logs = root.join("target/bench/logs");
    fs::create_dir_all(&logs)?;
    fs::create_dir_all(json.parent().unwrap_or(Path::new(".")))?;
    Server::end_with_us()?;

    let (peers, mut results) = install(args, &place);
    results.runs = vec![BTreeMap::new(); args.runs as usize];
    if let Some(file) = &args.again {
        let again: Vec<String> = args.scenarios().iter().map(|scenario| scenario.name()).collect();
        results = results.beside(Results::read(file)?, &again)?;
    }
    for run in 1..=args.runs {
        for &scenario in args.scenarios() {
            for &peer in peers.iter().filter(|peer| scenario.suits(peer)) {
                eprint!("run {run} of {}, {}, {} … ", args.runs, scenario.name(), peer.name);
                let log = logs.join(format!("{}-{}.log", scenario.name(), peer.name));
                let outcome = scenario.run(Stage { peer, place: &place, log: &log, quick: args.quick });
                let outcome = outcome.unwrap_or_else(|error| Outcome::failed(&error.to_string()));
                eprintln!("{}", in_short(scenario, &outcome));
                results.runs[run as usize - 1]
                    .entry(scenario.name())
                    .or_default()
                    .insert(peer.name.to_owned(), outcome);
                // What is measured is kept even if the next peer never ends.
                results.write(&json)?;
            }
        }
    }
    Ok(results)
}

/// Installs who is missing; who cannot be installed is left out.
fn install(args: &Args, place: &Place) -> (Vec<&'static Peer>, Results) {
    let (mut installed, mut peers, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for peer in args.peers() {
        match peer.install(place) {
            Ok(version) => {
                installed.push(peer);
                peers.push(Entrant { name: peer.name.to_owned(), version });
            }
            Err(error) => {
                eprintln!("{} is left out: {error}", peer.name);
                left_out.push(LeftOut { name: peer.name.to_owned(), reason: error.to_string() });
            }
        }
    }
    let date = humantime::format_rfc3339(SystemTime::now()).to_string();
    let date = date.chars().take("2026-01-31".len()).collect();
    (
        installed,
        Results { date, quick: args.quick, machine: Machine::here(), peers, left_out, runs: Vec::new() },
    )
}

/// The figures of a line that says how far it has come.
fn in_short(scenario: Scenario, outcome: &Outcome) -> String {
    let columns = scenario.columns();
    // Of many rows, what the scenario is about.
    let columns = if scenario.rows().len() > 1 { &columns[..1] } else { columns };
    let cells = scenario.rows().iter().flat_map(|row| columns.iter().map(move |column| (row, column)));
    let figures = cells.filter_map(|(row, column)| {
        let value = outcome.figures.get(&column.key_in(*row))?;
        Some(format!("{} {value:.*}", [column.heading, row.label].join(" ").trim_end(), column.digits))
    });
    figures.chain(outcome.notes.iter().cloned()).collect::<Vec<_>>().join("; ")
}

fn place(args: &Args, root: &Path) -> io::Result<Place> {
    let build = args.build.clone().unwrap_or_else(|| root.join("target"));
    let build = std::path::absolute(build)?;
    let wire42 = args.server_bin.clone().unwrap_or_else(|| build.join("release/wire42"));
    let wire42_sqlite = args.sqlite_bin.clone().unwrap_or_else(|| build.join("sqlite/release/wire42"));
    Ok(Place {
        protocol_tests: root.join("protocol-tests"),
        wire42: std::path::absolute(wire42)?,
        wire42_sqlite: std::path::absolute(wire42_sqlite)?,
        // It is built along with this program.
        floor: std::env::current_exe()?.with_file_name("floor"),
        build,
    })
}

/// This program measures the checkout it was built from.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
