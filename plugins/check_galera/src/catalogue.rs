//! The metrics and findings of `check_galera`.

mod findings;
mod metrics;

use common::Catalogue;

pub(crate) use findings::*;
pub(crate) use metrics::*;

/// The metrics and findings of `check_galera`.
pub static CATALOGUE: Catalogue = Catalogue { service: "GALERA", metrics: METRICS, findings: FINDINGS };
