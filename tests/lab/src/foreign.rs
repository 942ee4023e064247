//! Servers of other Debian suites, which run by the loader and the libraries that came with them.

use std::env::consts::ARCH;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::daemon::Daemon;

/// The loader's link among a server's files, and the words after it.
pub(crate) struct Foreign {
    pub(crate) loader: String,
    pub(crate) words: Vec<String>,
}

impl Foreign {
    /// A program unpacked below `root`; the kernel will name its process by `link`.
    pub(crate) fn new(daemon: &Daemon, link: &str, root: &Path, program: &str) -> Result<Self> {
        let libraries = root.join(format!("usr/lib/{ARCH}-linux-gnu"));
        let private = root.join("usr/lib/mysql/private");
        daemon.write("log", "")?;
        if !daemon.file(link).is_symlink() {
            symlink(loader(&libraries)?, daemon.file(link))?;
        }
        let words = [
            "--library-path".to_owned(),
            format!("{}:{}", libraries.display(), private.display()),
            root.join(program).display().to_string(),
            "--no-defaults".to_owned(),
            "--user=root".to_owned(),
            format!("--basedir={}", root.join("usr").display()),
            format!("--datadir={}", daemon.inside("data")),
        ];
        Ok(Self { loader: daemon.inside(link), words: words.into() })
    }

    /// Starts it with further options.
    pub(crate) fn start(&self, daemon: &Daemon, options: &[String]) -> Result<()> {
        daemon.start(&self.loader, &[&self.words, options].concat())
    }
}

fn loader(libraries: &Path) -> Result<PathBuf> {
    let files = fs::read_dir(libraries)?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux-"));
    files.into_iter().find(named).context("the packages have no loader")
}
