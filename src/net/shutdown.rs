//! The end of the server: tasks are told, and those with something to finish are waited for.

use std::sync::Arc;

use tokio::sync::watch;

/// Shared by the server and its tasks.
#[derive(Clone)]
pub(super) struct Shutdown {
    requested: Arc<watch::Sender<bool>>,
    signal: watch::Receiver<bool>,
    busy: Arc<watch::Sender<usize>>,
}

/// Held by a task for as long as it has something to finish.
pub(super) struct Busy(Arc<watch::Sender<usize>>);

impl Shutdown {
    pub(super) fn request(&self) {
        self.requested.send_replace(true);
    }

    pub(super) fn is_requested(&self) -> bool {
        *self.signal.borrow()
    }

    pub(super) fn busy(&self) -> Busy {
        self.busy.send_modify(|tasks| *tasks += 1);
        Busy(self.busy.clone())
    }

    /// Completes when the server is to end.
    pub(super) async fn requested(mut self) {
        // The sender lives in this very value.
        let _ = self.signal.wait_for(|is_requested| *is_requested).await;
    }

    /// Completes when no task is busy.
    pub(super) async fn finished(&self) {
        let _ = self.busy.subscribe().wait_for(|tasks| *tasks == 0).await;
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        let (requested, signal) = watch::channel(false);
        let (busy, _) = watch::channel(0);
        Self { requested: Arc::new(requested), signal, busy: Arc::new(busy) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|tasks| *tasks -= 1);
    }
}
