//! What the operating system may ask of the process. Each future catches its signals from when it is made.
//!
//! ```text
//! SIGTERM                    drain
//! SIGTERM again, Ctrl-C      end
//! ```

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// Completes when the server is to drain.
#[cfg(unix)]
pub(crate) fn drain() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
    })
}

/// Completes when it is to end at once.
#[cfg(unix)]
pub(crate) fn end() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        let twice = async {
            terminate.recv().await;
            terminate.recv().await;
        };
        tokio::select! {
            () = twice => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Never completes: where there is no SIGTERM, Ctrl-C is all there is.
#[cfg(not(unix))]
pub(crate) fn drain() -> io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Completes at Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
