//! A private internet: one name server for a signed root, `com`, `org` and `example.org`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::bind::PROGRAM;
use crate::daemon::Daemon;
use crate::dns::{self, PORT};
use crate::node::{INTERNET, PUBLIC_ADDRESS, PUBLIC_ADDRESS_V6};
use crate::sandbox::Sandbox;
use crate::wait::wait_until;

/// The zone of the public name.
pub(crate) const PUBLIC_ZONE: &str = "example.org";

/// Signs every zone, the deepest first so that its parent can name its key.
const SIGN: &str = r#"
cd /run/lab/internet
for zone in example.org org com .; do
    file=$zone.zone
    [ "$zone" = . ] && file=root.zone
    key=$(dnssec-keygen -q -a ECDSAP256SHA256 -f KSK "$zone")
    cat "$key.key" >>"$file"
    dnssec-signzone -q -z -o "$zone" -f "$file.signed" "$file" "$key.key"
    [ "$zone" = . ] && cp "$key.key" anchor.key
done
"#;

/// How long it may take: a machine just started may have to gather entropy for the keys.
const SIGNING: Duration = Duration::from_secs(120);

/// How long the name server may take to answer.
const LIMIT: Duration = Duration::from_secs(120);

/// The zones that the name server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knows {
    /// The internet.
    Public,
    /// The zone `consul` as well, which must stay internal.
    Internal,
}

pub(crate) struct Internet<'a> {
    sandbox: &'a Sandbox,
}

impl<'a> Internet<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox }
    }

    pub(crate) fn daemon(&self) -> Daemon<'a> {
        Daemon::new(self.sandbox, "named", "internet".to_owned())
    }

    /// Makes and signs the zones and starts the name server; returns the root's trust anchor for named.conf(5).
    pub(crate) fn start(&self) -> Result<String> {
        let daemon = self.daemon();
        daemon.write("named.conf", &configuration(Knows::Public))?;
        for (file, origin, records) in zones() {
            daemon.write(file, &zone(origin, &records))?;
        }
        self.sandbox.run_within(SIGNING, "sh", ["-ec", SIGN]).context("cannot sign the private internet")?;
        self.launch()?;
        let key = fs::read_to_string(daemon.file("anchor.key"))?;
        anchor(&key).context("the root's key has an unknown form")
    }

    fn launch(&self) -> Result<()> {
        let daemon = self.daemon();
        daemon.start(PROGRAM, &["-g".to_owned(), "-c".to_owned(), daemon.inside("named.conf")])
    }

    /// Restarts it with this knowledge, and waits until it answers accordingly.
    pub(crate) fn teach(&self, knows: Knows) -> Result<()> {
        let daemon = self.daemon();
        daemon.kill()?;
        daemon.write("named.conf", &configuration(knows))?;
        self.launch()?;
        wait_until(&format!("the internet to know {knows:?}"), LIMIT, || {
            let answer = dns::ask(self.sandbox, INTERNET, PORT, "consul SOA")?;
            ensure!((answer.code == "NOERROR") == (knows == Knows::Internal), "it answers {answer}");
            Ok(())
        })
        .map_err(|error| daemon.explain(&error))
    }

    /// Undoes every change to it.
    pub(crate) fn mend(&self) -> Result<()> {
        let daemon = self.daemon();
        daemon.thaw()?;
        if daemon.is_alive() && self.is_right()? { Ok(()) } else { self.teach(Knows::Public) }
    }

    /// Whether it has its right configuration.
    pub(crate) fn is_right(&self) -> Result<bool> {
        Ok(fs::read_to_string(self.daemon().file("named.conf"))? == configuration(Knows::Public))
    }
}

/// The file, the origin and the records of every zone, beside its own name server.
fn zones() -> [(&'static str, &'static str, String); 4] {
    let address = format!("ns.internet. IN A {INTERNET}\n");
    let below = ["com", "org"].map(|name| format!("{name}. IN NS ns.internet.\n$INCLUDE dsset-{name}.\n")).concat();
    let web = format!("www IN A {PUBLIC_ADDRESS}\nwww IN AAAA {PUBLIC_ADDRESS_V6}\n");
    [
        ("root.zone", ".", address + &below),
        ("com.zone", "com.", String::new()),
        ("org.zone", "org.", format!("example IN NS ns.internet.\n$INCLUDE dsset-{PUBLIC_ZONE}.\n")),
        ("example.org.zone", "example.org.", web),
    ]
}

/// The zone. Denials are cached for a day, as those of the real root.
fn zone(origin: &str, records: &str) -> String {
    format!(
        "$ORIGIN {origin}\n$TTL 300\n@ 86400 IN SOA ns.internet. hostmaster.internet. 1 3600 600 604800 86400\n\
         @ IN NS ns.internet.\n{records}"
    )
}

fn configuration(knows: Knows) -> String {
    let zones =
        zones().map(|(file, origin, _)| format!("zone \"{origin}\" {{ type primary; file \"{file}.signed\"; }};\n"));
    let internal = match knows {
        Knows::Public => "",
        Knows::Internal => "zone \"consul\" { type primary; file \"/run/lab/foreign.zone\"; };\n",
    };
    let zones = zones.concat() + internal;
    format!(
        "options {{
    directory \"/run/lab/internet\";
    pid-file \"pid\";
    session-keyfile none;
    listen-on {{ {INTERNET}; }};
    listen-on-v6 {{ none; }};
    recursion no;
    dnssec-validation no;
}};
controls {{ }};
{zones}"
    )
}

/// A DNSKEY record as a `trust-anchors` clause.
fn anchor(key: &str) -> Option<String> {
    let record = key.lines().find(|line| !line.starts_with(';'))?;
    let (_, fields) = record.split_once(" DNSKEY ")?;
    let mut fields = fields.split_whitespace();
    let (flags, protocol, algorithm) = (fields.next()?, fields.next()?, fields.next()?);
    let data: String = fields.collect();
    Some(format!("trust-anchors {{ . static-key {flags} {protocol} {algorithm} \"{data}\"; }};\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_made_of_the_key_record() {
        let key = "; This is a key-signing key\n. IN DNSKEY 257 3 13 AAAA BBBB\n";
        assert_eq!(anchor(key).unwrap(), "trust-anchors { . static-key 257 3 13 \"AAAABBBB\"; };\n");
        assert_eq!(anchor("nothing"), None);
    }
}
