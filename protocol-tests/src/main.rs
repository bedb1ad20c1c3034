//! The command `protocol-tests`.

mod args;
mod help;
mod progress;
mod run;
mod simulate;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use protocol_tests::codec;
use protocol_tests::differential;
use protocol_tests::export;
use protocol_tests::fault::Fault;
use protocol_tests::glob;
use protocol_tests::lint::lint;
use protocol_tests::report::matrix;
use protocol_tests::suite::Suite;
use protocol_tests::trial::{BAD_FIXTURE, HOLDS, NOTHING_RAN};

use crate::args::{Args, CodecArgs, Command, DifferentialArgs, Filter};

fn main() -> ExitCode {
    let args = Args::parse();
    let (suite, mut faults) = match &args.fixtures {
        Some(directory) => Suite::load(directory),
        None => Suite::embedded(),
    };
    // Before anything is played: what a step refers to and nothing has bound is no server's fault.
    if args.fixtures.is_some() || matches!(args.command, Command::Lint) {
        faults.extend(lint(&suite));
    }
    ExitCode::from(obey(&args, &suite, &faults))
}

fn obey(args: &Args, suite: &Suite, faults: &[Fault]) -> u8 {
    faults.iter().for_each(|fault| eprintln!("{fault}"));
    if let Command::Lint = args.command {
        let counts = (suite.cases().count(), suite.runs().len(), suite.vectors().count());
        say(&format!("{} cases, {} runs, {} vectors, {} faults", counts.0, counts.1, counts.2, faults.len()));
    }
    if !faults.is_empty() {
        return BAD_FIXTURE;
    }
    match &args.command {
        Command::Lint => HOLDS,
        Command::List(filter) => list(suite, filter),
        Command::Show { id } => show(suite, id),
        Command::Run(args) => run::run(suite, args),
        Command::Core(args) => run::core(suite, args),
        Command::Simulate(args) => simulate::run(args),
        Command::Doctor { place, times } => run::doctor(suite, place, times),
        Command::Codec(args) => judge_codec(suite, args),
        Command::Differential(args) => compare_codecs(suite, args),
        Command::Matrix { results, notes, output } => {
            written(matrix::write(results, notes.as_deref(), output))
        }
        Command::Export { output: None } => {
            say(export::document(suite, &root(args)).trim_end());
            HOLDS
        }
        Command::Export { output: Some(directory) } => {
            let files = export::write(suite, &root(args), directory);
            written(files.map_err(|error| format!("{}: {error}", directory.display())))
        }
    }
}

/// Prints a line; whoever closes the pipe has read enough.
fn say(line: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

fn written(files: Result<Vec<PathBuf>, String>) -> u8 {
    match files {
        Ok(files) => {
            files.iter().for_each(|file| say(&file.display().to_string()));
            HOLDS
        }
        Err(why) => {
            eprintln!("error: {why}");
            BAD_FIXTURE
        }
    }
}

/// What the names of the chapters' files begin with.
fn root(args: &Args) -> PathBuf {
    args.fixtures.clone().unwrap_or_else(|| PathBuf::from("fixtures"))
}

fn list(suite: &Suite, filter: &Filter) -> u8 {
    for run in suite.runs().iter().filter(|run| filter.selects(run)) {
        let header = &run.case.header;
        let also = header.aliases.iter().map(|id| format!("  also {id}")).collect::<String>();
        let (level, profile) = (header.level.name(), header.profile.name());
        say(&format!("{:<56} {level:<9} {profile:<11} {}{also}", run.id(), run.case.sentence));
    }
    HOLDS
}

/// Prints the cases whose ids have this shape, as they stand in their chapters.
fn show(suite: &Suite, id: &str) -> u8 {
    let mut code = NOTHING_RAN;
    for chapter in &suite.chapters {
        let fits = |known: &str| glob::matches(id, known);
        for case in chapter.cases.iter().filter(|case| case.header.ids().any(fits)) {
            code = HOLDS;
            let mut fences = 0;
            say(&format!("{}:{}", case.file.display(), case.line));
            for line in chapter.text.lines().skip(case.line - 1) {
                say(line);
                fences += usize::from(line.starts_with("```"));
                if fences == 2 {
                    break;
                }
            }
        }
    }
    if code == NOTHING_RAN {
        eprintln!("no case is called {id}");
    }
    code
}

fn judge_codec(suite: &Suite, args: &CodecArgs) -> u8 {
    let fits = |shapes: &[String], id: &str| shapes.iter().any(|shape| glob::matches(shape, id));
    let Filter { only, skip, level, .. } = &args.filter;
    let chosen = suite.vectors().filter(|vector| {
        (only.is_empty() || fits(only, &vector.id))
            && !fits(skip, &vector.id)
            && (level.is_empty() || level.contains(&vector.level))
    });
    let vectors: Vec<_> = chosen.collect();
    let options = codec::Options {
        adapter: args.adapter.clone(),
        patience: Duration::from_millis(args.patience),
        startup: Duration::from_millis(args.startup),
    };
    let results = codec::run(&vectors, &options, &mut |_| {});
    say(results.text().trim_end());
    results.exit_code()
}

fn compare_codecs(suite: &Suite, args: &DifferentialArgs) -> u8 {
    let adapter = codec::Options {
        adapter: args.adapter.clone(),
        // A batch is hundreds of wires, and an interpreter may have to wake up.
        patience: Duration::from_secs(30),
        startup: Duration::from_secs(30),
    };
    let options = differential::Options { adapter: Some(adapter), wires: args.packets, seed: args.seed };
    let results = differential::run(suite, &options);
    say(results.text().trim_end());
    results.exit_code()
}
