//! What the name servers said.

use std::time::Duration;

use common::dns::{Reply, Server};

/// Every server that was asked, in the order in which clients ask them.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) servers: Vec<Asked>,
    /// How long a server that says nothing was waited for.
    pub(crate) patience: Duration,
}

/// One server and what came of asking it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) server: Server,
    /// One for each name, in their order.
    pub(crate) lookups: Vec<Lookup>,
}

/// What a server did with the questions for one name.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    pub(crate) a: Reply,
    pub(crate) aaaa: Reply,
}

impl Asked {
    /// Every reply of the server.
    pub(crate) fn replies(&self) -> impl Iterator<Item = &Reply> {
        self.lookups.iter().flat_map(|lookup| [&lookup.a, &lookup.aaaa])
    }
}
