//! What a hub keeps of what was said, and of who was there.

use std::fmt;
use std::time::Duration;

use crate::store::{Memory, Store};

/// Where histories are kept, and how long a socket may be away and still be the same.
///
/// ```
/// use std::time::Duration;
/// use wire42::hub::Keeping;
///
/// let keeping = Keeping { recovery: Some(Duration::from_secs(120)), ..Keeping::default() };
/// assert_eq!(format!("{keeping:?}"), "Keeping { recovery: Some(120s), .. }");
/// ```
pub struct Keeping {
    /// The logs of the rooms.
    pub store: Box<dyn Store>,
    /// From when it is known that a socket is gone, to when it can no longer be recovered; none turns recovery off.
    pub recovery: Option<Duration>,
}

impl Default for Keeping {
    /// In memory, without recovery.
    fn default() -> Self {
        Self { store: Box::new(Memory), recovery: None }
    }
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeping").field("recovery", &self.recovery).finish_non_exhaustive()
    }
}
