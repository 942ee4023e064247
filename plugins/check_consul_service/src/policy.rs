//! The agents and name servers to ask, and what to expect of the service.

use std::path::PathBuf;
use std::time::Duration;

use common::{CheckError, Range, Rules, Secret, Thresholds};
use regex::{Regex, RegexBuilder};

use crate::agent::{self, Agent};
use crate::catalogue::{INSTANCES_PASSING, PASSING_PERCENT};
use crate::cli::{Cli, Environment};
use crate::name_servers::NameServers;
use crate::query::Query;

/// The agents to ask, the service to ask about, and the rights to do so.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) agents: Vec<Agent>,
    pub(crate) query: Query,
    pub(crate) trust: Trust,
    pub(crate) token: Option<Secret>,
    /// For a proxy in front of the agents.
    pub(crate) auth: Option<Login>,
    /// How long to wait before asking again what is doubtful.
    pub(crate) recheck: Duration,
    /// The name servers to compare with the API; `None` without `--dns`.
    pub(crate) name_servers: Option<NameServers>,
}

/// HTTP's basic authentication.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: Option<Secret>,
}

/// How agents prove who they are, and how we do.
#[derive(Debug)]
pub(crate) struct Trust {
    /// A file or a directory of certificates; `None` for the system's.
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
    /// When an address, a variable or the service's name in DNS is malformed, or a file cannot be read.
    pub(crate) fn new(cli: &Cli, environment: &Environment) -> Result<Self, CheckError> {
        let token_file = cli.access.token_file.as_ref().or(environment.token_file.as_ref());
        let token = match token_file {
            Some(file) => Some(Secret::from_file(file)?),
            None => environment.token.clone(),
        };
        let (agents, query) = (agent::agents(cli, environment)?, Query::new(cli, environment));
        Ok(Self {
            name_servers: NameServers::new(cli, &agents, &query)?,
            agents,
            query,
            trust: Trust::new(cli, environment)?,
            token,
            auth: environment.auth.as_ref().map(Login::new),
            recheck: cli.expectation.recheck,
        })
    }

    /// Everything that makes this check another one than the next.
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

/// The certificate and the key that the environment names: both or neither.
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

/// The rules that the service is judged by.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    pub(crate) query: Query,
    /// How many instances should pass, where that is given.
    pub(crate) expect: Option<u32>,
    /// Every instance must have a check whose name or id matches this.
    pub(crate) require_check: Option<Regex>,
    /// Whether a token was sent. Without one, Consul hides what the anonymous token may not see.
    pub(crate) has_token: bool,
    /// How long to report an instance that has disappeared from the catalog.
    pub(crate) vanished_hold: Duration,
    /// Whether each name server has perfdata of its own.
    pub(crate) perfdata_per_server: bool,
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
            // The lines before the last one draw a picture, which one line cannot.
            let error = error.to_string();
            let why = error.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
            CheckError::local(format!("--require-check: {why}"), "give a regular expression, such as wsrep or galera")
        })?;
        Ok(Self {
            rules,
            query: target.query.clone(),
            expect: args.expect,
            require_check,
            has_token: target.token.is_some(),
            vanished_hold: args.vanished_hold,
            perfdata_per_server: args.perfdata_per_server,
        })
    }

    /// How many instances should pass, of so many that are registered.
    pub(crate) fn expected(&self, registered: usize) -> usize {
        self.expect.map_or(registered, |expect| usize::try_from(expect).unwrap_or(usize::MAX))
    }
}

/// The thresholds for `instances_passing`. One on `passing_percent` switches off the default of its severity.
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn given(args: &[&str]) -> Cli {
        Cli::try_parse_from([&["x", "-s", "web"], args].concat()).unwrap()
    }

    fn target(args: &[&str], environment: &Environment) -> Result<Target, CheckError> {
        Target::new(&given(args), environment)
    }

    fn text(value: &str) -> String {
        value.to_owned()
    }

    /// What is remembered for one check must not be read by another.
    #[test]
    fn every_question_has_a_key_of_its_own() {
        let key = |args: &[&str]| target(args, &Environment::default()).unwrap().key();
        let questions: [&[&str]; 11] = [
            &[],
            &["-H", "db1"],
            &["-H", "db1,db2"],
            &["--tag", "a"],
            &["--tag", "a", "--tag", "b"],
            &["--node", "a"],
            &["--filter", "a"],
            &["--datacenter", "a"],
            &["--namespace", "a"],
            &["--partition", "a"],
            &["--peer", "a"],
        ];
        let keys: std::collections::BTreeSet<_> = questions.iter().map(|args| key(args)).collect();
        assert_eq!(keys.len(), questions.len());
        assert_eq!(
            key(&["-H", "db2,db1"]),
            key(&["-H", "db1", "-H", "db2"]),
            "the order of the agents decides nothing"
        );
        assert_eq!(key(&["--expect", "3"]), key(&[]), "nor what is expected");
    }

    #[test]
    fn the_environment_completes_what_was_not_given() {
        let environment = Environment {
            namespace: Some(text("shop")),
            partition: Some(text("blue")),
            auth: Some(Secret::new("u:p:w")),
            ..Environment::default()
        };
        let found = target(&["--namespace", "web"], &environment).unwrap();
        assert_eq!((found.query.namespace, found.query.partition), (Some(text("web")), Some(text("blue"))));
        let login = found.auth.unwrap();
        assert_eq!((login.user.as_str(), login.password.as_ref().map(Secret::expose)), ("u", Some("p:w")));
        let alone = Login::new(&Secret::new("user"));
        assert!(alone.user == "user" && alone.password.is_none());
    }

    /// `NewClient` of Consul's `api/api.go`: a file of a token before the token, both halves of a certificate or none.
    #[test]
    fn rights_and_trust_are_those_of_consuls_client() {
        let environment = |change: fn(&mut Environment)| {
            let mut environment = Environment::default();
            change(&mut environment);
            environment
        };
        let trust = |args: &[&str], environment: &Environment| target(args, environment).map(|target| target.trust);
        let token = environment(|environment| environment.token = Some(Secret::new("hunter2-from-the-environment")));
        assert_eq!(target(&[], &token).unwrap().token.unwrap().expose(), "hunter2-from-the-environment");
        let missing = target(&["--token-file", "/nonexistent/token"], &token).unwrap_err();
        assert!(missing.parts().0.contains("/nonexistent/token"), "not the variable instead: {missing:?}");
        let half = environment(|environment| environment.client_key = Some("/key".into()));
        assert!(trust(&[], &half).is_err());
        let given = trust(&["--client-cert", "/c", "--client-key", "/k"], &half).unwrap();
        assert_eq!(given.certificate, Some(("/c".into(), "/k".into())));
        let files = environment(|environment| {
            environment.ca_file = Some("/file".into());
            environment.ca_path = Some("/directory".into());
        });
        assert_eq!(trust(&[], &files).unwrap().authorities, Some("/file".into()));
        assert_eq!(trust(&["--ca-path", "/given"], &files).unwrap().authorities, Some("/given".into()));
        for (verify, verifies) in [(None, true), (Some(text("true")), true), (Some(text("0")), false)] {
            let environment = Environment { ssl_verify: verify, ..Environment::default() };
            assert_eq!(trust(&[], &environment).unwrap().verifies, verifies);
        }
        let odd = Environment { ssl_verify: Some(text("no")), ..Environment::default() };
        assert!(trust(&[], &odd).is_err(), "who mistypes it is not left without verification");
    }

    #[test]
    fn what_narrows_the_question_is_said_in_words() {
        let narrowed = |args: &[&str]| target(args, &Environment::default()).unwrap().query.narrowed();
        assert_eq!(narrowed(&["--namespace", "a"]), None, "that is where it is, not which");
        let all = ["--tag", "a", "--tag", "B", "--node", "n", "--filter", "f == 1"];
        assert_eq!(narrowed(&all), Some(text("the tag a and the tag b and the node n and the filter f == 1")));
    }
}
