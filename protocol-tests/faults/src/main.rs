//! The command line: each fault once, or the soak.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wire42_bench::server::Server;
use wire42_faults::args::{Args, Command};
use wire42_faults::dice::Dice;
use wire42_faults::faults;
use wire42_faults::soak::Soak;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.command {
        Some(Command::Reader { port, count }) => faults::stopped_readers::read(*port, *count),
        Some(Command::Soak { minutes, seed, binary }) => {
            prepare().and_then(|()| soak(*minutes, *seed, &Args::binary(binary.as_deref())))
        }
        None => prepare().and_then(|()| strike(&args)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Allows as many descriptors as may be, and takes the server along when this program is ended.
fn prepare() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    fs::create_dir_all(Args::scratch())?;
    Server::end_with_us()
}

/// Does every fault once, whatever becomes of those before.
fn strike(args: &Args) -> io::Result<()> {
    let binary = Args::binary(args.binary.as_deref());
    let mut failed = Vec::new();
    for fault in args.faults() {
        println!("{}: {}", fault.name, fault.promise);
        match fault.strike(&binary, &Args::scratch(), Dice::new(args.seed)) {
            Ok(figures) => println!("  held: {figures}"),
            Err(error) => {
                println!("  DID NOT HOLD: {error}");
                failed.push(fault.name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(io::Error::other(failed.join(", "))) }
}

fn soak(minutes: f64, seed: u64, binary: &Path) -> io::Result<()> {
    let time = std::time::Duration::from_secs_f64(minutes * 60.0);
    println!("soak: {minutes} minutes, seed {seed}");
    let end = Soak { time, seed }.run(binary, &Args::scratch())?;
    println!("held: {end}");
    Ok(())
}
