use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use test_support::scratch;

use super::*;

/// A state directory of one test, gone with it.
struct Scratch(scratch::Scratch);

impl Scratch {
    fn new() -> Self {
        Self(scratch::Scratch::new())
    }

    fn state(&self) -> StateFile {
        self.about("db1,db2")
    }

    fn about(&self, key: &str) -> StateFile {
        StateFile::open(&StateDirs { given: Some(self.0.to_path_buf()), ..StateDirs::default() }, "check_x", key)
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.0.join(format!("{}.{extension}", self.state().name))
    }

    /// Puts `text` in the place of the state file, private as it should be.
    fn plant(&self, text: impl AsRef<[u8]>) {
        fs::write(self.file("json"), text).unwrap();
        permit(&self.file("json"), 0o600);
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

type Read = Result<Option<Vec<u32>>, String>;

#[track_caller]
fn refused(read: Read, why: &str) {
    let reason = read.unwrap_err();
    assert!(reason.ends_with(why), "{reason}");
}

#[test]
fn what_was_written_is_read_by_the_next_run() {
    let scratch = Scratch::new();
    assert_eq!(scratch.state().read::<Vec<u32>>(), Ok(None));
    for data in [vec![1, 2], vec![3]] {
        scratch.state().write(&data).unwrap();
        assert_eq!(scratch.state().read(), Ok(Some(data)));
    }
    let name = scratch.state().name;
    assert_eq!(scratch.names(), [format!("{name}.json"), format!("{name}.lock")]);
    assert_eq!(fs::read_to_string(scratch.file("json")).unwrap(), r#"{"version":1,"key":"db1,db2","data":[3]}"#);
}

#[test]
fn everything_made_is_private() {
    let scratch = Scratch::new();
    let given = scratch.0.join("given");
    let state = StateFile::open(&StateDirs { given: Some(given.clone()), ..StateDirs::default() }, "check_x", "k");
    state.write(&1).unwrap();
    assert_eq!(mode(&given), 0o700);
    for entry in fs::read_dir(&given).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn the_name_is_the_same_in_every_build() {
    // The vectors of the FNV reference.
    assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    let scratch = Scratch::new();
    assert_ne!(scratch.state().name, scratch.about("db1").name);
}

#[test]
fn what_is_no_state_of_this_check_is_nothing_remembered() {
    let scratch = Scratch::new();
    let nested = format!(r#"{{"version":1,"key":"db1,db2","data":{}"#, "[".repeat(100_000));
    for (text, why) in [
        ("", "corrupt"),
        ("\0\0\0", "corrupt"),
        ("{}", "corrupt"),
        (r#"{"version":1,"key":"db1,db2","data":[1,2"#, "corrupt"),
        (r#"{"version":1,"key":"db1,db2","data":[1]}}"#, "corrupt"),
        (r#"{"version":1,"key":"db1,db2","data":"text"}"#, "corrupt"),
        (r#"{"version":1,"key":"db1,db2"}"#, "corrupt"),
        (r#"{"version":-1,"key":"db1,db2","data":[1]}"#, "corrupt"),
        (nested.as_str(), "corrupt"),
        (r#"{"version":1,"key":"db3","data":[1]}"#, "of another check"),
        (r#"{"version":2,"key":"db1,db2","data":[1]}"#, "written by a newer version"),
        (r#"{"version":2,"anything":"else"}"#, "written by a newer version"),
    ] {
        scratch.plant(text);
        refused(scratch.state().read(), why);
    }
    // None of them is in the way of the next run.
    scratch.state().write(&[1]).unwrap();
    assert_eq!(scratch.state().read(), Ok(Some(vec![1])));
}

#[test]
fn a_huge_file_is_not_read_and_none_is_written() {
    let scratch = Scratch::new();
    let valid = r#"{"version":1,"key":"db1,db2","data":[1]}"#;
    scratch.plant(format!("{valid}{}", " ".repeat(10 << 20)));
    refused(scratch.state().read(), "larger than 1 MiB");
    scratch.plant(format!("{valid}{}", " ".repeat((1 << 20) - valid.len())));
    assert_eq!(scratch.state().read(), Ok(Some(vec![1])));
    let reason = scratch.state().write(&"x".repeat(1 << 20)).unwrap_err();
    assert!(reason.ends_with("more than 1 MiB to remember"), "{reason}");
    assert_eq!(scratch.state().read(), Ok(Some(vec![1])));
}

#[test]
fn a_link_is_neither_read_nor_written_through() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let victim = elsewhere.0.join("victim");
    let text = r#"{"version":1,"key":"db1,db2","data":[1]}"#;
    fs::write(&victim, text).unwrap();
    permit(&victim, 0o600);

    symlink(&victim, scratch.file("json")).unwrap();
    refused(scratch.state().read(), "a symbolic link");
    symlink(&victim, scratch.file("tmp")).unwrap();
    scratch.state().write(&[2]).unwrap();
    assert_eq!(scratch.state().read(), Ok(Some(vec![2])));
    assert_eq!(fs::read_to_string(&victim).unwrap(), text);

    fs::remove_file(scratch.file("lock")).unwrap();
    symlink(elsewhere.0.join("made"), scratch.file("lock")).unwrap();
    let reason = scratch.state().write(&[3]).unwrap_err();
    assert!(reason.ends_with(".lock: a symbolic link"), "{reason}");
    assert_eq!(elsewhere.names(), ["victim"]);
}

#[test]
fn a_linked_directory_is_refused() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let link = scratch.0.join("link");
    symlink(&elsewhere.0, &link).unwrap();
    for given in [link.clone(), link.join(""), link.join(".")] {
        let state = StateFile::open(&StateDirs { given: Some(given), ..StateDirs::default() }, "check_x", "k");
        assert!(state.write(&1).is_err());
        assert_eq!(elsewhere.names(), [""; 0]);
    }
}

#[test]
fn what_others_may_have_put_there_is_refused() {
    let scratch = Scratch::new();
    for mode in [0o620, 0o602, 0o666] {
        scratch.plant(r#"{"version":1,"key":"db1,db2","data":[1]}"#);
        permit(&scratch.file("json"), mode);
        refused(scratch.state().read(), "others may write to it");
    }
    fs::remove_file(scratch.file("json")).unwrap();
    mkfifo(&scratch.file("json"), Mode::S_IRWXU).unwrap();
    refused(scratch.state().read(), "no regular file");
    fs::remove_file(scratch.file("json")).unwrap();
    fs::create_dir(scratch.file("json")).unwrap();
    refused(scratch.state().read(), "no regular file");
    assert!(scratch.state().write(&1).is_err());
    assert!(!scratch.file("tmp").exists());

    permit(&scratch.0, 0o777);
    refused(scratch.state().read(), "everybody may write there");
    for mode in [0o1777, 0o770] {
        permit(&scratch.0, mode);
        assert!(scratch.about("another").write(&1).is_ok(), "{mode:o}");
    }
}

/// Only root can give files away; the others skip what they cannot set up.
#[test]
fn files_and_directories_of_others_are_refused() {
    if !geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let give = |path: &Path| std::os::unix::fs::chown(path, Some(65534), None).unwrap();
    scratch.plant(r#"{"version":1,"key":"db1,db2","data":[1]}"#);
    give(&scratch.file("json"));
    refused(scratch.state().read(), "belongs to another user");
    fs::write(scratch.file("lock"), "").unwrap();
    give(&scratch.file("lock"));
    assert!(scratch.state().write(&1).unwrap_err().ends_with("belongs to another user"));
    fs::remove_file(scratch.file("json")).unwrap();
    give(&scratch.0);
    refused(scratch.state().read(), "belongs to another user");
}

#[test]
fn an_impossible_directory_is_a_reason() {
    let scratch = Scratch::new();
    let plain = scratch.0.join("plain");
    fs::write(&plain, "").unwrap();
    for (given, why) in [
        (plain.clone(), "plain: not a directory"),
        (plain.join("below"), "below: not a directory"),
        (scratch.0.join("no/parent"), "parent: no such file"),
        (PathBuf::from("/proc/self/none"), "/proc/self/none: no such file"),
        (PathBuf::from("/proc/self"), "not a directory"),
        (PathBuf::new(), "no such file"),
    ] {
        let state = StateFile::open(&StateDirs { given: Some(given), ..StateDirs::default() }, "check_x", "k");
        refused(state.read(), why);
        assert!(state.write(&1).is_err());
    }
    // A directory that exists and takes no file, not even from root.
    let proc = StateFile::below(Directory::open(Path::new("/proc")), "check_x", "k");
    assert_eq!(proc.read::<u32>(), Ok(None));
    assert!(proc.write(&1).is_err());
}

#[test]
fn what_a_killed_run_left_is_replaced() {
    let scratch = Scratch::new();
    fs::write(scratch.file("tmp"), "half a sta").unwrap();
    scratch.state().write(&[1]).unwrap();
    assert_eq!(scratch.state().read(), Ok(Some(vec![1])));
    assert!(!scratch.file("tmp").exists());
}

#[test]
fn a_held_lock_is_not_waited_for_long() {
    let scratch = Scratch::new();
    scratch.state().write(&[1]).unwrap();
    let held = Directory::open(&scratch.0).unwrap().lock(&format!("{}.lock", scratch.state().name)).unwrap();
    let reason = scratch.state().write(&[2]).unwrap_err();
    assert!(reason.ends_with("another run is writing"), "{reason}");
    assert_eq!(scratch.state().read(), Ok(Some(vec![1])));
    drop(held);
    scratch.state().write(&[2]).unwrap();
    assert_eq!(scratch.state().read(), Ok(Some(vec![2])));
}

#[test]
fn of_two_writers_one_is_read_whole() {
    let scratch = Scratch::new();
    scratch.state().write(&vec![0; 1000]).unwrap();
    thread::scope(|scope| {
        let writers = [1, 2].map(|writer| {
            let state = scratch.state();
            // Who gives up has written nothing; what is there must still be whole.
            scope.spawn(move || (0..200).filter(|_| state.write(&vec![writer; 1000 * writer]).is_ok()).count())
        });
        for _ in 0..400 {
            let seen: Vec<usize> = scratch.state().read().unwrap().unwrap();
            let first = *seen.first().unwrap();
            assert_eq!(seen, vec![first; 1000 * first.max(1)]);
        }
        for writer in writers {
            assert!(writer.join().unwrap() > 0, "one that never got to write");
        }
    });
}

#[test]
fn the_first_directory_that_can_be_had() {
    let scratch = Scratch::new();
    let at = |name: &str| Some(scratch.0.join(name));
    for name in ["system", "home", "open"] {
        DirBuilder::new().mode(0o700).create(scratch.0.join(name)).unwrap();
    }
    permit(&scratch.0.join("open"), 0o777);
    let home = "home/.local/state/monitoring-plugins-ha";
    let xdg = "xdg/monitoring-plugins-ha";
    for (given, system, xdg_state_home, home, expected) in [
        (at("given"), "system", at("xdg"), at("home"), Some("given")),
        (at("no/given"), "system", at("xdg"), at("home"), None),
        (None, "system", at("xdg"), at("home"), Some("system")),
        (None, "missing", at("xdg"), at("home"), Some(xdg)),
        (None, "open", at("xdg"), at("home"), Some(xdg)),
        (None, "missing", None, at("home"), Some(home)),
        (None, "missing", Some("target/relative".into()), at("home"), Some(home)),
        (None, "missing", Some("".into()), at("home"), Some(home)),
        (None, "missing", Some("/proc/self/xdg".into()), at("home"), Some(home)),
        (None, "missing", None, Some("target".into()), None),
        (None, "missing", None, at("nobody"), None),
        (None, "missing", None, None, None),
    ] {
        let case = format!("{given:?} {system} {xdg_state_home:?} {home:?}");
        let directories = StateDirs { given, xdg_state_home, home };
        let found = directories.open(&scratch.0.join(system)).ok().map(|directory| directory.path);
        assert_eq!(found, expected.and_then(at), "{case}");
    }
    let unwritable = StateDirs { xdg_state_home: at("xdg"), ..StateDirs::default() }.open(Path::new("/proc/sys"));
    assert_eq!(unwritable.ok().map(|directory| directory.path), at(xdg));
    assert!(!scratch.0.join("missing").exists() && !scratch.0.join("nobody").exists());
    assert_eq!(mode(&scratch.0.join(home)), 0o700);
}
