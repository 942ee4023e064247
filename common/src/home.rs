//! The home directory of the user that runs the check.

use std::path::PathBuf;

use nix::unistd::{User, geteuid};

/// `$HOME` if it is an absolute path, otherwise the home of the effective user in the user database. Services that an
/// init system starts, such as Icinga, have no `$HOME`. `None` if the user has no home either.
pub fn home(variable: Option<PathBuf>) -> Option<PathBuf> {
    variable.filter(|home| home.is_absolute()).or_else(of_user)
}

fn of_user() -> Option<PathBuf> {
    let user = User::from_uid(geteuid()).ok().flatten()?;
    Some(user.dir).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_variable_counts_if_it_is_an_absolute_path() {
        assert_eq!(home(Some("/srv/monitoring".into())), Some("/srv/monitoring".into()));
        for ignored in [None, Some(""), Some("relative"), Some("./relative")] {
            assert_eq!(home(ignored.map(PathBuf::from)), of_user(), "{ignored:?}");
        }
    }

    /// `getent`, the C library's own tool, gives the expected value.
    #[test]
    fn the_user_database_has_the_home() {
        let output = Command::new("getent").arg("passwd").arg(geteuid().to_string()).output().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        let expected = line.split(':').nth(5).filter(|home| home.starts_with('/')).map(PathBuf::from);
        assert_eq!(home(None), expected);
    }
}
