//! The C library's stub resolver, with a resolv.conf(5) of its own.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::sandbox::Sandbox;

/// How long a lookup may take: the C library waits for a silent server 5 s, for three of them twice.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs "$@" with "$1" as resolv.conf, in a mount namespace that only it sees.
const PRIVATE: &str = r#"set -e
hide() {
    file=$(mktemp -p /run/lab)
    cat >"$file"
    mount --bind "$file" "$(readlink -m "$1")"
    rm "$file"
}
printf %s "$1" | hide /etc/resolv.conf
echo 'hosts: files dns' | hide /etc/nsswitch.conf
shift
exec "$@""#;

/// Looks "$1" up; getent(1) says by 2 that there is no such name.
const LOOKUP: &str = r#"began=$(date +%s%3N)
getent ahosts "$1" || [ $? = 2 ]
echo "waited $(($(date +%s%3N) - began))""#;

/// The C library's answer about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The addresses, sorted; none when it has found none.
    pub addresses: Vec<String>,
    /// The time that the lookup took.
    pub waited: Duration,
}

/// The words before a program's own, to run it with this resolv.conf.
pub(crate) fn prefix(resolv_conf: &str) -> [&str; 7] {
    ["unshare", "--mount", "sh", "-c", PRIVATE, "private", resolv_conf]
}

/// Looks a name up as a program would that has this resolv.conf.
pub(crate) fn look_up(sandbox: &Sandbox, resolv_conf: &str, name: &str) -> Result<Client> {
    let [unshare, words @ ..] = prefix(resolv_conf);
    let text = sandbox.run_within(LIMIT, unshare, words.into_iter().chain(["sh", "-ec", LOOKUP, "lookup", name]))?;
    parse(&text).with_context(|| format!("no lookup: {text}"))
}

fn parse(text: &str) -> Option<Client> {
    let (addresses, waited) = text.split_once("waited ")?;
    let mut addresses: Vec<_> =
        addresses.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Some(Client { addresses, waited: Duration::from_millis(waited.trim().parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_listed_once_for_all_kinds_of_sockets() {
        let text =
            "192.0.2.2       STREAM www.example.org\n192.0.2.2       DGRAM  \n192.0.2.1       STREAM \nwaited 1001\n";
        let addresses = ["192.0.2.1", "192.0.2.2"].map(str::to_owned).to_vec();
        assert_eq!(parse(text), Some(Client { addresses, waited: Duration::from_millis(1001) }));
        assert_eq!(parse("waited 3\n").unwrap().addresses.len(), 0);
        assert_eq!(parse(""), None);
    }
}
