//! Whom to ask, and what to expect of the service.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use common::{CheckError, Range, Rules, Secret, Thresholds};
use regex::{Regex, RegexBuilder};

use crate::agent::{self, Agent};
use crate::catalogue::{INSTANCES_PASSING, PASSING_PERCENT};
use crate::cli::{Cli, Environment};

/// Whom to ask, about what, and with which rights.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) agents: Vec<Agent>,
    pub(crate) query: Query,
    pub(crate) trust: Trust,
    pub(crate) token: Option<Secret>,
    /// For a proxy in front of the agents.
    pub(crate) auth: Option<Login>,
    /// The pause before a second look at what seems to be wrong.
    pub(crate) recheck: Duration,
}

/// HTTP's basic authentication.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
}

/// Which instances are asked about.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) service: String,
    pub(crate) datacenter: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) partition: Option<String>,
    pub(crate) peer: Option<String>,
    pub(crate) filter: Option<String>,
    /// All of them, in lower case: Consul compares them so.
    pub(crate) tags: Vec<String>,
    pub(crate) node: Option<String>,
}

/// How agents are known by their certificates, and we by ours.
#[derive(Debug)]
pub(crate) struct Trust {
    /// Files or one directory of certificates; none for the system's.
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) server_name: Option<String>,
    /// Whether certificates are verified.
    pub(crate) verifies: bool,
}

impl Target {
    /// The arguments, completed by the environment.
    ///
    /// # Errors
    /// When an address is none, a variable is malformed, or the file of the token cannot be read.
    pub(crate) fn new(cli: &Cli, environment: &Environment) -> Result<Self, CheckError> {
        let token_file = cli.access.token_file.as_ref().or(environment.token_file.as_ref());
        let token = match token_file {
            Some(file) => Some(Secret::from_file(file)?),
            None => environment.token.clone(),
        };
        Ok(Self {
            agents: agent::agents(cli, environment)?,
            query: Query::new(cli, environment),
            trust: Trust::new(cli, environment)?,
            token,
            auth: environment.auth.as_ref().map(Login::new),
            recheck: cli.expectation.recheck,
        })
    }

    /// What makes this check another one than the next.
    pub(crate) fn key(&self) -> String {
        let mut names: Vec<_> = self.agents.iter().map(|agent| agent.name.as_str()).collect();
        names.sort_unstable();
        format!("{:?} {names:?}", self.query)
    }
}

impl Login {
    /// `USER[:PASSWORD]`.
    fn new(auth: &Secret) -> Self {
        match auth.expose().split_once(':') {
            Some((user, password)) => Self { user: user.to_owned(), password: Some(Secret::new(password)) },
            None => Self { user: auth.expose().to_owned(), password: None },
        }
    }
}

impl Query {
    fn new(cli: &Cli, environment: &Environment) -> Self {
        let args = &cli.selection;
        let or = |given: &Option<String>, variable: &Option<String>| given.clone().or_else(|| variable.clone());
        Self {
            service: cli.service.clone(),
            datacenter: args.datacenter.clone(),
            namespace: or(&args.namespace, &environment.namespace),
            partition: or(&args.partition, &environment.partition),
            peer: args.peer.clone(),
            filter: args.filter.clone(),
            tags: args.tag.iter().map(|tag| tag.to_lowercase()).collect(),
            node: args.node.clone(),
        }
    }

    /// Whether an instance with these tags on this node is one of those asked about.
    pub(crate) fn selects(&self, node: &str, tags: &[Cow<str>]) -> bool {
        let has = |wanted: &String| tags.iter().any(|tag| tag.to_lowercase() == *wanted);
        // Consul compares names of nodes without regard to case, too.
        self.tags.iter().all(has) && self.node.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(node))
    }

    /// What narrows the look-up, in words; none when all instances are meant.
    pub(crate) fn narrowed(&self) -> Option<String> {
        let tags = self.tags.iter().map(|tag| format!("the tag {tag}"));
        let node = self.node.iter().map(|node| format!("the node {node}"));
        let filter = self.filter.iter().map(|filter| format!("the filter {filter}"));
        let all: Vec<_> = tags.chain(node).chain(filter).collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }
}

impl Trust {
    fn new(cli: &Cli, environment: &Environment) -> Result<Self, CheckError> {
        let args = &cli.access;
        let given = args.ca_file.as_ref().or(args.ca_path.as_ref());
        // Consul's client prefers the file, too.
        let authorities = given.or(environment.ca_file.as_ref()).or(environment.ca_path.as_ref());
        let certificate = match (&args.client_cert, &args.client_key) {
            (Some(certificate), Some(key)) => Some((certificate.clone(), key.clone())),
            _ => certificate(environment)?,
        };
        let verify = environment.ssl_verify.as_deref();
        let verify = verify.map(|text| agent::boolean("CONSUL_HTTP_SSL_VERIFY", text)).transpose()?;
        Ok(Self {
            authorities: authorities.cloned(),
            certificate,
            server_name: args.tls_server_name.clone().or_else(|| environment.tls_server_name.clone()),
            verifies: verify.unwrap_or(true),
        })
    }
}

/// Of the environment: both halves or none.
fn certificate(environment: &Environment) -> Result<Option<(PathBuf, PathBuf)>, CheckError> {
    match (&environment.client_cert, &environment.client_key) {
        (Some(certificate), Some(key)) => Ok(Some((certificate.clone(), key.clone()))),
        (None, None) => Ok(None),
        _ => Err(CheckError::local(
            "only one of $CONSUL_CLIENT_CERT and $CONSUL_CLIENT_KEY is set",
            "set both, or give --client-cert and --client-key",
        )),
    }
}

/// What is expected of the service.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    pub(crate) query: Query,
    /// How many instances should pass, where that was given.
    pub(crate) expect: Option<u32>,
    /// Every instance must have a check whose name or id matches.
    pub(crate) require_check: Option<Regex>,
    /// Whether a token was sent. Without one, Consul hides what the anonymous token may not see.
    pub(crate) has_token: bool,
    /// How long a vanished instance is missed.
    pub(crate) vanished_hold: Duration,
}

impl Policy {
    /// Derives the thresholds: one instance of those expected lost is a warning, the majority lost critical.
    ///
    /// # Errors
    /// When the regular expression is none.
    pub(crate) fn new(cli: &Cli, target: &Target, mut rules: Rules) -> Result<Self, CheckError> {
        let args = &cli.expectation;
        let thresholds = derived(args.expect, &rules);
        rules.derive(&INSTANCES_PASSING, thresholds);
        let regex = |text: &String| RegexBuilder::new(text).case_insensitive(true).size_limit(1 << 20).build();
        let require_check = args.require_check.as_ref().map(regex).transpose().map_err(|error| {
            CheckError::local(format!("--require-check: {error}"), "give a regular expression such as wsrep|galera")
        })?;
        Ok(Self {
            rules,
            query: target.query.clone(),
            expect: args.expect,
            require_check,
            has_token: target.token.is_some(),
            vanished_hold: args.vanished_hold,
        })
    }
}

/// Who says in percent of those expected what is too few is not told so in instances, too.
fn derived(expect: Option<u32>, rules: &Rules) -> Thresholds {
    let Some(whole) = expect else {
        return Thresholds { warning: None, critical: Some(Range::at_least(1_u32)) };
    };
    let (percent, majority) = (rules.thresholds(&PASSING_PERCENT), Thresholds::majority(whole));
    Thresholds {
        warning: majority.warning.filter(|_| percent.warning.is_none()),
        critical: majority.critical.filter(|_| percent.critical.is_none()),
    }
}
