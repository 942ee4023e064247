//! `packaging [DIRECTORY]` prints the tables of the pages in `docs/` anew, in the source tree that it was built from. With
//! a directory it writes the manual pages, too: to `DIRECTORY/man1`.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use packaging::{PLUGINS, docs, man};

fn main() -> io::Result<()> {
    PLUGINS.iter().try_for_each(docs::update)?;
    env::args_os().nth(1).map_or(Ok(()), |directory| write_manual(&Path::new(&directory).join("man1")))
}

fn write_manual(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for plugin in PLUGINS {
        let mut file = File::create(directory.join(format!("{}.1", plugin.name)))?;
        man::write(plugin, &mut file)?;
        file.flush()?;
    }
    Ok(())
}
