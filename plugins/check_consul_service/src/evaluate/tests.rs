//! Verdicts on what real agents answered; `testdata/` has per state and agent the answers that Consul 1.8.7 gave.

mod access;
mod agents;
mod checks;
mod dns;
mod expectation;
mod findings;
mod first_line;
mod hostile;
mod instances;
mod leader;
mod lines;
mod measures;
mod properties;
mod quorum;
mod recorded;
mod scene;
mod vanished;
