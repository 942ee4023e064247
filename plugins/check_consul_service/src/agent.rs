//! The address of an agent.

use std::path::PathBuf;

use common::{CheckError, HostPort};
use reqwest::Url;

use crate::cli::{Cli, Environment};

/// The address of an agent's HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agent {
    /// `HOST:PORT` or the path of a socket, as the output names it.
    pub(crate) name: String,
    /// The URL that the paths of the API are appended to.
    pub(crate) base: Url,
    /// The socket to connect to, instead of the host.
    pub(crate) socket: Option<PathBuf>,
}

/// The agents that the arguments name, else the one of the environment, else the one on this machine.
///
/// # Errors
/// When an address is none.
pub(crate) fn agents(cli: &Cli, environment: &Environment) -> Result<Vec<Agent>, CheckError> {
    let tls = environment.ssl.as_deref().map(|text| boolean("CONSUL_HTTP_SSL", text)).transpose()?.unwrap_or(false);
    let at = |host: &str, port| HostPort { host: host.to_owned(), port: Some(port) }.to_string();
    let mut given: Vec<_> = cli.hostname.iter().map(|given| at(&given.host, given.port.unwrap_or(cli.port))).collect();
    given.extend(cli.http_addr.iter().cloned());
    if given.is_empty() {
        given.push(environment.http_addr.clone().unwrap_or_else(|| at("127.0.0.1", cli.port)));
    }
    let mut agents = Vec::new();
    for address in &given {
        let agent = Agent::new(address, tls)?;
        // One that is given twice proves nothing twice.
        if !agents.contains(&agent) {
            agents.push(agent);
        }
    }
    Ok(agents)
}

/// A truth value as Go's `strconv.ParseBool` reads it.
///
/// # Errors
/// It is none. Consul's client goes on then, and without verification where that was what the variable is about.
pub(crate) fn boolean(variable: &str, text: &str) -> Result<bool, CheckError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(CheckError::local(format!("${variable} is neither true nor false"), "set it to true or false")),
    }
}

impl Agent {
    /// The agent at a URL, or at an address without a scheme; over TLS too where `tls` asks for that, whatever the
    /// scheme says: Consul's client never goes back to plain HTTP either.
    ///
    /// # Errors
    /// When `address` is no URL of an HTTP API, or holds a secret. It is not repeated in the message for that reason.
    fn new(address: &str, tls: bool) -> Result<Self, CheckError> {
        let secure = if tls { "https" } else { "http" };
        match address.split_once("://") {
            None => Self::at(&format!("{secure}://{address}")),
            Some(("http", rest)) => Self::at(&format!("{secure}://{rest}")),
            Some(("https", _)) => Self::at(address),
            Some(("unix", path)) if path.starts_with('/') => Self::behind(path, secure),
            Some(("unix", _)) => Err(wrong("an agent's address is a socket without a whole path".to_owned())),
            Some((scheme, _)) => Err(wrong(format!("an agent's address begins with {scheme}://"))),
        }
    }

    fn behind(path: &str, scheme: &str) -> Result<Self, CheckError> {
        let base = Url::parse(&format!("{scheme}://localhost/")).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { name: path.to_owned(), base, socket: Some(path.into()) })
    }

    fn at(address: &str) -> Result<Self, CheckError> {
        let base = Url::parse(address).map_err(|error| wrong(format!("an agent's address is no URL: {error}")))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("an agent's address holds a user or password".to_owned()));
        }
        let (Some(host), Some(port), None, None) =
            (base.host_str(), base.port_or_known_default(), base.query(), base.fragment())
        else {
            return Err(wrong("an agent's address holds more than host, port and path".to_owned()));
        };
        Ok(Self { name: format!("{host}:{port}"), base, socket: None })
    }

    /// The host that its name server is on too.
    pub(crate) fn host(&self) -> &str {
        match &self.socket {
            Some(_) => "127.0.0.1",
            None => self.base.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']'),
        }
    }
}

fn wrong(problem: String) -> CheckError {
    CheckError::local(problem, "give an agent as http://HOST:PORT, https://HOST:PORT or unix:///PATH")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn found(args: &[&str], environment: &Environment) -> Result<Vec<Agent>, CheckError> {
        agents(&Cli::parse_from([&["check_consul_service", "-s", "web"], args].concat()), environment)
    }

    fn bases(args: &[&str], http_addr: Option<&str>, ssl: Option<&str>) -> Vec<String> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let environment = Environment { http_addr: text(http_addr), ssl: text(ssl), ..Environment::default() };
        found(args, &environment).unwrap().iter().map(|agent| agent.base.to_string()).collect()
    }

    #[test]
    fn agents_are_those_given_else_the_environments_else_the_local_one() {
        assert_eq!(bases(&[], None, None), ["http://127.0.0.1:8500/"]);
        assert_eq!(bases(&["-p", "80"], None, None), ["http://127.0.0.1/"]);
        assert_eq!(bases(&[], Some("db1:8501"), None), ["http://db1:8501/"]);
        assert_eq!(bases(&[], Some("https://db1:8501"), None), ["https://db1:8501/"]);
        assert_eq!(
            bases(&["-H", "db1,[::1]:8501", "-H", "db2,db1", "--http-addr", "https://c.example/api/"], Some("x"), None),
            ["http://db1:8500/", "http://[::1]:8501/", "http://db2:8500/", "https://c.example/api/"]
        );
    }

    /// The rules of `NewClient` in Consul's `api/api.go`.
    #[test]
    fn tls_that_the_environment_asks_for_is_never_given_up() {
        for ssl in ["1", "true", "T"] {
            assert_eq!(bases(&[], None, Some(ssl)), ["https://127.0.0.1:8500/"]);
            assert_eq!(bases(&[], Some("http://db1:8500"), Some(ssl)), ["https://db1:8500/"]);
        }
        assert_eq!(bases(&[], Some("https://db1:8501"), Some("false")), ["https://db1:8501/"]);
        let odd = Environment { ssl: Some("yes".to_owned()), ..Environment::default() };
        assert!(found(&[], &odd).is_err());
    }

    #[test]
    fn an_agent_is_named_by_host_and_port_or_by_its_socket() {
        let agents =
            found(&["--http-addr", "https://[::1]/api", "--http-addr", "unix:///run/c.sock"], &Environment::default())
                .unwrap();
        let names: Vec<_> = agents.iter().map(|agent| (agent.name.as_str(), agent.host())).collect();
        assert_eq!(names, [("[::1]:443", "::1"), ("/run/c.sock", "127.0.0.1")]);
        assert_eq!(agents[1].base.as_str(), "http://localhost/");
    }

    #[test]
    fn other_addresses_are_refused_without_repeating_them() {
        for address in
            ["unix://consul.sock", "ftp://h", "http://u:hunter2@db1", "http://", "db1:x", "http://db1?t=hunter2"]
        {
            let error = found(&["--http-addr", address], &Environment::default()).unwrap_err();
            assert!(error.parts().0.starts_with("an agent's address "), "{address}: {error:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(found(&["-H", "user@db1"], &Environment::default()).is_err());
    }
}
