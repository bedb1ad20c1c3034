//! The commands that play: `run`, `core` and `doctor`.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use protocol_tests::address::Address;
use protocol_tests::case::{Level, Profile};
use protocol_tests::doctor;
use protocol_tests::glob;
use protocol_tests::guise::Guise;
use protocol_tests::known::Known;
use protocol_tests::live::Remote;
use protocol_tests::ours::{self, Pace, Setup};
use protocol_tests::report::{self, Format, Judged, Results};
use protocol_tests::sans_io::SansIo;
use protocol_tests::setting::{Rooms, Setting};
use protocol_tests::span::Intervals;
use protocol_tests::spawn::{Outfit, Spawned};
use protocol_tests::suite::{Run, Suite};
use protocol_tests::trial::{BAD_FIXTURE, Finding, HOLDS, NOTHING_RAN, Trial};
use protocol_tests::venue::{Standing, Venue};

use crate::args::{CoreArgs, Filter, Place, Reports, RunArgs, Times};
use crate::progress::Progress;
use crate::say;

/// Plays the selected runs against a server.
pub(crate) fn run(suite: &Suite, args: &RunArgs) -> u8 {
    let known = match known(suite, args.known.as_deref()) {
        Ok(known) => known,
        Err(why) => return complain(&why),
    };
    if let Err(why) = args.reports.check() {
        return complain(&why);
    }
    let mut setting = match setting(args) {
        Ok(setting) => setting,
        Err(why) => return complain(&why),
    };
    let runs = args.filter.select(suite);
    if runs.is_empty() {
        eprintln!("the filters select nothing");
        return NOTHING_RAN;
    }
    let finding = match args.place.venue() {
        Ok(venue) => {
            let (jobs, repeat) = (args.jobs, args.repeat);
            let trial = Trial { runs: &runs, jobs, repeat, venue: &*venue, known: &known };
            let mut progress = Progress::new(runs.len(), args.reports.verbose);
            trial.hold(&mut setting, &mut |judged| progress.tell(judged))
        }
        Err(Unfit::Arguments(why)) => return complain(&why),
        Err(Unfit::Server(why)) => Finding::blocked(&runs, why),
    };
    args.reports.conclude(suite, &args.place.name(), &setting, &finding)
}

/// Plays the selected runs on our own core; those that need a wire are listed as skipped.
pub(crate) fn core(suite: &Suite, args: &CoreArgs) -> u8 {
    if let Err(why) = args.reports.check() {
        return complain(&why);
    }
    let runs = args.filter.select(suite);
    let mut progress = Progress::new(runs.len(), args.reports.verbose);
    let judge = |run: Run<'_>| {
        let setup = Setup::of(run.case).unwrap_or(Setup::Usual);
        let config = ours::config_as(run.case.header.profile, Pace::Slow, setup);
        let setting = ours::setting(&config, Pace::Slow);
        run.play(&mut SansIo::new(config), &setting)
    };
    let mut judged: Vec<Judged<'_>> = Vec::new();
    for run in runs {
        judged.push((run, judge(run)));
        judged.last().into_iter().for_each(|one| progress.tell(one));
    }
    drop(progress);
    let setting = ours::setting(&ours::config(Profile::Core, Pace::Slow), Pace::Slow);
    let finding = Finding { judged, trouble: None };
    args.reports.conclude(suite, "the core of wire42", &setting, &finding)
}

/// Looks at a server.
pub(crate) fn doctor(suite: &Suite, place: &Place, times: &Times) -> u8 {
    let venue = match place.venue() {
        Ok(venue) => venue,
        Err(Unfit::Arguments(why)) => return complain(&why),
        Err(Unfit::Server(why)) => {
            say(&format!("reachable      no   {why}"));
            return NOTHING_RAN;
        }
    };
    let mut setting = match place.path() {
        Ok(path) => {
            Setting { path, intervals: times.intervals(), budget: times.budget(), ..Setting::default() }
        }
        Err(why) => return complain(&why),
    };
    let diagnosis = doctor::examine(&*venue, &mut setting, suite);
    diagnosis.lines.iter().for_each(|line| say(line));
    if !diagnosis.is_fit {
        return NOTHING_RAN;
    }
    let profiles: Vec<&str> = setting.profiles.iter().map(|profile| profile.name()).collect();
    say(&format!("\nThe runs above are those of: protocol-tests run ... --profile {}", profiles.join(",")));
    HOLDS
}

/// Why there is no server to judge.
enum Unfit {
    Arguments(String),
    Server(String),
}

impl Place {
    fn venue(&self) -> Result<Box<dyn Venue>, Unfit> {
        let guise = Guise {
            namespace: self.namespace.clone().unwrap_or_default(),
            auth: self.auth.clone().unwrap_or_default(),
        };
        if let Some(command) = &self.spawn {
            let outfit = Outfit { headers: self.header.clone(), query: self.query.clone() };
            let spawned = Spawned::start(command, outfit, guise).map_err(Unfit::Server)?;
            return Ok(Box::new(spawned));
        }
        let address = self.address().map_err(Unfit::Arguments)?;
        let address = address.ok_or_else(|| Unfit::Arguments("--url or --spawn is missing".to_owned()))?;
        let mut remote = Remote::of(address, self.insecure).map_err(Unfit::Server)?;
        remote.headers.clone_from(&self.header);
        remote.query.clone_from(&self.query);
        Ok(Box::new(Standing::new(remote, guise)))
    }

    fn address(&self) -> Result<Option<Address>, String> {
        self.url.as_deref().map(Address::parse).transpose()
    }

    fn path(&self) -> Result<String, String> {
        let of_url = self.address()?.and_then(|address| address.path);
        let path = self.path.clone().or(of_url).unwrap_or_else(|| "/socket.io/".to_owned());
        if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || "?#".contains(c)) {
            return Err(format!("{path} is no path"));
        }
        Ok(if path.ends_with('/') { path } else { format!("{path}/") })
    }

    /// A server that was started here may be attacked, and so may one on this machine.
    fn is_spared(&self) -> Result<bool, String> {
        Ok(!self.attack && self.address()?.is_some_and(|address| !address.is_loopback()))
    }

    fn name(&self) -> String {
        self.url.clone().or_else(|| self.spawn.clone()).unwrap_or_default()
    }
}

impl Times {
    fn intervals(&self) -> Intervals {
        let ms = Duration::from_millis;
        let intervals = Intervals {
            connect_timeout: ms(self.connect_timeout),
            upgrade_timeout: ms(self.upgrade_timeout),
            tolerance: ms(self.tolerance),
            patience: ms(self.patience),
            ..Intervals::default()
        };
        intervals.scaled(self.time_scale)
    }

    fn budget(&self) -> Duration {
        Duration::from_secs(self.budget)
    }
}

impl Filter {
    /// Tells whether a run is one of those asked for.
    pub(crate) fn selects(&self, run: &Run<'_>) -> bool {
        let header = &run.case.header;
        let ids = run.ids();
        let any =
            |shapes: &[String]| shapes.iter().any(|shape| ids.iter().any(|id| glob::matches(shape, id)));
        let by_default = || matches!(header.level, Level::Must | Level::Should | Level::Info);
        let level = if self.level.is_empty() { by_default() } else { self.level.contains(&header.level) };
        let over = self.transport.is_empty() || run.over.is_none_or(|over| self.transport.contains(&over));
        (self.only.is_empty() || any(&self.only)) && !any(&self.skip) && level && over
    }

    fn select<'a>(&self, suite: &'a Suite) -> Vec<Run<'a>> {
        suite.runs().into_iter().filter(|run| self.selects(run)).collect()
    }
}

impl Reports {
    fn check(&self) -> Result<(), String> {
        match (&self.output, self.format.len()) {
            (None, 2..) => Err("several formats need -o DIR".to_owned()),
            _ => Ok(()),
        }
    }

    /// Writes the reports, and says what to exit with.
    fn conclude(&self, suite: &Suite, target: &str, setting: &Setting, finding: &Finding<'_>) -> u8 {
        let name = self.name.as_deref().unwrap_or(target);
        let mut results = Results::new(suite, name, target, setting, &finding.judged);
        results.trouble.clone_from(&finding.trouble);
        let text = || {
            let wires = if self.trace == "all" { wires(&finding.judged) } else { String::new() };
            wires + &report::text_of(&results, self.lines)
        };
        let Some(directory) = &self.output else {
            let mut out = Vec::new();
            match self.format[..] {
                [Format::Text] | [] => out = text().into_bytes(),
                [format, ..] => report::write(format, &results, &mut out).expect("a vector takes all"),
            }
            say(String::from_utf8_lossy(&out).trim_end());
            return finding.exit_code();
        };
        say(text().trim_end());
        match self.write(directory, &results) {
            Ok(()) => finding.exit_code(),
            Err(error) => complain(&format!("{}: {error}", directory.display())),
        }
    }

    fn write(&self, directory: &Path, results: &Results) -> std::io::Result<()> {
        fs::create_dir_all(directory)?;
        for format in &self.format {
            let mut file = fs::File::create(directory.join(format.file_name()))?;
            report::write(*format, results, &mut file)?;
            file.flush()?;
        }
        Ok(())
    }
}

/// The whole wire of every run that holds; that of a failure stands with it.
fn wires(judged: &[Judged<'_>]) -> String {
    let mut out = String::new();
    for (run, played) in judged.iter().filter(|(_, played)| !played.transcript.is_empty()) {
        out.push_str(&format!("\n{} {}\n", played.verdict.word(), run.id()));
        let lines = played.transcript.tail(usize::MAX);
        out.extend(lines.into_iter().map(|line| format!("      {line}\n")));
    }
    out
}

fn known(suite: &Suite, file: Option<&Path>) -> Result<Known, String> {
    let Some(file) = file else { return Ok(Known::default()) };
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    let known = Known::read(&name, &text)?;
    known.check(suite)?;
    Ok(known)
}

fn setting(args: &RunArgs) -> Result<Setting, String> {
    let engine_alone = |profile: &Profile| *profile == Profile::EngineEcho;
    if args.profile.iter().any(engine_alone) && !args.profile.iter().all(engine_alone) {
        return Err("--profile engine-echo goes alone: such a server does not speak Socket.IO".to_owned());
    }
    let fresh = if args.place.spawn.is_some() { Rooms::Fresh } else { Rooms::None };
    Ok(Setting {
        path: args.place.path()?,
        intervals: args.times.intervals(),
        profiles: args.profile.iter().copied().collect(),
        capabilities: args.has.iter().cloned().collect(),
        rooms: args.rooms.clone().map_or(fresh, Rooms::Named),
        budget: args.times.budget(),
        is_spared: args.place.is_spared()?,
        ..Setting::default()
    })
}

/// Tells what is wrong with the arguments.
fn complain(why: &str) -> u8 {
    eprintln!("error: {why}");
    BAD_FIXTURE
}
