//! Whom to ask for what, and what to expect of them.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use common::dns::{Name, NameError, Options, ResolvConf, Server, ServerArg, VainLine, parse_name};
use common::{CheckError, Rules};

use crate::cli::{Cli, ExpectServers};
use crate::probe::{Probe, Side, canary_parent, zone_of};
use crate::subject::{Role, Subject, is_consul, plain};

/// One server may fail when there are three, as everywhere in DNS.
const DEFAULT_MIN_SERVERS: usize = 2;

/// Where a random outside name is looked for: a zone that has no wildcard and that every resolver must reach.
const RANDOM_OUTSIDE: &str = "com";

/// The port of Consul's DNS, unless it was told another.
const CONSUL_PORT: u16 = 8600;

const DNS_PORT: u16 = 53;

/// Whom to ask for what, and how.
#[derive(Debug)]
pub(crate) struct Target {
    /// In the order in which clients ask them.
    pub(crate) servers: Vec<Server>,
    /// The names, those inside first, the random ones last.
    pub(crate) subjects: Vec<Subject>,
    /// The source of the inside names, which the servers forward to.
    pub(crate) upstream: Option<Server>,
    /// Servers that must not know the inside zones.
    pub(crate) outside: Vec<Server>,
    pub(crate) options: Options,
    /// What the clients' `resolv.conf` says; none when the servers were named.
    pub(crate) resolv_conf: Option<ResolvConf>,
}

/// In which part a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// As one that must know everything.
    Judged,
    /// As the source of the inside names.
    Upstream,
    /// As one that must not know the inside zones.
    Outside,
}

impl Whom {
    /// An outside server hears random names alone: a real one would be leaked by asking.
    pub(crate) fn is_asked_for(self, subject: &Subject) -> bool {
        match self {
            Self::Judged => true,
            Self::Upstream => subject.is_known(Side::Internal),
            Self::Outside => matches!(subject.role, Role::Random(Side::Internal)),
        }
    }
}

impl Target {
    /// The arguments, completed by `resolv.conf`.
    ///
    /// # Errors
    /// When there is no name, a server is not given by address, or `resolv.conf` is at fault.
    pub(crate) fn new(cli: &Cli) -> Result<Self, CheckError> {
        let subjects = subjects(cli)?;
        let (mut servers, resolv_conf) = if cli.hostname.is_empty() {
            let found = ResolvConf::read(&cli.resolv_conf, cli.port, "name the servers with --hostname")?;
            (found.servers.clone(), Some(found))
        } else {
            (named(&cli.hostname, cli.port, "--hostname")?, None)
        };
        // A server that is named twice is no redundancy.
        let mut seen = HashSet::new();
        servers.retain(|server| seen.insert(server.address));
        Ok(Self {
            servers,
            subjects,
            upstream: named(cli.upstream.as_slice(), CONSUL_PORT, "--upstream")?.pop(),
            outside: named(&cli.external_server, DNS_PORT, "--external-server")?,
            options: Options { timeout: cli.query_timeout, ..Options::default() },
            resolv_conf,
        })
    }
}

fn named(args: &[ServerArg], port: u16, option: &str) -> Result<Vec<Server>, CheckError> {
    let servers: Result<_, _> = args.iter().map(|arg| Server::new(arg, port)).collect();
    servers.map_err(|error| CheckError::local(error, format!("give {option} an address")))
}

/// Every name to ask for: what was given, and random names of each inside zone and of the world outside.
fn subjects(cli: &Cli) -> Result<Vec<Subject>, CheckError> {
    if cli.internal.is_empty() && cli.external.is_empty() && cli.absent.is_empty() {
        return Err(CheckError::local("no name to ask for", "give --internal, --external or --absent"));
    }
    let zones: Vec<Name> = cli.zone.clone();
    let inside: Vec<_> = cli.internal.iter().map(|probe| (probe, zone_of(probe.question_name(), &zones))).collect();
    let mut known_zones: Vec<Name> = Vec::new();
    for zone in inside.iter().map(|(_, zone)| zone).chain(&zones) {
        if !known_zones.contains(zone) {
            known_zones.push(zone.clone());
        }
    }
    check_zones(cli, &inside)?;
    let holding = |name: &Name| Some(zone_of(name, &known_zones)).filter(|zone| known_zones.contains(zone));
    let mut subjects: Vec<_> =
        inside.iter().map(|(probe, zone)| Subject::known(probe, &cli.internal_net, Some(zone.clone()))).collect();
    subjects.extend(cli.external.iter().map(|probe| Subject::known(probe, &cli.external_net, None)));
    subjects.extend(cli.absent.iter().map(|absent| Subject::absent(absent, holding(absent.question_name()))));
    let too_long = |error: NameError| CheckError::local(format!("a random name: {error}"), "give a shorter name");
    for zone in known_zones {
        let first = inside.iter().find(|(_, of)| *of == zone);
        let parent = first.map_or_else(|| zone.clone(), |(probe, _)| canary_parent(probe.question_name(), &zone));
        subjects.push(Subject::random(Side::Internal, &parent, Some(zone)).map_err(too_long)?);
    }
    // Whether the world is reached tells what is amiss with an inside name, too.
    if !cli.external.is_empty() || !cli.internal.is_empty() {
        let parent = parse_name(RANDOM_OUTSIDE).map_err(too_long)?;
        subjects.push(Subject::random(Side::External, &parent, None).map_err(too_long)?);
    }
    Ok(subjects)
}

/// The last label is no inside zone where the world serves it, too.
fn check_zones(cli: &Cli, inside: &[(&Probe, Name)]) -> Result<(), CheckError> {
    let is_derived = |zone: &Name| !cli.zone.contains(zone) && !is_consul(zone);
    let is_shared = |zone: &Name| plain(zone).eq_ignore_ascii_case("arpa") || !cli.external_server.is_empty();
    match inside.iter().find(|(_, zone)| is_derived(zone) && is_shared(zone)) {
        Some((probe, zone)) => Err(CheckError::local(
            format!("{} is taken for a name of zone {}, which the internet may know", probe.name, plain(zone)),
            "give the internal zone with --zone",
        )),
        None => Ok(()),
    }
}

/// What is expected of the servers.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    /// The names, in the order of the target's.
    pub(crate) subjects: Vec<Subject>,
    /// How many servers must serve every name.
    pub(crate) min_servers: usize,
    /// Which servers, or how many, there should be.
    pub(crate) expect_servers: Option<ExpectServers>,
    pub(crate) clients: Clients,
    /// Whether each server and name has perfdata of its own.
    pub(crate) perfdata_per_server: bool,
}

/// How the clients use the servers.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    /// Each lookup starts at another server.
    pub(crate) rotate: bool,
    /// How long a client waits for the first server.
    pub(crate) timeout: Duration,
    /// How often a client asks each server; with 0 it asks none.
    pub(crate) attempts: u32,
    /// Lines of the file that name a server in vain.
    pub(crate) vain: Vec<VainLine>,
    /// The file that says so; none when the servers were named.
    pub(crate) file: Option<String>,
}

/// `RES_TIMEOUT` of glibc's resolv.h.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// `RES_DFLRETRY` of glibc's resolv.h.
const DEFAULT_ATTEMPTS: u32 = 2;

impl Clients {
    fn new(found: Option<&ResolvConf>, file: &Path) -> Self {
        match found {
            Some(found) => Self {
                rotate: found.rotate,
                timeout: found.timeout,
                attempts: found.attempts,
                vain: found.vain.clone(),
                file: Some(file.display().to_string()),
            },
            None => Self {
                rotate: false,
                timeout: DEFAULT_TIMEOUT,
                attempts: DEFAULT_ATTEMPTS,
                vain: Vec::new(),
                file: None,
            },
        }
    }
}

impl Policy {
    /// What the arguments expect of the target.
    pub(crate) fn new(cli: &Cli, target: &Target, rules: Rules) -> Self {
        let default = DEFAULT_MIN_SERVERS.min(target.servers.len());
        Self {
            rules,
            subjects: target.subjects.clone(),
            min_servers: cli.min_servers.map_or(default, usize::from),
            expect_servers: cli.expect_servers.clone(),
            clients: Clients::new(target.resolv_conf.as_ref(), &cli.resolv_conf),
            perfdata_per_server: cli.perfdata_per_server,
        }
    }
}

#[cfg(test)]
mod tests;
