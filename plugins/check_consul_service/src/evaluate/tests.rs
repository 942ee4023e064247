//! Verdicts on what real agents answered; `testdata/` has per state and agent the answers that Consul 1.8.7 gave.

mod access;
mod agents;
mod dns;
mod expectation;
mod findings;
mod hostile;
mod instances;
mod leader;
mod lint;
mod measures;
mod motion;
mod properties;
mod quorum;
mod recorded;
mod scene;
