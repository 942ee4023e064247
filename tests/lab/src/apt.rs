//! Programs from the Debian archive, without leaving anything behind but the programs.

use std::env;
use std::fs;
use std::io::{IsTerminal as _, Write as _, stderr, stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use nix::unistd::geteuid;

use crate::programs;
use crate::progress::Progress;

const INSTALL: &str = include_str!("install.sh");
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Whether this is Debian or one of its relatives.
pub(crate) fn is_here() -> bool {
    programs::find("apt-get").is_some()
}

/// Installs packages from the machine's own sources.
pub(crate) fn install(packages: &[&str], yes: bool, progress: &Progress) -> Result<()> {
    ask(packages, yes)?;
    let step = progress.step(&format!("Packages: {}", packages.join(" ")));
    run(as_root("sh").args(["-c", INSTALL, "install"]).args(packages))?;
    step.done();
    Ok(())
}

/// Unpacks a package of Debian 11 below `root` without installing it: later releases lack some.
///
/// It has package lists and a cache of its own; the machine's configuration only says where the archive is.
pub(crate) fn unpack(package: &str, root: &Path) -> Result<()> {
    let work = root.with_extension("apt");
    fs::create_dir_all(work.join("lists/partial"))?;
    fs::create_dir_all(work.join("cache/archives/partial"))?;
    let source = format!("deb [signed-by={KEYRING}] {} bullseye main\n", archive()?);
    fs::write(work.join("sources.list"), source)?;
    run(private(&work).args(["update", "--quiet"]))?;
    run(private(&work).args(["download", package]))?;
    let file = downloaded(&work)?;
    run(Command::new("dpkg").arg("--extract").arg(file).arg(root))?;
    fs::remove_dir_all(&work).context("cannot remove the package lists of Debian 11")
}

/// An apt-get that neither reads nor changes the machine's own package lists.
fn private(work: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.current_dir(work).args(["-o", "Dir::Etc::sourceparts=-", "-o", "Acquire::Languages=none"]);
    // Its release files are no longer renewed now that Debian 11 is at its end.
    command.args(["-o", "Acquire::Check-Valid-Until=false"]);
    // The user that apt downloads as cannot read below a private home directory.
    command.args(["-o", "APT::Sandbox::User=root"]);
    for (name, path) in
        [("Dir::Etc::sourcelist", "sources.list"), ("Dir::State::lists", "lists"), ("Dir::Cache", "cache")]
    {
        command.arg("-o").arg(format!("{name}={}", work.join(path).display()));
    }
    command
}

/// The address of the Debian archive that this machine uses.
fn archive() -> Result<String> {
    let targets = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE)", "Created-By: Packages", "Label: Debian"])
        .output()
        .context("cannot ask apt for its sources")?;
    let sites = String::from_utf8_lossy(&targets.stdout);
    let site = sites.lines().next().context(
        "consul is not in PATH, and apt knows no Debian archive to take it from (before a first `apt-get update`?)",
    )?;
    Ok(site.to_owned())
}

fn as_root(program: &str) -> Command {
    if geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg(program);
    command
}

fn ask(packages: &[&str], yes: bool) -> Result<()> {
    if yes || env::var_os("CI").is_some() || !stdin().is_terminal() {
        return Ok(());
    }
    eprint!("Install {} with apt-get? [Y/n] ", packages.join(" "));
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    ensure!(matches!(answer.trim(), "" | "y" | "Y" | "yes"), "not installed: {}", packages.join(" "));
    Ok(())
}

fn downloaded(work: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(work)?.flatten().map(|entry| entry.path());
    files.into_iter().find(|path| path.extension().is_some_and(|end| end == "deb")).context("apt downloaded nothing")
}

/// Runs a command silently; what it wrote is in the error when it fails.
fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::inherit()).output().with_context(|| format!("cannot run {command:?}"))?;
    if output.status.success() {
        return Ok(());
    }
    let log = [output.stdout, output.stderr].concat();
    bail!("{command:?} failed:\n{}", String::from_utf8_lossy(&log).trim_end())
}
