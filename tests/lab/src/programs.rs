//! The programs that the lab runs, and where they come from.

use std::env;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail, ensure};

use crate::apt::{self, Extent};
use crate::paths;
use crate::progress::Progress;

/// Directories of system programs that are not in an ordinary user's `PATH`.
const SYSTEM_DIRECTORIES: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// A program, by its name or its absolute path, and the Debian package it comes in.
struct Program {
    name: &'static str,
    package: &'static str,
}

const PROGRAMS: [Program; 22] = [
    Program { name: "bash", package: "bash" },
    Program { name: "curl", package: "curl" },
    Program { name: "dig", package: "bind9-dnsutils" },
    Program { name: "dnsmasq", package: "dnsmasq-base" },
    Program { name: "dnssec-keygen", package: "bind9-utils" },
    Program { name: "dnssec-signzone", package: "bind9-utils" },
    Program { name: "garbd", package: "galera-arbitrator-4" },
    Program { name: "ip", package: "iproute2" },
    Program { name: "iptables", package: "iptables" },
    Program { name: "jq", package: "jq" },
    Program { name: "/usr/lib/galera/libgalera_smm.so", package: "galera-4" },
    Program { name: "/usr/lib/nagios/plugins/check_mysql", package: "monitoring-plugins-standard" },
    Program { name: "mariadb", package: "mariadb-client" },
    Program { name: "mariadb-backup", package: "mariadb-backup" },
    Program { name: "mariadb-install-db", package: "mariadb-server" },
    Program { name: "mariadbd", package: "mariadb-server" },
    Program { name: "named", package: "bind9" },
    Program { name: "openssl", package: "openssl" },
    Program { name: "rsync", package: "rsync" },
    Program { name: "socat", package: "socat" },
    Program { name: "unbound", package: "unbound" },
    Program { name: "unshare", package: "util-linux" },
];

/// Makes sure that every program is there, and installs what is missing where apt can.
///
/// Asks before it changes the system unless `yes`, `CI` is set or standard input is no terminal.
///
/// # Errors
/// The missing programs, if they cannot be installed or the user says no.
pub fn ensure(yes: bool, progress: &Progress) -> Result<()> {
    if !apt::is_here() {
        return check();
    }
    let packages = missing_packages();
    if !packages.is_empty() {
        apt::install(&packages, yes, progress)?;
    }
    if consul().is_none() {
        let step = progress.step("Consul from Debian 11's archive, for the lab alone");
        apt::unpack("consul", Extent::Alone, "bullseye", &paths::state().join("consul"))?;
        step.done();
    }
    check()
}

/// Checks that every program is there.
///
/// # Errors
/// The packages that are missing, and the command that installs them.
pub fn check() -> Result<()> {
    let mut packages = missing_packages();
    if consul().is_none() {
        packages.push("consul");
    }
    if packages.is_empty() {
        return Ok(());
    }
    bail!("{}; `cargo lab up` installs it where apt can", missing_text(&packages))
}

/// The Consul program: the one in `PATH`, else the lab's own.
pub fn consul() -> Option<PathBuf> {
    let own = paths::state().join("consul/usr/bin/consul");
    find("consul").or_else(|| own.is_file().then_some(own))
}

/// The directory of an unpacked package of another suite, with all that it needs to run its `program`.
///
/// The first call unpacks it.
pub(crate) fn foreign(name: &str, package: &str, suite: &str, program: &str) -> Result<PathBuf> {
    /// Held while a package is unpacked: another lab waits for it.
    static UNPACKING: Mutex<()> = Mutex::new(());
    let _unpacking = UNPACKING.lock().unwrap_or_else(PoisonError::into_inner);
    let root = paths::state().join(name);
    if !root.join(program).is_file() {
        ensure!(apt::is_here(), "only apt can get {package} of {suite}");
        apt::unpack(package, Extent::WithDependencies, suite, &root)
            .with_context(|| format!("cannot get {package} of Debian's {suite}"))?;
        ensure!(root.join(program).is_file(), "{package} of Debian's {suite} has no {program}");
    }
    Ok(root)
}

/// The directories in which a command inside the lab is looked for: `first`, `PATH`, system programs.
pub fn search_path(first: Vec<PathBuf>) -> Vec<PathBuf> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let system = SYSTEM_DIRECTORIES.iter().map(PathBuf::from);
    first.into_iter().chain(env::split_paths(&inherited)).chain(system).collect()
}

/// The path of a program; an absolute path stands for itself.
pub fn find(name: &str) -> Option<PathBuf> {
    search_path(Vec::new()).into_iter().map(|directory| directory.join(name)).find(|path| path.is_file())
}

fn missing_packages() -> Vec<&'static str> {
    packages_of(&PROGRAMS, |name| find(name).is_some())
}

fn packages_of(programs: &[Program], is_there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let missing = programs.iter().filter(|program| !is_there(program.name));
    let mut packages: Vec<_> = missing.map(|program| program.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn missing_text(packages: &[&str]) -> String {
    format!("the lab needs programs that are not installed, by their Debian packages: {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_missing_needs_no_package() {
        assert!(packages_of(&PROGRAMS, |_| true).is_empty());
    }

    #[test]
    fn a_package_is_named_once_for_all_its_programs() {
        let missing = packages_of(&PROGRAMS, |name| !name.starts_with("mariadb") && !name.starts_with("dig"));
        assert_eq!(missing, ["bind9-dnsutils", "mariadb-backup", "mariadb-client", "mariadb-server"]);
    }

    #[test]
    fn an_absolute_path_stands_for_itself() {
        assert_eq!(find("/bin/sh"), Some(PathBuf::from("/bin/sh")));
        assert_eq!(find("/nowhere/sh"), None);
    }
}
