//! What the author of another server must know to work with nothing but `--help`.

/// After `protocol-tests --help`.
pub(crate) const START: &str = "\
Begin with a server that is running:
  protocol-tests doctor --url http://127.0.0.1:3000
  protocol-tests run --url http://127.0.0.1:3000
  protocol-tests show upgrade/probe-answered
`protocol-tests run --help` explains contracts, verdicts and exit codes.";

/// After `protocol-tests run -h`.
pub(crate) const MORE: &str =
    "`--help` explains contracts, verdicts, the list of known failures and exit codes.";

/// After `protocol-tests run --help`.
pub(crate) const RUN: &str = "\
Examples:
  protocol-tests run --url http://127.0.0.1:3000
  protocol-tests run --spawn 'node echo.js $PORT' --profile core,echo --known known.md
  protocol-tests run --url https://example.org --query token=x --auth '{\"token\":\"x\"}' --time-scale 3
  protocol-tests run --url http://127.0.0.1:3000 --only 'upgrade/*' --trace all
  protocol-tests run --spawn 'node echo.js $PORT' --profile core,echo --format text,junit,json,html -o out

Contracts (--profile): what the application behind the protocol does.
  core         anything: any Socket.IO server will do, also one whose events nobody knows
  echo         on / and /custom it emits `auth` with the object of the CONNECT ({} if there was none);
               on / it answers `message` by `message-back`, and `message-with-ack` by an acknowledgement,
               both with the same arguments
  engine-echo  Engine.IO alone: every message comes back. Give it alone; cases that send Socket.IO are N/A
  plus         echo, and emit-with-ack, ack-timeout, disconnect-me, burst N SIZE, bin N, broadcast, sleep
  chat         the chat of the chapters chat/*: needs --rooms, or --spawn, for rooms without a past
  recovery     what the chapter socket.io/11-recovery asks of a server with connection state recovery: needs the same
  A server of 20 lines is enough; set its ping interval and timeout to 1 s, or many cases are TOO SLOW.

Levels: MUST (the text says so, or stock clients break), SHOULD, INFO (recorded, never red); `ours` goes further
  than the protocol; `reference` is what the original does and this project does not.

Verdicts:
  OK           it holds
  LAX          it holds in a way that the protocol allows but nobody should rely on
  WARN         a SHOULD does not hold
  FAIL         it does not hold; `disputed` is said where the reference server itself fails
  CRASH        the server died of it (with --spawn it is started again, and the case is found by playing
               the suspects one by one)
  KNOWN        it fails, as --known says             UNEXPECTED  it holds although --known says otherwise
  FLAKY        n of m times it held (--repeat)       INCONCLUSIVE  this machine lagged: nobody's fault
  INFO         recorded                              SETUP  what the case begins with does not work
  BLOCKED      another case that it needs failed, or the positive control did
  N/A, SKIP, TOO SLOW, TOO SHORT                     not played, and why; never in silence
  BAD FIXTURE  a step refers to what no step has made

A positive control (greet, join, and the least of the contract) is played first and last: a server that refuses
everything would pass every case that wants a refusal. Without it all is BLOCKED.

Known failures (--known): a file in your repository. In a .md file the items of lists count, else every line:
  - `upgrade/probe-answered` no upgrade yet
  - `events/any[polling]`: see bug 12

Exit codes:
  0  all selected MUST hold
  1  one failed, or the server died, or a known failure passed
  2  a bad fixture, or bad arguments
  3  nothing was run: the filters match nothing, a control failed, the server cannot be reached
  4  nothing failed, but runs are flaky, inconclusive or blocked";
