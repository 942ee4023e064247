//! The real stack on one machine, as child processes in namespaces of their own: three MariaDB Galera nodes, three
//! Consul servers with two client agents, three BIND resolvers and a private internet for them to resolve; other
//! servers on request.
//!
//! Tests take a lab from [`Lab::shared`]; people use one through `cargo lab`.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "the progress and the demo are for people")]

mod apt;
mod bind;
mod bind_zone;
mod client;
mod consul;
mod consul_agent;
mod consul_faults;
mod daemon;
pub mod demo;
mod dns;
mod dns_faults;
pub mod fault;
mod foreign;
mod galera;
mod galera_faults;
mod garbd;
mod http;
mod inject;
mod internet;
mod lab;
mod mend;
mod mysql;
mod newer;
pub mod node;
mod paths;
pub mod plugins;
mod pool;
pub mod programs;
pub mod progress;
mod repair;
mod resolver;
mod sandbox;
mod secured;
mod settings;
mod soak;
mod status;
mod stub;
mod tls;
mod together;
pub mod up;
pub mod wait;

pub use consul_agent::{DnsSettings, ServiceCheck};
pub use dns::Answer;
pub use fault::Fault;
pub use lab::Lab;
pub use node::Node;
pub use pool::LabGuard;
pub use resolver::{Dnsmasq, Unbound};
pub use soak::{Outcome, Soak};
pub use stub::Client;
pub use tls::Shown;
