//! What the figures would mean on a larger machine: arithmetic, not measurement.
//!
//! ```text
//! memory / (KiB a client here and in the kernel)     connections
//! cores / (CPU a delivery)                           deliveries a second
//! ```

use crate::results::Results;
use crate::table::figure;

/// Writes the paragraph and the settings; nothing if a figure that it needs is missing.
pub fn projection(results: &Results) -> Option<String> {
    let ours = |scenario, key| results.figure(scenario, "wire42", key);
    let (here, kernel) = (ours("idle", "after_kib")?, ours("idle", "kernel_kib")?);
    let (rounds_us, burst_us) = (ours("rounds", "cpu_us")?, ours("burst", "cpu_us")?);
    let handshake_us = ours("connect", "websocket_cpu_us")?;

    let connections = MEMORY_GIB * (1.0 - KEPT_FREE) * KIB_A_GIB / (here + kernel);
    let a_second = |us: f64| CORES * 1e6 / us;
    let million = |count: f64| format!("{} million", figure(count / 1e6, 1));
    let crowd_ms = CROWD * rounds_us / CORES / 1e3;
    let text = format!(
        "**A machine of {CORES} cores and {MEMORY_GIB} GiB** would, by these figures, hold {} idle WebSocket clients: each takes \
         {here:.1} KiB here and {kernel:.1} KiB in the kernel, and a quarter of the memory is left for what is on its way. It \
         would make {} deliveries a second when every message goes out alone ({rounds_us:.1} µs each), and {} when messages come \
         in crowds ({burst_us:.1} µs); and let in {} clients a second. So memory is the last to end, and the processor the first: \
         in a room of {} clients one message takes {crowd_ms:.0} ms of all cores, so more than {:.0} messages a second queue up, and \
         clients begin to get the newest history in place of each. A network card instead of loopback takes the receiver's \
         half of TCP off these figures and puts interrupts in; what a second thread on a core is worth is not in them either.",
        million(connections),
        million(a_second(rounds_us)),
        million(a_second(burst_us)),
        figure(a_second(handshake_us), 0),
        figure(CROWD, 0),
        1e3 / crowd_ms,
    );
    Some(format!("{text}\n\n{}", settings(connections, kernel)))
}

/// The kernel's limits that end before the machine does, each with the command that moves it.
fn settings(connections: f64, kernel_kib: f64) -> String {
    let files = (connections / 1e5).ceil() * 1e5;
    // Three quarters of the memory, which the kernel counts in pages of 4 KiB.
    let pages = MEMORY_GIB * (1.0 - KEPT_FREE) * KIB_A_GIB / 4.0;
    format!(
        "Settings that end before that does:\n\n\
         - open files, one a connection: `ulimit -n {files:.0}` (systemd: `LimitNOFILE={files:.0}`), which needs \
         `sysctl -w fs.nr_open={files:.0}`\n\
         - connections that wait to be accepted, for each thread: `sysctl -w net.core.somaxconn=4096`, and \
         `net.ipv4.tcp_max_syn_backlog=4096` for those whose handshake is not complete; wire42 asks for 4,096\n\
         - memory of all TCP buffers, in pages: `sysctl -w net.ipv4.tcp_mem=\"{:.0} {:.0} {pages:.0}\"`; an idle connection \
         needs none beside its {kernel_kib:.1} KiB, a slow reader up to `net.ipv4.tcp_wmem`'s third figure\n\
         - ports, only for a proxy in front, which has one for each connection to an address: \
         `sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"`, and one more address of the server for each 64,000 clients",
        pages / 2.0,
        pages * 0.75,
    )
}

/// The machine that is asked about.
const CORES: f64 = 16.0;
const MEMORY_GIB: f64 = 64.0;

/// Of the memory, for messages on their way and for the system.
const KEPT_FREE: f64 = 0.25;

/// A room that is large for a chat.
const CROWD: f64 = 100_000.0;

const KIB_A_GIB: f64 = 1024.0 * 1024.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    #[test]
    fn memory_and_cores_are_divided_by_what_a_client_and_a_delivery_take() {
        let results = sample(&[
            ("idle", "wire42", "after_kib", 5.0),
            ("idle", "wire42", "kernel_kib", 3.0),
            ("rounds", "wire42", "cpu_us", 5.0),
            ("burst", "wire42", "cpu_us", 1.0),
            ("connect", "wire42", "websocket_cpu_us", 50.0),
        ]);

        let text = projection(&results).unwrap();

        // 48 GiB by 8 KiB; 16 cores by 5 µs, 1 µs and 50 µs; 100,000 times 5 µs by 16.
        for part in [
            "6.3 million idle",
            "3.2 million deliveries",
            "16.0 million when",
            "320,000 clients a second",
            "31 ms",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.contains("ulimit -n 6300000"), "{text}");
    }

    #[test]
    fn nothing_is_derived_from_figures_that_are_not_there() {
        assert_eq!(projection(&sample(&[("rounds", "wire42", "cpu_us", 5.0)])), None);
    }
}
