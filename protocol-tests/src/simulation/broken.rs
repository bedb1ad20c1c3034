//! An invariant that does not hold.

use super::link::LinkId;

/// What a check comes to.
pub(super) type Check = Result<(), Broken>;

/// A sentence about what is wrong, and whom it concerns.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) sentence: String,
    /// A client.
    pub(super) client: Option<usize>,
    /// A connection, by which the client is found.
    pub(super) link: Option<LinkId>,
    /// A namespace.
    pub(super) namespace: Option<String>,
}

impl Broken {
    pub(super) fn new(sentence: String) -> Broken {
        Broken { sentence, client: None, link: None, namespace: None }
    }
}
