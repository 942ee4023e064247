//! The plugins under the contract, and how each is pointed at a server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use packaging::PLUGINS;
use test_support::plugin::{Plugin, binary};

use crate::fake::Transport;
use crate::hostile::Protocol;

/// A plugin and what is its own about it.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) transport: Transport,
    pub(crate) protocol: Protocol,
    /// The arguments besides `-H`.
    args: &'static [&'static str],
    /// A metric that needs a history; `None` where the plugin has none.
    pub(crate) remembers: Option<&'static str>,
    takes_names: bool,
    /// The variable through which it is given a secret.
    pub(crate) secret: Option<&'static str>,
}

pub(crate) static GALERA: Subject = Subject {
    name: "check_galera",
    transport: Transport::Tcp,
    protocol: Protocol::MariaDb,
    args: &["-u", "monitor"],
    remembers: Some("flow_control"),
    takes_names: true,
    secret: Some("CHECK_GALERA_PASSWORD"),
};

pub(crate) static CONSUL_SERVICE: Subject = Subject {
    name: "check_consul_service",
    transport: Transport::Tcp,
    protocol: Protocol::Consul,
    args: &["-s", "galeradb"],
    remembers: Some("status_changes"),
    takes_names: true,
    secret: Some("CONSUL_HTTP_TOKEN"),
};

pub(crate) static SPLIT_DNS: Subject = Subject {
    name: "check_split_dns",
    transport: Transport::Udp,
    protocol: Protocol::Dns,
    args: &["-i", "galeradb.service.consul"],
    remembers: None,
    takes_names: false,
    secret: None,
};

impl Subject {
    /// The name at the start of its first line.
    pub(crate) fn service(&self) -> &'static str {
        let plugin = PLUGINS.iter().find(|plugin| plugin.name == self.name);
        plugin.unwrap_or_else(|| panic!("{} is in no list", self.name)).catalogue.service
    }

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
        let nowhere: &[_] = if self.remembers.is_some() { &["--history-dir", "/dev/null"] } else { &[] };
        self.plugin(self.args).args(["-t", "2", "-H", host]).args(nowhere)
    }

    /// The plugin, pointed at a server, with nothing said of its history and an environment without any variable.
    pub(crate) fn asks_bare(&self, server: SocketAddr) -> Plugin {
        self.bare(binary(self.name), server)
    }

    /// The same with a copy of the plugin in this directory, for users who cannot get to where it was built.
    pub(crate) fn asks_bare_from(&self, directory: &Path, server: SocketAddr) -> Plugin {
        let copy = directory.join(self.name);
        fs::copy(binary(self.name), &copy).unwrap_or_else(|error| panic!("{}: {error}", copy.display()));
        self.bare(copy, server)
    }

    fn bare(&self, path: impl Into<PathBuf>, server: SocketAddr) -> Plugin {
        Plugin::new(path).args(self.args).args(["-t", "2", "-H", &server.to_string()])
    }

    /// The ways to give a server of this host: by its address, and by its name where the plugin takes names.
    pub(crate) fn hosts(&self, server: SocketAddr) -> Vec<String> {
        let name = self.takes_names.then(|| format!("localhost:{}", server.port()));
        [server.to_string()].into_iter().chain(name).collect()
    }
}
