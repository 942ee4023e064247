//! The network: asks all agents at once, and the name servers.

mod agents;
mod answer;
mod clients;
mod cluster;
pub(crate) mod dns;
mod elements;
mod failure;
mod health;
mod http;
mod lookup;
#[cfg(test)]
pub(crate) mod recorded;
mod requests;
mod urls;

pub(crate) use agents::Agents;
