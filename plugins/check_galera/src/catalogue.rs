//! What `check_galera` measures and finds.

mod findings;
mod metrics;

use common::Catalogue;

pub(crate) use findings::*;
pub(crate) use metrics::*;

/// What `check_galera` can say.
pub static CATALOGUE: Catalogue = Catalogue { service: "GALERA", metrics: METRICS, findings: FINDINGS };
