//! Reads an option file and the files that it includes.

use std::fs::{self, DirEntry};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::{CheckError, file, io_error};

use super::{OptionFile, Options, is_read};

/// How deep files may include each other; what is deeper is skipped, as by the client, so that a loop ends.
const DEEPEST: u8 = 10;
/// How many files may be included in all: directories that include themselves grow with every level.
const MOST_FILES: u16 = 256;
/// The most groups and files that are remembered, to be named in an error.
const MOST_NAMES: usize = 64;

/// A reader of option files, with what was read so far.
pub(super) struct Reader<'a> {
    groups: &'a [String],
    file: OptionFile,
    included: u16,
}

/// A line of a file.
struct Line<'a> {
    path: &'a Path,
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn error(&self, what: &str, remedy: &str) -> CheckError {
        CheckError::local(format!("{} line {} {what}", self.path.display(), self.number), remedy)
    }

    fn malformed(&self) -> CheckError {
        self.error("is malformed", "fix it")
    }
}

impl<'a> Reader<'a> {
    pub(super) fn read(path: &Path, groups: &'a [String]) -> Result<OptionFile, CheckError> {
        let mut reader = Self::new(path, groups);
        let text = safe_text(path)??;
        reader.text(&text, path, 0)?;
        Ok(reader.file)
    }

    fn new(path: &Path, groups: &'a [String]) -> Self {
        let (read, skipped, unreadable) = (Vec::new(), Vec::new(), Vec::new());
        let file = OptionFile { options: Options::default(), path: path.to_owned(), read, skipped, unreadable };
        Self { groups, file, included: 0 }
    }

    /// The options of a text, as if it were a file.
    #[cfg(test)]
    pub(super) fn options(text: &str, path: &Path) -> Result<Options, CheckError> {
        let mut reader = Reader::new(path, &[]);
        reader.text(text, path, 0).map(|()| reader.file.options)
    }

    fn text(&mut self, text: &str, path: &Path, depth: u8) -> Result<(), CheckError> {
        // None before the first group: an included file begins anew.
        let mut is_listed = None;
        for (number, text) in (1_usize..).zip(text.lines().map(str::trim)) {
            let line = Line { path, number, text };
            if text.is_empty() || text.starts_with(['#', ';']) {
                continue;
            }
            if let Some(directive) = text.strip_prefix('!') {
                // Whatever group it is in.
                self.follow(directive.trim_start(), &line, depth + 1)?;
            } else if let Some(group) = text.strip_prefix('[') {
                let (group, _) = group.split_once(']').ok_or_else(|| line.malformed())?;
                is_listed = Some(self.enter(group.trim()));
            } else {
                self.option(is_listed, &line)?;
            }
        }
        Ok(())
    }

    /// Begins a group; whether it is read.
    fn enter(&mut self, group: &str) -> bool {
        let is_read = is_read(group, self.groups);
        let groups = if is_read { &mut self.file.read } else { &mut self.file.skipped };
        if groups.len() < MOST_NAMES && !groups.iter().any(|known| known == group) {
            groups.push(group.to_owned());
        }
        is_read
    }

    fn option(&mut self, is_listed: Option<bool>, line: &Line<'_>) -> Result<(), CheckError> {
        match is_listed {
            None if line.text.starts_with('\u{feff}') => Err(line.error(
                "begins with a byte order mark (BOM), which hides the group behind it",
                "save the file as UTF-8 without BOM",
            )),
            None => Err(line.error("has an option before any group", "write [client] above it")),
            Some(false) => Ok(()),
            Some(true) => self.file.options.set(line.text).ok_or_else(|| line.malformed()),
        }
    }

    /// Reads what a line includes, relative to the working directory.
    fn follow(&mut self, directive: &str, line: &Line<'_>, depth: u8) -> Result<(), CheckError> {
        let (directive, argument) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
        let files = match (directive, argument.trim_start()) {
            ("include" | "includedir", "") => return Err(line.malformed()),
            _ if depth > DEEPEST => return Ok(()),
            ("include", file) => vec![PathBuf::from(file)],
            ("includedir", directory) => files_of(Path::new(directory), line)?,
            // The client skips other directives without a word.
            _ => return Ok(()),
        };
        files.iter().try_for_each(|file| self.include(file, depth))
    }

    fn include(&mut self, path: &Path, depth: u8) -> Result<(), CheckError> {
        self.included += 1;
        if self.included > MOST_FILES {
            let problem = format!("{} is included after {MOST_FILES} other files", path.display());
            return Err(CheckError::local(problem, "let no option file include itself"));
        }
        let Ok(text) = safe_text(path)? else {
            // The client skips what it cannot read, so that a server's own files may lie beside.
            if self.file.unreadable.len() < MOST_NAMES {
                self.file.unreadable.push(path.to_owned());
            }
            return Ok(());
        };
        self.text(&text, path, depth)
    }
}

/// The text of an option file, or why it cannot be read.
///
/// # Errors
/// Everybody may write to the file. The client ignores such a file; who relies on it should hear why.
fn safe_text(path: &Path) -> Result<Result<String, CheckError>, CheckError> {
    const WRITABLE_BY_ALL: u32 = 0o002;
    if fs::metadata(path).is_ok_and(|is| is.is_file() && is.permissions().mode() & WRITABLE_BY_ALL != 0) {
        let problem = format!("{} is world-writable: anybody could send the login elsewhere", path.display());
        return Err(CheckError::local(problem, "let only its owner write to it (chmod o-w)"));
    }
    Ok(file::read_text(path, "let the monitoring user read it, or name another with --defaults-file"))
}

/// The option files of a directory in the client's order, which is that of their bytes.
fn files_of(directory: &Path, line: &Line<'_>) -> Result<Vec<PathBuf>, CheckError> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| {
        let reason = io_error::reason(&error);
        let what = format!("includes {}, which cannot be read: {reason}", directory.display());
        line.error(&what, "fix the line, or let the monitoring user read the directory")
    })?;
    let mut names: Vec<_> = entries.iter().map(DirEntry::file_name).collect();
    names.retain(|name| name.as_encoded_bytes().ends_with(b".cnf"));
    names.sort();
    Ok(names.iter().map(|name| directory.join(name)).collect())
}
