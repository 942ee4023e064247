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
    takes_names: bool,
    /// The variable through which it is given a secret.
    pub(crate) secret: Option<&'static str>,
}

pub(crate) static GALERA: Subject = Subject {
    name: "check_galera",
    service: "GALERA",
    transport: Transport::Tcp,
    args: &["-u", "monitor", "--history-dir", "/dev/null"],
    takes_names: true,
    secret: Some("CHECK_GALERA_PASSWORD"),
};

pub(crate) static CONSUL_SERVICE: Subject = Subject {
    name: "check_consul_service",
    service: "CONSUL",
    transport: Transport::Tcp,
    args: &["-s", "galeradb", "--history-dir", "/dev/null"],
    takes_names: true,
    secret: Some("CONSUL_HTTP_TOKEN"),
};

pub(crate) static SPLIT_DNS: Subject = Subject {
    name: "check_split_dns",
    service: "SPLIT_DNS",
    transport: Transport::Udp,
    args: &["-i", "galeradb.service.consul"],
    takes_names: false,
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
        self.asks_at(&server.to_string())
    }

    /// The same, by a host as an operator gives it.
    pub(crate) fn asks_at(&self, host: &str) -> Plugin {
        self.plugin(self.args).args(["-t", "2", "-H", host])
    }

    /// The ways to give a server of this host: by its address, and by its name where the plugin takes names.
    pub(crate) fn hosts(&self, server: SocketAddr) -> Vec<String> {
        let name = self.takes_names.then(|| format!("localhost:{}", server.port()));
        [server.to_string()].into_iter().chain(name).collect()
    }
}
