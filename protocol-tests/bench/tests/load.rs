//! The load against the floor: what it counts is what was sent.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use wire42_bench::closed_loop::ClosedLoop;
use wire42_bench::crowd::{Crowd, Heard};
use wire42_bench::flight::Count;
use wire42_bench::open_loop::OpenLoop;
use wire42_bench::server::Server;

#[test]
fn everyone_hears_everything_once_and_in_order() {
    let (_floor, mut crowd) = crowd_of(20, 1);

    let passage = closed_loop(8, 100).run(&mut crowd).unwrap();

    assert_eq!((passage.said, passage.rounds.len()), (100, 100));
    assert_eq!(passage.count, Count { delivered: 2_000, ..Count::default() });
}

#[test]
fn frames_of_many_reads_are_counted_like_others() {
    let (_floor, mut crowd) = crowd_of(3, 1_000);

    let passage = closed_loop(1, 20).run(&mut crowd).unwrap();

    assert_eq!(passage.count, Count { delivered: 60, ..Count::default() });
    assert!(crowd.bytes() > 60 * 100_000, "{} bytes", crowd.bytes());
}

#[test]
fn a_latency_is_taken_of_each_delivery_from_when_it_was_due() {
    let (_floor, mut crowd) = crowd_of(10, 1);
    let load = OpenLoop { interval: Duration::from_millis(10), messages: 50, text_len: 40, listeners: 10 };
    let mut said = 0;

    let latencies = load
        .run(&mut crowd, || {
            said += 1;
            Ok(())
        })
        .unwrap();

    assert_eq!((said, latencies.times.len()), (50, 500));
    // From the beginning it would be a quarter of a second.
    assert!(
        latencies.times.value_at_quantile(0.5) < 100_000,
        "{} us",
        latencies.times.value_at_quantile(0.5)
    );
    assert_eq!(latencies.count, Count { delivered: 500, ..Count::default() });
}

#[test]
fn who_is_paused_hears_when_it_reads_again() {
    let (_floor, mut crowd) = crowd_of(2, 1);
    crowd.pause(1).unwrap();
    let load = OpenLoop { interval: Duration::ZERO, messages: 10, text_len: 40, listeners: 1 };
    let latencies = load.run(&mut crowd, || Ok(())).unwrap();
    assert_eq!(latencies.count, Count { delivered: 10, ..Count::default() });

    crowd.resume(1).unwrap();
    let mut numbers = Vec::new();
    while numbers.len() < 10 {
        crowd
            .turn(Duration::from_secs(3), &mut |heard| {
                if let Heard::Delivery { client: 1, number, .. } = heard {
                    numbers.push(number);
                }
            })
            .unwrap();
    }

    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_server_that_is_gone_is_told_by_every_client() {
    let (floor, mut crowd) = crowd_of(5, 1);

    drop(floor);
    let mut closed = 0;
    while closed < 5 {
        let mut count = |heard| closed += u32::from(matches!(heard, Heard::Closed { .. }));
        crowd.turn(Duration::from_secs(3), &mut count).unwrap();
    }

    assert_eq!(crowd.present(), 0);
}

fn closed_loop(in_flight: usize, messages: u32) -> ClosedLoop {
    ClosedLoop { in_flight, text_len: 40, messages, limit: Duration::from_secs(10) }
}

fn crowd_of(clients: usize, history: u32) -> (Server, Crowd) {
    let command = Command::new(env!("CARGO_BIN_EXE_floor"));
    let floor = Server::start(command, history, Path::new("/dev/null")).expect("the floor serves");
    let mut crowd = Crowd::new(floor.port).expect("the floor serves");
    crowd.join(clients).expect("the floor serves");
    (floor, crowd)
}
