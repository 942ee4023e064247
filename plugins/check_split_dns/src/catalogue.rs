//! What `check_split_dns` measures and finds.

mod findings;
mod metrics;

use common::Catalogue;

pub(crate) use findings::*;
pub(crate) use metrics::*;

/// What `check_split_dns` can say.
pub static CATALOGUE: Catalogue = Catalogue { service: "SPLIT_DNS", metrics: &METRICS, findings: &FINDINGS };
