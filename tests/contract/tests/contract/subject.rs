//! The plugins under the contract, and how each is pointed at a server.

use std::net::SocketAddr;

use test_support::plugin::{Plugin, binary};

use crate::fake::Transport;

/// A plugin and what is its own about it.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The name at the start of its first line.
    pub(crate) service: &'static str,
    pub(crate) transport: Transport,
    /// The arguments besides `-H`.
    args: &'static [&'static str],
    /// The variable through which it is given a secret.
    pub(crate) secret: Option<&'static str>,
}

pub(crate) static GALERA: Subject = Subject {
    name: "check_galera",
    service: "GALERA",
    transport: Transport::Tcp,
    args: &["-u", "monitor", "--history-dir", "/dev/null"],
    secret: Some("CHECK_GALERA_PASSWORD"),
};

pub(crate) static CONSUL_SERVICE: Subject = Subject {
    name: "check_consul_service",
    service: "CONSUL",
    transport: Transport::Tcp,
    args: &["-s", "galeradb", "--history-dir", "/dev/null"],
    secret: Some("CONSUL_HTTP_TOKEN"),
};

pub(crate) static SPLIT_DNS: Subject = Subject {
    name: "check_split_dns",
    service: "SPLIT_DNS",
    transport: Transport::Udp,
    args: &["-i", "galeradb.service.consul"],
    secret: None,
};

impl Subject {
    /// The plugin with these arguments alone.
    pub(crate) fn plugin(&self, args: &[&str]) -> Plugin {
        // Nothing of who runs the tests is read.
        Plugin::new(binary(self.name)).env("HOME", "/nonexistent").args(args)
    }

    /// The plugin, pointed at a server, with a time limit of two seconds.
    pub(crate) fn asks(&self, server: SocketAddr) -> Plugin {
        self.plugin(self.args).args(["-t", "2", "-H", &server.to_string()])
    }
}
