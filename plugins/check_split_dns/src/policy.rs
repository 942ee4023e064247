//! The servers to ask, the names to ask them for, and what to expect.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use common::dns::{Name, NameError, Options, ResolvConf, Server, ServerArg, UnusedLine, parse_name};
use common::{CheckError, Rules};

use crate::cli::{Cli, ExpectServers};
use crate::name::{canary_parent, is_consul, plain, zone_of};
use crate::probe::{Probe, Side};
use crate::subject::Subject;

/// One server may fail when there are three, as everywhere in DNS.
const DEFAULT_MIN_SERVERS: usize = 2;

/// The zone of the random external name: it has no wildcard, and every resolver must reach it.
const RANDOM_EXTERNAL: &str = "com";

/// The default port of Consul's DNS.
const CONSUL_PORT: u16 = 8600;

const DNS_PORT: u16 = 53;

/// The servers to ask, the names to ask them for, and how.
#[derive(Debug)]
pub(crate) struct Target {
    /// In the order in which clients ask them.
    pub(crate) servers: Vec<Server>,
    /// The names, internal ones first, random ones last.
    pub(crate) subjects: Vec<Subject>,
    /// The source of the internal names, which the servers forward to.
    pub(crate) upstream: Option<Server>,
    /// Servers that must not know the internal zones.
    pub(crate) external: Vec<Server>,
    pub(crate) options: Options,
    pub(crate) clients: Clients,
    /// How long to wait before doubtful answers are asked for again.
    pub(crate) recheck: Duration,
}

impl Target {
    /// The arguments, completed by `resolv.conf`.
    ///
    /// # Errors
    /// When there is no name, a server is not given by address, or `resolv.conf` cannot be used.
    pub(crate) fn new(cli: &Cli) -> Result<Self, CheckError> {
        let subjects = subjects(cli)?;
        let (mut servers, resolv_conf) = if cli.hostname.is_empty() {
            let found = ResolvConf::read(&cli.resolv_conf, cli.port, "name the servers with --hostname")?;
            (found.servers.clone(), Some(found))
        } else {
            (named(&cli.hostname, cli.port, "--hostname")?, None)
        };
        // A server that is named twice adds no redundancy.
        let mut seen = HashSet::new();
        servers.retain(|server| seen.insert(server.address));
        Ok(Self {
            servers,
            subjects,
            upstream: named(cli.upstream.as_slice(), CONSUL_PORT, "--upstream")?.pop(),
            external: named(&cli.external_server, DNS_PORT, "--external-server")?,
            options: Options { timeout: cli.query_timeout, ..Options::default() },
            clients: Clients::new(resolv_conf.as_ref(), &cli.resolv_conf),
            recheck: cli.recheck,
        })
    }
}

fn named(args: &[ServerArg], port: u16, option: &str) -> Result<Vec<Server>, CheckError> {
    let servers: Result<_, _> = args.iter().map(|arg| Server::new(arg, port)).collect();
    servers.map_err(|error| CheckError::local(error, format!("give {option} an address")))
}

/// Every name to ask for: those of the arguments, and random ones, one in each internal zone and one external.
fn subjects(cli: &Cli) -> Result<Vec<Subject>, CheckError> {
    if cli.internal.is_empty() && cli.external.is_empty() && cli.absent.is_empty() {
        return Err(CheckError::local("no name to ask for", "give --internal, --external or --absent"));
    }
    let internal: Vec<_> =
        cli.internal.iter().map(|probe| (probe, zone_of(probe.question_name(), &cli.zone))).collect();
    check_zones(cli, &internal)?;
    let zones = distinct(internal.iter().map(|(_, zone)| zone).chain(&cli.zone));
    let holding = |name: &Name| Some(zone_of(name, &zones)).filter(|zone| zones.contains(zone));
    let mut subjects: Vec<_> =
        internal.iter().map(|(probe, zone)| Subject::known(probe, &cli.internal_net, Some(zone.clone()))).collect();
    subjects.extend(cli.external.iter().map(|probe| Subject::known(probe, &cli.external_net, None)));
    subjects.extend(cli.absent.iter().map(|absent| Subject::absent(absent, holding(absent.question_name()))));
    let random = random_subjects(cli, &internal, zones);
    subjects
        .extend(random.map_err(|error| CheckError::local(format!("a random name: {error}"), "give a shorter name"))?);
    Ok(subjects)
}

/// The zones in order, each once.
fn distinct<'a>(zones: impl Iterator<Item = &'a Name>) -> Vec<Name> {
    let mut distinct = Vec::new();
    for zone in zones {
        if !distinct.contains(zone) {
            distinct.push(zone.clone());
        }
    }
    distinct
}

/// A random name in each internal zone, beside its first name, and an external one.
fn random_subjects(cli: &Cli, internal: &[(&Probe, Name)], zones: Vec<Name>) -> Result<Vec<Subject>, NameError> {
    let mut subjects = Vec::new();
    for zone in zones {
        let first = internal.iter().find(|(_, of)| *of == zone);
        let parent = first.map_or_else(|| zone.clone(), |(probe, _)| canary_parent(probe.question_name(), &zone));
        subjects.push(Subject::random(Side::Internal, &parent, Some(zone))?);
    }
    // Whether external names are answered also helps to find the cause of a fault of an internal name.
    if !cli.external.is_empty() || !cli.internal.is_empty() {
        subjects.push(Subject::random(Side::External, &parse_name(RANDOM_EXTERNAL)?, None)?);
    }
    Ok(subjects)
}

/// The last label is not an internal zone if the internet serves it, too.
fn check_zones(cli: &Cli, internal: &[(&Probe, Name)]) -> Result<(), CheckError> {
    let is_derived = |zone: &Name| !cli.zone.contains(zone) && !is_consul(zone);
    let is_shared = |zone: &Name| plain(zone).eq_ignore_ascii_case("arpa") || !cli.external_server.is_empty();
    match internal.iter().find(|(_, zone)| is_derived(zone) && is_shared(zone)) {
        Some((probe, zone)) => Err(CheckError::local(
            format!("{} is taken for a name of zone {}, which the internet may know", probe.name, plain(zone)),
            "give the internal zone with --zone",
        )),
        None => Ok(()),
    }
}

/// The expectations of the servers.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    /// How many servers must serve every name.
    pub(crate) min_servers: usize,
    /// Which servers, or how many, there should be.
    pub(crate) expect_servers: Option<ExpectServers>,
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
    /// Lines of the file that name a server which glibc does not use.
    pub(crate) unused: Vec<UnusedLine>,
    /// The file with these settings; `None` if the servers were named.
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
                unused: found.unused.clone(),
                file: Some(file.display().to_string()),
            },
            None => Self {
                rotate: false,
                timeout: DEFAULT_TIMEOUT,
                attempts: DEFAULT_ATTEMPTS,
                unused: Vec::new(),
                file: None,
            },
        }
    }
}

impl Policy {
    /// The expectations of the arguments.
    pub(crate) fn new(cli: &Cli, target: &Target, rules: Rules) -> Self {
        let default = DEFAULT_MIN_SERVERS.min(target.servers.len());
        Self {
            rules,
            min_servers: cli.min_servers.map_or(default, usize::from),
            expect_servers: cli.expect_servers.clone(),
            perfdata_per_server: cli.perfdata_per_server,
        }
    }
}

#[cfg(test)]
mod tests;
