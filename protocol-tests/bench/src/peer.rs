//! The peers: how each is installed, started, and asked for its version.
//!
//! A line of the table is shell, run in the peer's directory, with `PORT` and `HISTORY` as `../targets/CONTRACTS.md` has
//! them, and `BUILD` (where everything is built), `WIRE42`, `WIRE42_SQLITE` and `FLOOR` (the programs of this project). A
//! scenario may set `STORE` (the file that keeps messages), `RECOVERY` (for how many milliseconds a client may be away) and
//! `ADMIN` (a port for metrics); what a peer cannot do it leaves.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A server that is measured.
#[derive(Debug)]
pub struct Peer {
    /// On the command line and in the tables.
    pub name: &'static str,
    /// What it can be measured in.
    pub role: Role,
    /// Under `protocol-tests`.
    directory: &'static str,
    /// Does nothing where it was done.
    install: &'static str,
    /// One command: it takes the place of the shell.
    start: &'static str,
    /// Prints what is installed.
    version: &'static str,
}

/// What a peer can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No protocol: it has neither polling nor acknowledgements.
    Floor,
    /// A chat.
    Chat,
    /// A chat to which clients come back as who they were.
    Recovering,
    /// The same once more, with a store that outlives it: in all else it is the one before.
    Durable,
}

/// All of them, in the order in which they take turns.
pub const PEERS: [Peer; 7] = [
    Peer {
        name: "floor",
        role: Role::Floor,
        directory: "bench",
        install: "[ -x \"$FLOOR\" ]",
        start: "\"$FLOOR\"",
        version: "echo 'writes in a loop, without a protocol'",
    },
    Peer {
        name: "wire42",
        role: Role::Recovering,
        directory: "bench",
        install: "[ -x \"$WIRE42\" ] || { echo \"$WIRE42 is not built\"; exit 1; }",
        start: "\"$WIRE42\" --host 127.0.0.1 --port $PORT --history $HISTORY --rate 1000000 \
            ${ADMIN:+--admin 127.0.0.1:$ADMIN} ${RECOVERY:+--recovery ${RECOVERY}ms}",
        version: "\"$WIRE42\" --version",
    },
    Peer {
        name: "wire42-sqlite",
        role: Role::Durable,
        directory: "bench",
        // A build of its own: the default one has no SQLite in it.
        install: "[ \"$WIRE42_SQLITE\" != \"$BUILD/sqlite/release/wire42\" ] || cargo build --quiet --locked --release \
            --manifest-path ../../Cargo.toml -p wire42 --features sqlite --target-dir \"$BUILD/sqlite\" || exit 1; \
            [ -x \"$WIRE42_SQLITE\" ] || { echo \"$WIRE42_SQLITE is not built\"; exit 1; }",
        start: "\"$WIRE42_SQLITE\" --host 127.0.0.1 --port $PORT --history $HISTORY --rate 1000000 \
            ${ADMIN:+--admin 127.0.0.1:$ADMIN} ${RECOVERY:+--recovery ${RECOVERY}ms} --store \"sqlite:$STORE\"",
        version: "\"$WIRE42_SQLITE\" --version",
    },
    Peer {
        name: "socketioxide",
        role: Role::Chat,
        directory: "targets/socketioxide",
        install: "cargo build --quiet --locked --release --bin chat --target-dir \"$BUILD/socketioxide\"",
        start: "\"$BUILD/socketioxide/release/chat\"",
        version: "awk -F'\"' '/^name/ { name = $2 } /^version/ && name ~ /^(socketioxide|axum)$/ { print name, $2 }' \
            Cargo.lock | sort -r | paste -sd, | sed 's/,/, /'",
    },
    Peer {
        name: "node",
        role: Role::Recovering,
        directory: "targets/node",
        install: "node --version && { [ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error; }",
        start: "node chat.mjs",
        version: "node -p '`socket.io ${require(\"./node_modules/socket.io/package.json\").version}, \
            Node.js ${process.versions.node}`'",
    },
    Peer {
        name: "bun",
        role: Role::Chat,
        directory: "targets/bun",
        install: "[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error",
        start: "node_modules/.bin/bun chat.mjs",
        version: "node_modules/.bin/bun -p '`@socket.io/bun-engine ${require(\"@socket.io/bun-engine/package.json\").version}, \
            socket.io ${require(\"socket.io/package.json\").version}, Bun ${Bun.version}`'",
    },
    Peer {
        name: "python",
        role: Role::Chat,
        directory: "targets/python",
        install: "{ [ -x .venv/bin/pip ] || python3 -m venv .venv; } && \
            .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt",
        start: ".venv/bin/python chat.py",
        version: ".venv/bin/python -c 'import importlib.metadata as m, platform; \
            print(\", \".join(f\"{p} {m.version(p)}\" for p in (\"python-socketio\", \"aiohttp\")) + \
            f\", Python {platform.python_version()}\")'",
    },
];

/// Where things are on this machine.
#[derive(Debug)]
pub struct Place {
    /// `protocol-tests`.
    pub protocol_tests: PathBuf,
    /// Where everything is built.
    pub build: PathBuf,
    /// Our server.
    pub wire42: PathBuf,
    /// The same with SQLite built in.
    pub wire42_sqlite: PathBuf,
    /// The floor.
    pub floor: PathBuf,
}

impl Peer {
    /// Finds one by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PEERS.iter().find(|peer| peer.name == name)
    }

    /// Says whether it has the polling transport.
    pub fn polls(&self) -> bool {
        self.role != Role::Floor
    }

    /// Installs it, unless it is, and gives its version.
    ///
    /// # Errors
    ///
    /// The last that was printed says why it could not be.
    pub fn install(&self, place: &Place) -> io::Result<String> {
        self.shell(self.install, place)?;
        self.shell(self.version, place)
    }

    /// Makes the command that serves.
    pub fn start_command(&self, place: &Place) -> Command {
        let mut command = self.command(&format!("exec {}", self.start), place);
        command.envs(SETTINGS);
        // Only a scenario sets these.
        for name in ["ADMIN", "RECOVERY", "STORE"] {
            command.env_remove(name);
        }
        command
    }

    fn shell(&self, script: &str, place: &Place) -> io::Result<String> {
        let output = self.command(script, place).output()?;
        let last_line = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.lines().rfind(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
        };
        let said = last_line(&output.stdout);
        if output.status.success() {
            return Ok(said.unwrap_or_default());
        }
        let why = last_line(&output.stderr).or(said).unwrap_or_else(|| output.status.to_string());
        Err(io::Error::other(why))
    }

    fn command(&self, script: &str, place: &Place) -> Command {
        let mut command = Command::new("sh");
        let variables: [(&str, &Path); 4] = [
            ("BUILD", &place.build),
            ("WIRE42", &place.wire42),
            ("WIRE42_SQLITE", &place.wire42_sqlite),
            ("FLOOR", &place.floor),
        ];
        command
            .args([OsStr::new("-c"), OsStr::new(script)])
            .current_dir(place.protocol_tests.join(self.directory));
        command.envs(variables);
        command
    }
}

/// The times are the defaults of the reference server.
const SETTINGS: [(&str, &str); 6] = [
    ("PING_INTERVAL", "25000"),
    ("PING_TIMEOUT", "20000"),
    ("CONNECT_TIMEOUT", "45000"),
    ("UPGRADE_TIMEOUT", "10000"),
    ("NODE_ENV", "production"),
    ("RUST_LOG", "warn"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_installed_says_why() {
        let peer =
            Peer { install: "echo first; echo 'no such thing' >&2; exit 3", directory: ".", ..python() };

        let error = peer.install(&place()).unwrap_err();

        assert_eq!(error.to_string(), "no such thing");
    }

    #[test]
    fn a_version_is_what_is_printed() {
        let peer = Peer { install: "true", version: "echo 1.2.3", directory: ".", ..python() };

        assert_eq!(peer.install(&place()).unwrap(), "1.2.3");
    }

    fn python() -> Peer {
        let [.., last] = PEERS;
        last
    }

    fn place() -> Place {
        let here = || PathBuf::from(".");
        Place { protocol_tests: here(), build: here(), wire42: here(), wire42_sqlite: here(), floor: here() }
    }
}
