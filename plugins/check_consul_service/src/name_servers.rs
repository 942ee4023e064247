//! The name servers to ask, and the name to ask for.

use std::path::Path;

use common::dns::{ResolvConf, Server};
use common::{CheckError, HostPort};

use crate::agent::Agent;
use crate::cli::Cli;
use crate::dns::{NameServer, Questions, Role};
use crate::query::Query;

/// The port at which Consul answers DNS by default.
pub(crate) const CONSUL_PORT: u16 = 8600;

/// The port of every other name server.
const DNS_PORT: u16 = 53;

/// The name servers to ask, and the name to ask for.
#[derive(Clone, Debug)]
pub(crate) struct NameServers {
    pub(crate) questions: Questions,
    pub(crate) servers: Vec<NameServer>,
    /// Hosts of agents whose addresses are not known yet.
    pub(crate) hosts: Vec<String>,
    /// Whether the name has all instances, or only those that are asked about.
    pub(crate) of_all: bool,
}

impl NameServers {
    /// The name servers that `--dns` asks for; `None` without it.
    ///
    /// # Errors
    /// When the service has no name in DNS, a server is not given by its address, or `resolv.conf` is at fault.
    pub(crate) fn new(cli: &Cli, agents: &[Agent], query: &Query) -> Result<Option<Self>, CheckError> {
        let args = &cli.expectation;
        if args.dns.is_empty() {
            return Ok(None);
        }
        let name = args.dns_name.clone().unwrap_or_else(|| name(query));
        let questions = Questions::new(&name).map_err(|error| {
            CheckError::local(format!("\"{name}\" is no name for DNS: {error}"), "give the right one with --dns-name")
        })?;
        // Without tags and a node these are the same.
        let of_all = query.node.is_some() || query.tags.len() > 1;
        let mut found = Self { questions, servers: Vec::new(), hosts: Vec::new(), of_all };
        for given in &args.dns {
            found.add(given, agents)?;
        }
        Ok(Some(found))
    }

    /// Adds a server by its address, or all the usual ones.
    fn add(&mut self, given: &str, agents: &[Agent]) -> Result<(), CheckError> {
        if given.is_empty() {
            for agent in agents {
                self.add_agent(agent.host());
            }
            let file = Path::new("/etc/resolv.conf");
            let resolvers = ResolvConf::read(file, DNS_PORT, "name the servers, --dns SERVER")?.unskipped(file)?;
            for server in resolvers.servers {
                self.push(server);
            }
            return Ok(());
        }
        let wrong = |error: String| CheckError::local(error, "give --dns an address");
        let HostPort { host, port } = given.parse().map_err(wrong)?;
        self.push(Server::at(&host, port.unwrap_or(DNS_PORT)).map_err(wrong)?);
        Ok(())
    }

    /// Adds the agent on this host, which may have to be looked up first.
    pub(crate) fn add_agent(&mut self, host: &str) {
        match Server::at(host, CONSUL_PORT) {
            Ok(server) => self.push(server),
            Err(_) => self.hosts.push(host.to_owned()),
        }
    }

    fn push(&mut self, server: Server) {
        let role = if server.address.port() == CONSUL_PORT { Role::Consul } else { Role::Forwarder };
        if self.servers.iter().all(|known| known.server.address != server.address) {
            self.servers.push(NameServer { server, role });
        }
    }
}

/// The name under which Consul's DNS has the instances (the documentation's "Standard lookup"). It knows one tag.
fn name(query: &Query) -> String {
    let tag = match (query.tags.as_slice(), &query.node) {
        ([tag], None) => format!("{tag}."),
        _ => String::new(),
    };
    let service = &query.service;
    let part =
        |value: &Option<String>, kind: &str| value.as_ref().map_or_else(String::new, |value| format!(".{value}{kind}"));
    let (namespace, partition) = (part(&query.namespace, ".ns"), part(&query.partition, ".ap"));
    let there = match &query.peer {
        Some(peer) => format!(".{peer}.peer"),
        // Without the label "dc" older versions know it too.
        None if namespace.is_empty() && partition.is_empty() => part(&query.datacenter, ""),
        None => part(&query.datacenter, ".dc"),
    };
    format!("{tag}{service}.service{namespace}{partition}{there}.consul")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent;
    use crate::cli::Environment;
    use clap::Parser;

    fn given(args: &[&str]) -> Result<Option<NameServers>, CheckError> {
        let cli = Cli::try_parse_from([&["x", "-s", "web"], args].concat()).unwrap();
        let environment = Environment::default();
        NameServers::new(&cli, &agent::agents(&cli, &environment).unwrap(), &Query::new(&cli, &environment))
    }

    /// With a server that is not asked by anybody here.
    fn asking(args: &[&str]) -> NameServers {
        given(&[&["--dns", "192.0.2.53"], args].concat()).unwrap().unwrap()
    }

    fn servers(found: &NameServers) -> Vec<(&str, Role)> {
        found.servers.iter().map(|server| (server.server.name.as_str(), server.role)).collect()
    }

    /// Of Consul's documentation, "Perform static DNS queries" and "Consul DNS reference": `[TAG.]SERVICE.service[.NAMESPACE.ns][.PARTITION.ap]`
    /// `[.DATACENTER.dc][.PEER.peer].consul`; without namespace and partition `[.DATACENTER]` is older and means the same.
    #[test]
    fn the_name_is_that_of_what_is_asked_about() {
        for (args, name) in [
            (&[][..], "web.service.consul"),
            (&["--tag", "Master"], "master.web.service.consul"),
            (&["--datacenter", "dc2"], "web.service.dc2.consul"),
            (&["--tag", "a", "--datacenter", "dc2"], "a.web.service.dc2.consul"),
            (&["--namespace", "shop"], "web.service.shop.ns.consul"),
            (&["--partition", "blue"], "web.service.blue.ap.consul"),
            (&["--namespace", "shop", "--datacenter", "dc2"], "web.service.shop.ns.dc2.dc.consul"),
            (&["--partition", "blue", "--datacenter", "dc2"], "web.service.blue.ap.dc2.dc.consul"),
            (
                &["--tag", "a", "--namespace", "shop", "--partition", "blue", "--datacenter", "dc2"],
                "a.web.service.shop.ns.blue.ap.dc2.dc.consul",
            ),
            (&["--peer", "east"], "web.service.east.peer.consul"),
            (&["--peer", "east", "--namespace", "shop"], "web.service.shop.ns.east.peer.consul"),
            // DNS knows one tag, and nodes under another name only.
            (&["--tag", "a", "--tag", "b"], "web.service.consul"),
            (&["--node", "db1"], "web.service.consul"),
            (&["--node", "db1", "--tag", "a"], "web.service.consul"),
            (&["--filter", "Node.Meta.zone == a"], "web.service.consul"),
            (&["--dns-name", "db.example."], "db.example"),
            (&["--dns-name", "db.example", "--tag", "a", "--datacenter", "dc2"], "db.example"),
        ] {
            assert_eq!(asking(args).questions.name, name, "{args:?}");
        }
    }

    /// What the name cannot say is left out of no comparison.
    #[test]
    fn where_the_name_has_more_than_is_asked_about_all_count() {
        for (args, of_all) in [
            (&[][..], false),
            (&["--tag", "a"], false),
            (&["--tag", "a", "--tag", "b"], true),
            (&["--node", "db1"], true),
            (&["--node", "db1", "--tag", "a"], true),
            (&["--dns-name", "a.web.service.consul", "--tag", "a"], false),
        ] {
            assert_eq!(asking(args).of_all, of_all, "{args:?}");
        }
    }

    #[test]
    fn a_server_is_consuls_own_by_its_port() {
        assert!(given(&[]).unwrap().is_none(), "nobody is asked who was not asked for");
        let found = given(&[
            "--dns=10.0.0.1:8600",
            "--dns=10.0.0.1",
            "--dns=10.0.0.2:5353",
            "--dns=[fd00::1]:8600",
            "--dns=fd00::2",
            "--dns=10.0.0.1:53",
        ]);
        assert_eq!(
            servers(&found.unwrap().unwrap()),
            [
                ("10.0.0.1:8600", Role::Consul),
                ("10.0.0.1", Role::Forwarder),
                ("10.0.0.2:5353", Role::Forwarder),
                ("[fd00::1]:8600", Role::Consul),
                ("fd00::2", Role::Forwarder),
            ],
            "each once"
        );
    }

    #[test]
    fn an_agent_is_a_name_server_once_its_address_is_known() {
        let mut found = asking(&[]);
        for host in ["127.0.0.1", "localhost", "::1"] {
            found.add_agent(host);
        }
        assert_eq!(found.hosts, ["localhost"]);
        assert_eq!(
            servers(&found),
            [("192.0.2.53", Role::Forwarder), ("127.0.0.1:8600", Role::Consul), ("[::1]:8600", Role::Consul)]
        );
    }

    #[test]
    fn what_cannot_be_asked_for_is_our_own_fault() {
        let fault = |args: &[&str]| given(args).unwrap_err().parts().0.to_owned();
        let name = fault(&["--dns", "192.0.2.53", "--dns-name", "db..consul"]);
        assert!(name.starts_with("\"db..consul\" is no name for DNS: "), "{name}");
        let long = fault(&["--dns", "192.0.2.53", "--tag", &"x".repeat(64)]);
        assert!(long.contains(".web.service.consul\" is no name for DNS: "), "{long}");
        for (server, said) in [("ns1.example", "\"ns1.example\" is no IP address"), ("ns1:8600", "\"ns1\" is no IP")] {
            let error = given(&["--dns", server]).unwrap_err();
            assert!(error.parts().0.starts_with(said), "{error:?}");
            assert_eq!(error.parts().1, "give --dns an address");
        }
        for server in ["10.0.0.1:", "10.0.0.1:0x", "10.0.0.1:65536", "[::1"] {
            assert_eq!(given(&["--dns", server]).unwrap_err().parts().1, "give --dns an address", "{server}");
        }
    }
}
