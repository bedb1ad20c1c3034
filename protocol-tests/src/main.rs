//! The command `protocol-tests`.

mod args;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use protocol_tests::case::Level;
use protocol_tests::control;
use protocol_tests::glob;
use protocol_tests::lint::lint;
use protocol_tests::live::Live;
use protocol_tests::playlist::play_all;
use protocol_tests::report;
use protocol_tests::setting::{Rooms, Setting};
use protocol_tests::suite::{Run, Suite};

use crate::args::{Args, Command, RunArgs};

fn main() -> ExitCode {
    let args = Args::parse();
    let (suite, mut faults) = Suite::load(&args.fixtures);
    if matches!(args.command, Command::Lint) {
        faults.extend(lint(&suite));
        let counts = (suite.cases().count(), suite.runs().len(), suite.vectors().count());
        println!("{} cases, {} runs, {} vectors, {} faults", counts.0, counts.1, counts.2, faults.len());
    }
    faults.iter().for_each(|fault| eprintln!("{fault}"));
    if !faults.is_empty() {
        return ExitCode::from(BAD_FIXTURE);
    }
    match &args.command {
        Command::Lint => ExitCode::SUCCESS,
        Command::List(filter) => {
            for run in suite.runs().iter().filter(|run| filter.selects(run)) {
                let header = &run.case.header;
                println!(
                    "{:<56} {:<9} {:<11} {}",
                    run.id(),
                    header.level.name(),
                    header.profile.name(),
                    run.case.sentence
                );
            }
            ExitCode::SUCCESS
        }
        Command::Show { id } => show(&suite, id),
        Command::Run(run) => ExitCode::from(run_all(&suite, run)),
    }
}

/// Prints a line; whoever closes the pipe has read enough.
fn say(line: &str) {
    use std::io::Write;
    if writeln!(std::io::stdout(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// Prints the cases whose ids have this shape, as they stand in their chapters.
fn show(suite: &Suite, id: &str) -> ExitCode {
    let mut found = false;
    for case in suite.cases().filter(|case| glob::matches(id, &case.header.id)) {
        found = true;
        let text = std::fs::read_to_string(&case.file).unwrap_or_default();
        let mut blocks = 0;
        say(&format!("{}:{}", case.file.display(), case.line));
        for line in text.lines().skip(case.line - 1) {
            say(line);
            blocks += usize::from(line.starts_with("```"));
            if blocks == 2 {
                break;
            }
        }
    }
    if found { ExitCode::SUCCESS } else { ExitCode::from(NOTHING_RAN) }
}

fn run_all(suite: &Suite, args: &RunArgs) -> u8 {
    let runs: Vec<Run<'_>> = suite.runs().into_iter().filter(|run| args.filter.selects(run)).collect();
    if runs.is_empty() {
        eprintln!("the filters select nothing");
        return NOTHING_RAN;
    }
    let host = match args.host() {
        Ok(host) => host,
        Err(why) => {
            eprintln!("{why}");
            return BAD_FIXTURE;
        }
    };
    let make = || Live::new(&host, &args.header);
    let mut setting = setting(args);
    let greeted = make().map_err(|error| error.to_string()).and_then(|mut target| {
        control::greet(&mut target, &mut setting)?;
        control::control(&mut target, &setting)
    });
    if let Err(why) = greeted {
        eprintln!("BLOCKED: {} runs, because the positive control failed: {why}", runs.len());
        return NOTHING_RAN;
    }
    let judged = play_all(&runs, args.jobs, &setting, &make, &mut |(run, played)| {
        if args.verbose {
            eprintln!("{:<40} {} ({:.1} s)", run.id(), played.verdict, played.took.as_secs_f64());
        }
    });
    say(report::text(&judged, args.trace).trim_end());
    let after = make()
        .map_err(|error| error.to_string())
        .and_then(|mut target| control::control(&mut target, &setting));
    if let Err(why) = after {
        println!("The target does not answer any more, so nothing above can be trusted: {why}");
        return NOTHING_RAN;
    }
    if !judged.iter().any(|(_, played)| played.verdict.was_played()) {
        return NOTHING_RAN;
    }
    u8::from(judged.iter().any(|judged| judged.1.verdict.is_bad() && !report::is_disputed(judged)))
}

fn setting(args: &RunArgs) -> Setting {
    let mut setting = Setting {
        path: if args.path.ends_with('/') { args.path.clone() } else { format!("{}/", args.path) },
        profiles: args.profile.iter().copied().collect(),
        capabilities: args.has.iter().cloned().collect(),
        rooms: args.rooms.clone().map_or(Rooms::None, Rooms::Named),
        budget: Duration::from_secs(args.budget),
        ..Setting::default()
    };
    setting.intervals.patience = Duration::from_millis(args.patience);
    setting.intervals.tolerance = Duration::from_millis(args.tolerance);
    setting.intervals.connect_timeout = Duration::from_millis(args.connect_timeout);
    setting.intervals.upgrade_timeout = Duration::from_millis(args.upgrade_timeout);
    setting
}

impl args::Filter {
    fn selects(&self, run: &Run<'_>) -> bool {
        let header = &run.case.header;
        let any = |shapes: &[String]| {
            shapes.iter().any(|shape| glob::matches(shape, &header.id) || glob::matches(shape, &run.id()))
        };
        let by_default = || matches!(header.level, Level::Must | Level::Should | Level::Info);
        let level = if self.level.is_empty() { by_default() } else { self.level.contains(&header.level) };
        let over = self.transport.is_empty() || run.over.is_none_or(|over| self.transport.contains(&over));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip) && level && over
    }
}

/// A fixture that cannot be read, or arguments that make no sense.
const BAD_FIXTURE: u8 = 2;

/// The filters matched nothing, the control failed, or the target cannot be reached.
const NOTHING_RAN: u8 = 3;
