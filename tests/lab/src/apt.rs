//! Programs from the Debian archive, without leaving anything behind but the programs.

use std::env;
use std::fs;
use std::io::{ErrorKind, IsTerminal as _, Write as _, stderr, stdin};
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

/// The part of a package that is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The package alone: the machine has what it needs.
    Alone,
    /// With all that it depends on, the C library included, as if nothing were installed.
    WithDependencies,
}

/// Unpacks a package of another Debian suite as the directory `root` without installing it.
///
/// It has package lists and a cache of its own; the machine's configuration only says where the archive is.
pub(crate) fn unpack(package: &str, extent: Extent, suite: &str, root: &Path) -> Result<()> {
    let work = root.with_extension("apt");
    // An interrupted run may have left it.
    remove(&work)?;
    fs::create_dir_all(work.join("lists/partial"))?;
    fs::create_dir_all(work.join("cache/archives/partial"))?;
    update(&work, &archive(package)?, suite)?;
    let from = match extent {
        Extent::Alone => download_alone(&work, package)?,
        Extent::WithDependencies => download_all(&work, package)?,
    };
    // Whole or not at all, if this is interrupted.
    let unpacked = work.join("unpacked");
    for file in downloaded(&from)? {
        run(Command::new("dpkg").arg("--extract").arg(file).arg(&unpacked))?;
    }
    // A directory that is there lacks the program that was looked for.
    remove(root)?;
    fs::rename(unpacked, root).with_context(|| format!("cannot put {package} in place"))?;
    remove(&work)
}

/// Removes a directory with all that is in it, if it is there.
fn remove(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", directory.display()))
        }
        _ => Ok(()),
    }
}

/// Gets the package lists of a suite from an archive.
fn update(work: &Path, archive: &str, suite: &str) -> Result<()> {
    fs::write(work.join("sources.list"), format!("deb [signed-by={KEYRING}] {archive} {suite} main\n"))?;
    // Else an archive that does not answer is a warning, and the package is unknown afterwards.
    run(private(work).args(["-o", "APT::Update::Error-Mode=any", "update", "--quiet"]))
}

/// Downloads one package; where it is then.
fn download_alone(work: &Path, package: &str) -> Result<PathBuf> {
    run(private(work).args(["download", package]))?;
    Ok(work.to_owned())
}

/// Downloads a package and all that it depends on; where they are then.
fn download_all(work: &Path, package: &str) -> Result<PathBuf> {
    let status = work.join("status");
    fs::write(&status, "")?;
    let mut command = private(work);
    command.arg("-o").arg(format!("Dir::State::status={}", status.display()));
    // This changes nothing of the system, so no lock is needed.
    command.args(["-o", "Debug::NoLocking=true", "--yes", "--no-install-recommends", "--download-only"]);
    run(command.args(["install", package]))?;
    Ok(work.join("cache/archives"))
}

/// An apt-get that neither reads nor changes the machine's own package lists.
fn private(work: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.current_dir(work).args(["-o", "Dir::Etc::sourceparts=-", "-o", "Acquire::Languages=none"]);
    command.args(["-o", "Acquire::Retries=3"]);
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
fn archive(wanted: &str) -> Result<String> {
    let targets = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE)", "Created-By: Packages", "Label: Debian"])
        .output()
        .context("cannot ask apt for its sources")?;
    let sites = String::from_utf8_lossy(&targets.stdout);
    let site = sites.lines().next().with_context(|| {
        format!("{wanted} is not there, and apt knows no Debian archive to take it from (before `apt-get update`?)")
    })?;
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

/// The packages in a directory; at least one.
fn downloaded(directory: &Path) -> Result<Vec<PathBuf>> {
    let files = fs::read_dir(directory)?.flatten().map(|entry| entry.path());
    let packages: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "deb")).collect();
    ensure!(!packages.is_empty(), "apt downloaded nothing");
    Ok(packages)
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
