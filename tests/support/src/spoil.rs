//! A history file that was damaged, replaced or opened to other users.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::scratch::Scratch;

/// A way to damage the file, whatever its current state.
pub type Way<'a> = Box<dyn Fn() -> io::Result<()> + 'a>;

/// A good history file, and a copy for a link to point to.
pub struct Spoil {
    file: PathBuf,
    good: String,
    others: Scratch,
}

impl Spoil {
    /// The history file of a check that has just run.
    pub fn of(file: PathBuf) -> Self {
        let good = fs::read_to_string(&file).expect("a history file is text");
        let others = Scratch::new();
        others.file("elsewhere.json", &good);
        Self { file, good, others }
    }

    /// All ways to damage the file. `replaced` adds ways that depend on its data: each pair is a text and its
    /// replacement.
    pub fn ways<'a>(&'a self, replaced: &[(&str, &str)]) -> Vec<Way<'a>> {
        let mut contents =
            vec![Vec::new(), b"{".to_vec(), b"\0\xff".to_vec(), vec![b'['; 1 << 19], vec![b' '; 2 << 20]];
        for (from, to) in
            [(r#""version":1"#, r#""version":2"#), (r#""key":""#, r#""key":"another "#)].iter().chain(replaced)
        {
            assert!(self.good.contains(from), "{from} is not in {}", self.good);
            contents.push(self.good.replacen(from, to, 1).into_bytes());
        }
        let mut ways: Vec<Way> = vec![
            Box::new(|| self.clear().and_then(|()| symlink(self.elsewhere(), &self.file))),
            Box::new(|| self.clear().and_then(|()| fs::create_dir(&self.file))),
            Box::new(|| {
                self.clear()?;
                fs::write(&self.file, &self.good)?;
                fs::set_permissions(&self.file, Permissions::from_mode(0o666))
            }),
        ];
        for content in contents {
            ways.push(Box::new(move || self.clear().and_then(|()| fs::write(&self.file, &content))));
        }
        ways
    }

    /// Asserts that nothing was written to the target of the link.
    #[track_caller]
    pub fn assert_elsewhere_untouched(&self) {
        let now = fs::read_to_string(self.elsewhere()).expect("the copy was written in `of`");
        assert_eq!(now, self.good, "the target of a link has changed");
    }

    fn elsewhere(&self) -> PathBuf {
        Path::join(&self.others, "elsewhere.json")
    }

    fn clear(&self) -> io::Result<()> {
        fs::remove_file(&self.file).or_else(|_| fs::remove_dir(&self.file))
    }
}
