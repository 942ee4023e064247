//! Whom to ask, and what to expect of the service.

use std::path::PathBuf;

use common::{CheckError, HostPort, Range, Rules, Secret, Thresholds};
use reqwest::Url;

use crate::catalogue::INSTANCES_PASSING;
use crate::cli::{Cli, Environment};

/// Whom to ask, about what, and with which token.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) agents: Vec<Agent>,
    pub(crate) service: String,
    pub(crate) datacenter: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) token: Option<Secret>,
}

/// Where the HTTP API of an agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    /// `HOST:PORT`, as the output names it.
    pub(crate) name: String,
    /// What the paths of the API are appended to.
    pub(crate) base: Url,
}

impl Target {
    /// The arguments, completed by the environment.
    ///
    /// # Errors
    /// When an address is none, or the file of the token cannot be read.
    pub(crate) fn new(cli: &Cli, environment: &Environment) -> Result<Self, CheckError> {
        let token_file = cli.token_file.as_ref().or(environment.token_file.as_ref());
        let token = match token_file {
            Some(file) => Some(Secret::from_file(file)?),
            None => environment.token.clone(),
        };
        Ok(Self {
            agents: agents(cli, environment)?,
            service: cli.service.clone(),
            datacenter: cli.datacenter.clone(),
            ca_file: cli.ca_file.as_ref().or(environment.ca_file.as_ref()).cloned(),
            token,
        })
    }

    /// Whether some agent is asked over TLS.
    pub(crate) fn uses_tls(&self) -> bool {
        self.agents.iter().any(|agent| agent.base.scheme() == "https")
    }
}

fn agents(cli: &Cli, environment: &Environment) -> Result<Vec<Agent>, CheckError> {
    let at = |host: &str, port| format!("http://{}", HostPort { host: host.to_owned(), port: Some(port) });
    let mut urls: Vec<_> = cli.hostname.iter().map(|given| at(&given.host, given.port.unwrap_or(cli.port))).collect();
    urls.extend(cli.http_addr.iter().cloned());
    if urls.is_empty() {
        urls.push(match &environment.http_addr {
            // As in Consul's client, without a scheme it is http.
            Some(address) if !address.contains("://") => format!("http://{address}"),
            Some(address) => address.clone(),
            None => at("127.0.0.1", cli.port),
        });
    }
    urls.iter().map(|url| Agent::new(url)).collect()
}

impl Agent {
    /// # Errors
    /// When `address` is no URL of an HTTP API, or holds a secret. It is not repeated in the message for that reason.
    fn new(address: &str) -> Result<Self, CheckError> {
        let wrong =
            |problem: String| CheckError::local(problem, "give an agent as http://HOST:PORT or https://HOST:PORT");
        let base = Url::parse(address).map_err(|error| wrong(format!("an agent's address is no URL: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(format!("an agent's address begins with {}://", base.scheme())));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("an agent's address holds a user or password".to_owned()));
        }
        let (Some(host), Some(port), None, None) =
            (base.host_str(), base.port_or_known_default(), base.query(), base.fragment())
        else {
            return Err(wrong("an agent's address holds more than host, port and path".to_owned()));
        };
        Ok(Self { name: format!("{host}:{port}"), base })
    }
}

/// What is expected of the service.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) rules: Rules,
    pub(crate) service: String,
    /// How many instances should pass, where that was given.
    pub(crate) expect: Option<u32>,
    /// Whether a token was sent. Without one, Consul hides what the anonymous token may not see.
    pub(crate) has_token: bool,
}

impl Policy {
    /// Derives the thresholds: one instance of those expected lost is a warning, the majority lost critical.
    pub(crate) fn new(cli: &Cli, target: &Target, mut rules: Rules) -> Self {
        let thresholds = match cli.expect {
            Some(whole) => Thresholds::majority(whole),
            None => Thresholds { warning: None, critical: Some(Range::at_least(1_u32)) },
        };
        rules.derive(&INSTANCES_PASSING, thresholds);
        Self { rules, service: target.service.clone(), expect: cli.expect, has_token: target.token.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn target(args: &[&str], environment: &Environment) -> Result<Target, CheckError> {
        Target::new(&Cli::parse_from([&["check_consul_service", "-s", "web"], args].concat()), environment)
    }

    fn bases(args: &[&str], http_addr: Option<&str>) -> Vec<String> {
        let environment = Environment { http_addr: http_addr.map(str::to_owned), ..Environment::default() };
        let agents = target(args, &environment).unwrap().agents;
        agents.iter().map(|agent| agent.base.to_string()).collect()
    }

    #[test]
    fn agents_are_those_given_else_the_environments_else_the_local_one() {
        assert_eq!(bases(&[], None), ["http://127.0.0.1:8500/"]);
        assert_eq!(bases(&["-p", "80"], None), ["http://127.0.0.1/"]);
        assert_eq!(bases(&[], Some("db1:8501")), ["http://db1:8501/"]);
        assert_eq!(bases(&[], Some("https://db1:8501")), ["https://db1:8501/"]);
        assert_eq!(
            bases(&["-H", "db1,[::1]:8501", "-H", "db2", "--http-addr", "https://c.example/api/"], Some("db9")),
            ["http://db1:8500/", "http://[::1]:8501/", "http://db2:8500/", "https://c.example/api/"]
        );
    }

    #[test]
    fn an_agent_is_named_by_host_and_port() {
        let target = target(&["--http-addr", "https://[::1]/api"], &Environment::default()).unwrap();
        assert_eq!(target.agents[0].name, "[::1]:443");
        assert!(target.uses_tls());
    }

    #[test]
    fn other_addresses_are_refused_without_repeating_them() {
        for address in
            ["unix:///run/consul.sock", "http://u:hunter2@db1", "http://", "db1:8500", "http://db1?t=hunter2"]
        {
            let error = target(&["--http-addr", address], &Environment::default()).unwrap_err();
            assert!(error.parts().0.starts_with("an agent's address "), "{address}: {error:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(target(&["-H", "user@db1"], &Environment::default()).is_err());
    }

    #[test]
    fn the_environments_token_file_comes_before_its_token() {
        let token = Some(Secret::new("hunter2"));
        let environment = Environment { token: token.clone(), ..Environment::default() };
        assert_eq!(target(&[], &environment).unwrap().token, token);
        let environment = Environment { token, token_file: Some("/nonexistent".into()), ..Environment::default() };
        assert!(target(&[], &environment).is_err());
    }
}
