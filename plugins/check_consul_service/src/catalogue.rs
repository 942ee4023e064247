//! What `check_consul_service` measures and finds.

mod findings;
mod metrics;

use common::Catalogue;

pub(crate) use findings::*;
pub(crate) use metrics::*;

/// What `check_consul_service` can say.
pub static CATALOGUE: Catalogue = Catalogue { service: "CONSUL", metrics: &METRICS, findings: &FINDINGS };
