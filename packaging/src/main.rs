//! Writes the files that packages ship beside the plugins.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use packaging::man;

/// `packaging DIRECTORY`: the manual pages go to `DIRECTORY/man1`.
fn main() -> io::Result<()> {
    let directory = env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.ok_or_else(|| io::Error::other("usage: packaging DIRECTORY"))?.join("man1");
    fs::create_dir_all(&directory)?;
    for page in man::pages() {
        let mut file = File::create(directory.join(format!("{}.1", page.name)))?;
        page.write(&mut file)?;
        file.flush()?;
    }
    Ok(())
}
