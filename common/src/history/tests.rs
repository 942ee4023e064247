use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nix::sys::stat::Mode;
use nix::unistd::{geteuid, mkfifo};
use test_support::scratch;

use super::directory::Directory;
use super::file::{Written, fnv1a};
use super::places::NAME;
use super::*;
use crate::{Catalogue, CommonArgs, Default, MetricSpec, MetricUnit, Rules};

/// The time of the first run of these tests; others follow in steps of a minute.
const NOW: f64 = 1_800_000_000.0;
const MINUTE: f64 = 60.0;

/// A user that is neither root nor this user.
const OTHER: u32 = 65_534;

/// A history directory for one test, removed at its end.
struct Scratch(scratch::Scratch);

impl Scratch {
    fn new() -> Self {
        Self(scratch::Scratch::new())
    }

    fn dirs(&self) -> HistoryDirs {
        given(&self.0)
    }

    fn history(&self) -> Store<Vec<u32>> {
        self.about("db1,db2")
    }

    fn about(&self, key: &str) -> Store<Vec<u32>> {
        Store::open(&self.dirs(), "check_x", key)
    }

    /// A run that writes `seen`.
    fn run(&self, seen: &[u32], now: f64) -> Store<Vec<u32>> {
        let mut history = self.history();
        history.write(&seen.to_vec(), now);
        history
    }

    /// The data that the next run reads.
    fn known(&self) -> Vec<u32> {
        self.history().take()
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.0.join(format!("{}.{extension}", self.history().file.unwrap().name()))
    }

    /// Replaces the history file with `text`, with the right permissions.
    fn plant(&self, text: impl AsRef<[u8]>) {
        fs::write(self.file("json"), text).unwrap();
        permit(&self.file("json"), 0o600);
    }

    fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

fn given(path: &Path) -> HistoryDirs {
    HistoryDirs { given: Some(path.to_owned()), ..HistoryDirs::default() }
}

fn names(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

/// The only remark.
#[track_caller]
fn remark<T: std::default::Default + Serialize + DeserializeOwned>(history: &Store<T>) -> String {
    let [remark] = history.remarks().try_into().unwrap();
    remark
}

const VALID: &str = r#"{"version":1,"key":"db1,db2","at":1.0,"data":[1]}"#;

#[test]
fn the_next_run_knows_the_data_of_the_last() {
    let scratch = Scratch::new();
    let mut first = scratch.history();
    assert!(first.is_first && first.known.is_empty());
    first.write(&vec![1, 2], NOW);
    assert_eq!(remark(&first), "first run: rates and changes are known from the next run on");
    let second = scratch.run(&[3], NOW + MINUTE);
    assert_eq!((second.known.as_slice(), second.is_first), (&[1, 2][..], false));
    assert_eq!((second.remarks(), second.place_is_missing()), (vec![], None));
    assert_eq!(scratch.known(), [3]);
    let name = scratch.file("x").file_stem().unwrap().to_str().unwrap().to_owned();
    assert_eq!(scratch.names(), [format!("{name}.json"), format!("{name}.lock")]);
    let text = fs::read_to_string(scratch.file("json")).unwrap();
    assert_eq!(text, r#"{"version":1,"key":"db1,db2","at":1800000060.0,"data":[3]}"#);
}

#[test]
fn a_run_that_follows_too_soon_does_not_replace_the_last() {
    for (after, is_too_soon) in
        [(0.0, true), (0.2, true), (0.999, true), (1.0, false), (60.0, false), (-0.001, false), (-1e9, false)]
    {
        let scratch = Scratch::new();
        scratch.run(&[1], NOW);
        let again = scratch.run(&[2], NOW + after);
        assert_eq!(scratch.known(), if is_too_soon { [1] } else { [2] }, "{after}");
        assert_eq!(again.remarks(), [""; 0], "{after}");
    }
}

#[test]
fn an_older_run_does_not_replace_a_newer_one() {
    for (started, after, written) in [
        (None, -0.5, false),
        (None, -60.0, false),
        (None, 0.5, false),
        (None, 1.0, true),
        (Some(-MINUTE), -0.5, false),
        (Some(-MINUTE), -60.0, false),
        (Some(-MINUTE), 1.0, true),
    ] {
        let scratch = Scratch::new();
        if let Some(earlier) = started {
            scratch.run(&[0], NOW + earlier);
        }
        let (mut older, mut newer) = (scratch.history(), scratch.history());
        newer.write(&vec![2], NOW);
        older.write(&vec![1], NOW + after);
        assert_eq!(scratch.known(), if written { [1] } else { [2] }, "{started:?} {after}");
        assert!(!older.remarks().concat().contains("remembered:"), "{started:?} {after}");
    }
}

#[test]
fn created_files_are_private() {
    let scratch = Scratch::new();
    let made = scratch.0.join("made");
    Store::open(&given(&made), "check_x", "k").write(&vec![1], NOW);
    assert_eq!(mode(&made), 0o700);
    assert_eq!(names(&made).len(), 2);
    for entry in fs::read_dir(&made).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn the_file_name_is_the_same_in_every_build() {
    // The vectors of the FNV reference.
    assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    let scratch = Scratch::new();
    scratch.run(&[1], NOW);
    let mut other = scratch.about("db1");
    assert!(other.is_first);
    other.write(&vec![2], NOW);
    assert_eq!(scratch.names().len(), 4);
}

#[test]
fn a_file_that_cannot_be_used_is_replaced() {
    let nested = format!(r#"{{"version":1,"key":"db1,db2","at":1.0,"data":{}"#, "[".repeat(100_000));
    for (text, why) in [
        ("", "is corrupt"),
        ("\0\0\0", "is corrupt"),
        ("{}", "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":1.0,"data":[1,2"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":1.0,"data":[1]}}"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":1.0,"data":"text"}"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":1.0}"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","data":[1]}"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":null,"data":[1]}"#, "is corrupt"),
        (r#"{"version":1,"key":"db1,db2","at":1e999,"data":[1]}"#, "is corrupt"),
        (r#"{"version":-1,"key":"db1,db2","at":1.0,"data":[1]}"#, "is corrupt"),
        (nested.as_str(), "is corrupt"),
        (r#"{"version":1,"key":"db3","at":1.0,"data":[1]}"#, "belongs to another check"),
        (r#"{"version":2,"key":"db1,db2","at":1.0,"data":[1]}"#, "was written by a newer version"),
        (r#"{"version":2,"anything":"else"}"#, "was written by a newer version"),
    ] {
        let scratch = Scratch::new();
        scratch.plant(text);
        let history = scratch.run(&[7], NOW);
        assert!(!history.is_first && history.known.is_empty(), "{text}");
        let expected = format!("history starts anew: {} {why}", scratch.file("json").display());
        assert_eq!(remark(&history), expected, "{text}");
        assert_eq!(scratch.known(), [7], "{text}");
    }
}

#[test]
fn a_huge_file_is_not_read_and_none_is_written() {
    let scratch = Scratch::new();
    scratch.plant(format!("{VALID}{}", " ".repeat(10 << 20)));
    assert!(remark(&scratch.history()).ends_with(".json is larger than 1 MiB"));
    scratch.plant(format!("{VALID}{}", " ".repeat((1 << 20) - VALID.len())));
    let huge = scratch.run(&vec![1_000_000_000; 100_000], NOW);
    assert_eq!(
        remark(&huge),
        format!(
            "this run is not remembered: {} would exceed 1 MiB -> check fewer targets in one service",
            scratch.file("json").display()
        )
    );
    assert_eq!(scratch.known(), [1]);
}

#[test]
fn a_link_is_neither_read_nor_written_through() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let victim = elsewhere.0.join("victim");
    fs::write(&victim, VALID).unwrap();
    permit(&victim, 0o600);

    symlink(&victim, scratch.file("json")).unwrap();
    symlink(&victim, scratch.file("tmp")).unwrap();
    let history = scratch.run(&[2], NOW);
    assert!(history.known.is_empty());
    assert!(remark(&history).ends_with(".json is a symbolic link"), "{}", remark(&history));
    assert_eq!(scratch.known(), [2]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), VALID);

    fs::remove_file(scratch.file("lock")).unwrap();
    symlink(elsewhere.0.join("made"), scratch.file("lock")).unwrap();
    let history = scratch.run(&[3], NOW + MINUTE);
    assert!(remark(&history).ends_with(".lock is a symbolic link -> remove it"), "{}", remark(&history));
    assert_eq!(elsewhere.names(), ["victim"]);
}

#[test]
fn a_linked_directory_is_refused() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    let link = scratch.0.join("link");
    symlink(&elsewhere.0, &link).unwrap();
    for path in [link.clone(), link.join(""), link.join(".")] {
        let mut history = Store::open(&given(&path), "check_x", "k");
        history.write(&vec![1], NOW);
        assert!(!history.is_first);
        assert!(remark(&history).contains("link is a symbolic link -> "), "{}", remark(&history));
        assert_eq!(elsewhere.names(), [""; 0]);
    }
}

#[test]
fn a_file_that_others_may_have_written_is_refused() {
    let scratch = Scratch::new();
    let why = || scratch.history().refused.unwrap().reason;
    for mode in [0o620, 0o602, 0o666] {
        scratch.plant(VALID);
        permit(&scratch.file("json"), mode);
        assert!(why().ends_with(".json can be written by others"));
    }
    fs::remove_file(scratch.file("json")).unwrap();
    mkfifo(&scratch.file("json"), Mode::S_IRWXU).unwrap();
    assert!(why().ends_with(".json is not a regular file"));
    fs::remove_file(scratch.file("json")).unwrap();
    fs::create_dir(scratch.file("json")).unwrap();
    assert!(why().ends_with(".json is not a regular file"));
    let history = scratch.run(&[1], NOW);
    let expected =
        format!("nothing is remembered between runs: {} is a directory -> remove it", scratch.file("json").display());
    assert_eq!(remark(&history), expected, "one line for one cause");
    assert!(!scratch.file("tmp").exists());
}

/// Only root can give files away, so other users skip this test.
#[test]
fn files_and_directories_of_others_are_refused() {
    if !geteuid().is_root() {
        return;
    }
    let scratch = Scratch::new();
    let give = |path: &Path| chown(path, Some(OTHER), None).unwrap();
    scratch.plant(VALID);
    give(&scratch.file("json"));
    assert!(remark(&scratch.history()).ends_with(".json belongs to another user"));
    fs::write(scratch.file("lock"), "").unwrap();
    give(&scratch.file("lock"));
    assert!(remark(&scratch.run(&[1], NOW)).ends_with(".lock belongs to another user -> remove it"));
    give(&scratch.0);
    let none = scratch.0.display();
    let history = scratch.about("any");
    assert_eq!(history.place_is_missing(), Some(format!("{none} belongs to another user").as_str()));
    assert_eq!(
        remark(&history),
        format!("nothing is remembered between runs: {none} belongs to another user -> give a directory of this user")
    );
}

#[test]
fn a_world_writable_directory_needs_the_sticky_bit() {
    let scratch = Scratch::new();
    let own = scratch.0.join(format!("uid-{}", geteuid()));
    permit(&scratch.0, 0o777);
    let history = scratch.run(&[1], NOW);
    assert!(history.place_is_missing().unwrap().ends_with(" can be written by everybody"));
    assert_eq!(scratch.names(), [""; 0]);
    for mode_of_dir in [0o1777, 0o1773, 0o1702] {
        permit(&scratch.0, mode_of_dir);
        scratch.run(&[1], NOW);
        assert_eq!((mode(&own), names(&own).len()), (0o700, 2), "{mode_of_dir:o}");
        assert_eq!(scratch.known(), [1], "{mode_of_dir:o}");
        assert_eq!(scratch.names().len(), 1);
        fs::remove_dir_all(&own).unwrap();
    }
    for direct in [0o700, 0o755, 0o770, 0o1770, 0o1755] {
        permit(&scratch.0, direct);
        scratch.about("direct").write(&vec![1], NOW);
        assert!(!own.exists() && scratch.names().len() == 2, "{direct:o}");
    }
}

#[test]
fn a_planted_subdirectory_is_refused() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    permit(&scratch.0, 0o1777);
    let own = scratch.0.join(format!("uid-{}", geteuid()));
    let refused = |what: &str| {
        let history = scratch.run(&[1], NOW);
        assert_eq!(history.place_is_missing(), Some(format!("{} {what}", own.display()).as_str()));
    };
    symlink(&elsewhere.0, &own).unwrap();
    refused("is a symbolic link");
    fs::remove_file(&own).unwrap();
    fs::write(&own, "").unwrap();
    refused("is not a directory");
    fs::remove_file(&own).unwrap();
    for mode in [0o720, 0o702, 0o1777] {
        DirBuilder::new().create(&own).unwrap();
        permit(&own, mode);
        refused("can be written by others");
        fs::remove_dir(&own).unwrap();
    }
    if geteuid().is_root() {
        DirBuilder::new().mode(0o700).create(&own).unwrap();
        chown(&own, Some(OTHER), None).unwrap();
        refused("belongs to another user");
        fs::remove_dir(&own).unwrap();
    }
    assert_eq!(elsewhere.names(), [""; 0]);
    scratch.run(&[1], NOW);
    assert_eq!(scratch.known(), [1]);
}

#[test]
fn an_impossible_directory_has_a_reason() {
    let scratch = Scratch::new();
    let plain = scratch.0.join("plain");
    fs::write(&plain, "").unwrap();
    for (path, why) in [
        (plain.clone(), "plain is not a directory -> "),
        (plain.join("below"), "below cannot be made: not a directory -> "),
        (scratch.0.join("no/parent"), "parent does not exist and cannot be made -> "),
        (PathBuf::from("/proc/self"), "/proc/self is a symbolic link -> "),
        (PathBuf::new(), " does not exist and cannot be made -> "),
    ] {
        let mut history = Store::open(&given(&path), "check_x", "k");
        history.write(&vec![1], NOW);
        assert!(!history.is_first && history.place_is_missing().is_some(), "{path:?}");
        let remark = remark(&history);
        assert!(remark.starts_with("nothing is remembered between runs: ") && remark.contains(why), "{remark}");
    }
    // `/proc` exists, and not even root can create a file there.
    let file = HistoryFile::new(Directory::open(Path::new("/proc")).unwrap(), "check_x", "k");
    let mut proc = Store::<Vec<u32>>::of(Ok(file));
    assert!(proc.is_first);
    proc.write(&vec![1], NOW);
    assert!(remark(&proc).starts_with("nothing is remembered between runs: /proc"), "{}", remark(&proc));
}

#[test]
fn a_directory_that_vanishes_is_reported() {
    let scratch = Scratch::new();
    let there = scratch.0.join("there");
    let mut history = Store::open(&given(&there), "check_x", "k");
    fs::remove_dir(&there).unwrap();
    history.write(&vec![1], NOW);
    let expected = format!("{} was removed during the run -> make it again", there.display());
    assert!(remark(&history).ends_with(&expected), "{}", remark(&history));
}

#[test]
fn a_full_disk_is_reported() {
    let full = Path::new("/dev/full");
    let Ok(mut device) = fs::File::options().write(true).open(full) else { return };
    let error = std::io::Write::write_all(&mut device, b"x").unwrap_err();
    let obstacle = directory::unwritten(full, &error);
    assert_eq!(obstacle.sentence(), "/dev/full cannot be written: the disk is full -> free some space on it");
}

#[test]
fn history_that_is_switched_off_makes_no_remark() {
    let mut none = Store::open(&given(Path::new("/dev/null")), "check_x", "k");
    none.write(&vec![1], NOW);
    assert_eq!((none.remarks(), none.is_first), (vec![], false));
    assert_eq!(none.place_is_missing(), Some("--history-dir is /dev/null"));
}

#[test]
fn a_file_that_a_killed_run_left_is_replaced() {
    let scratch = Scratch::new();
    fs::write(scratch.file("tmp"), "half a sta").unwrap();
    scratch.run(&[1], NOW);
    assert_eq!(scratch.known(), [1]);
    assert!(!scratch.file("tmp").exists());
}

#[test]
fn another_run_that_is_writing_is_not_an_error() {
    let scratch = Scratch::new();
    scratch.run(&[1], NOW);
    let lock = format!("{}.lock", scratch.history().file.unwrap().name());
    let held = Directory::open(&scratch.0).unwrap().lock(&lock).unwrap();
    assert_eq!(scratch.history().file.unwrap().write(&[2], NOW + MINUTE), Ok(Written::Busy));
    assert_eq!(scratch.run(&[2], NOW + MINUTE).remarks(), [""; 0]);
    assert_eq!(scratch.known(), [1]);
    drop(held);
    scratch.run(&[2], NOW + MINUTE);
    assert_eq!(scratch.known(), [2]);
}

#[test]
fn two_writers_never_mix_their_data() {
    let scratch = Scratch::new();
    scratch.run(&[0; 1000], NOW);
    let files = [1_u32, 2].map(|writer| (writer, scratch.history().file.unwrap()));
    // Each write is a minute later than the one before it, from either writer, so none is too soon.
    let minutes = AtomicU32::new(1);
    let next = || NOW + MINUTE * f64::from(minutes.fetch_add(1, Ordering::SeqCst));
    thread::scope(|scope| {
        let writers = files.map(|(writer, file)| {
            let next = &next;
            scope.spawn(move || {
                let data = vec![writer; 1000 * writer as usize];
                (0..200).filter(|_| file.write(&data, next()) == Ok(Written::Yes)).count()
            })
        });
        for _ in 0..400 {
            let seen = scratch.known();
            let first = *seen.first().unwrap();
            assert_eq!(seen, vec![first; 1000 * first.max(1) as usize]);
        }
        for writer in writers {
            assert!(writer.join().unwrap() > 0, "one writer never wrote");
        }
    });
}

#[test]
fn the_first_usable_directory_is_taken() {
    let scratch = Scratch::new();
    let at = |name: &str| Some(scratch.0.join(name));
    for name in ["system", "home", "open", "shared"] {
        DirBuilder::new().mode(0o700).create(scratch.0.join(name)).unwrap();
    }
    permit(&scratch.0.join("open"), 0o777);
    permit(&scratch.0.join("shared"), 0o1777);
    let own = format!("shared/uid-{}", geteuid());
    let home = "home/.local/state/monitoring-plugins-ha";
    let xdg = "xdg/monitoring-plugins-ha";
    for (given, system, xdg_state_home, home, expected) in [
        (at("given"), "system", at("xdg"), at("home"), Some("given")),
        (at("no/given"), "system", at("xdg"), at("home"), None),
        (None, "system", at("xdg"), at("home"), Some("system")),
        (None, "shared", at("xdg"), at("home"), Some(own.as_str())),
        (None, "missing", at("xdg"), at("home"), Some(xdg)),
        (None, "open", at("xdg"), at("home"), Some(xdg)),
        (None, "missing", None, at("home"), Some(home)),
        (None, "missing", Some("target/relative".into()), at("home"), Some(home)),
        (None, "missing", Some("".into()), at("home"), Some(home)),
        (None, "missing", Some("/proc/self/xdg".into()), at("home"), Some(home)),
        (None, "missing", None, at("nobody"), None),
        (None, "missing", None, None, None),
    ] {
        let case = format!("{given:?} {system} {xdg_state_home:?} {home:?}");
        let directories = HistoryDirs { given, xdg_state_home, home };
        let found = directories.open_with(&scratch.0.join(system), |home| home).ok().map(|directory| directory.path);
        assert_eq!(found, expected.and_then(at), "{case}");
    }
    let unwritable = HistoryDirs { xdg_state_home: at("xdg"), ..HistoryDirs::default() };
    let found = unwritable.open_with(Path::new("/proc/sys"), |home| home);
    assert_eq!(found.ok().map(|directory| directory.path), at(xdg));
    assert!(!scratch.0.join("missing").exists() && !scratch.0.join("nobody").exists());
    assert_eq!(mode(&scratch.0.join(home)), 0o700);
}

#[test]
fn every_tried_directory_is_reported_with_its_reason() {
    let scratch = Scratch::new();
    let at = |name: &str| scratch.0.join(name);
    let said = |xdg: Option<PathBuf>, home: Option<PathBuf>| {
        let directories = HistoryDirs { given: None, xdg_state_home: xdg, home };
        let none = directories.open_with(&at("system"), |home| home).unwrap_err();
        assert!(!none.is_wanted);
        none.obstacle.sentence().replace(&*scratch.0.to_string_lossy(), "DIR")
    };
    let remedy = " -> create DIR/system writable for this user, or give --history-dir";
    fs::write(at("file"), "").unwrap();
    for (xdg, home, reasons) in [
        (None, None, "DIR/system does not exist; this user has no home directory"),
        (None, Some(at("gone")), "DIR/system does not exist; DIR/gone does not exist"),
        (
            Some("relative".into()),
            Some(at("file")),
            "DIR/system does not exist; $XDG_STATE_HOME is not an absolute path; DIR/file is not a directory",
        ),
        (
            Some(at("file")),
            None,
            "DIR/system does not exist; DIR/file is not a directory; this user has no home directory",
        ),
        (
            Some(at("file/below")),
            None,
            "DIR/system does not exist; DIR/file/below/monitoring-plugins-ha cannot be made: not a directory; \
             this user has no home directory",
        ),
    ] {
        assert_eq!(said(xdg, home), format!("{reasons}{remedy}"));
    }
    if geteuid().is_root() {
        chown(&*scratch.0, Some(OTHER), None).unwrap();
        let foreign = || Some(scratch.0.to_path_buf());
        assert!(said(None, foreign()).contains("; DIR belongs to another user -> "));
        assert!(said(foreign(), None).contains("; DIR belongs to another user; this user has no "));
        assert!(!at(NAME).exists());
    }
}

static RATE: MetricSpec =
    MetricSpec::judged("rate", MetricUnit::None, Default::None, Default::None, "writes a second").from_history();
static CATALOGUE: Catalogue = Catalogue { service: "TEST", metrics: &[&RATE], findings: &[] };

#[derive(clap::Parser)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
}

/// Whether a threshold that needs history is refused.
fn refuses(history: &Store<Vec<u32>>) -> bool {
    let cli: Cli = clap::Parser::parse_from(["test", "-w", "rate=5"]);
    let mut report = Report::new(&Rules::new(&CATALOGUE, &cli.common).unwrap());
    history.tell(&mut report);
    report.render().1.contains("rate cannot be measured: ")
}

#[test]
fn a_threshold_is_refused_if_history_is_impossible() {
    let scratch = Scratch::new();
    assert!(!refuses(&scratch.run(&[1], NOW)), "the first run");
    assert!(!refuses(&scratch.run(&[2], NOW + MINUTE)), "the second run");
    scratch.plant("corrupt");
    assert!(!refuses(&scratch.history()), "nothing was to be written");
    assert!(!refuses(&scratch.run(&[3], NOW)), "history starts anew");

    fs::remove_file(scratch.file("lock")).unwrap();
    fs::create_dir(scratch.file("lock")).unwrap();
    let known = scratch.run(&[4], NOW + MINUTE);
    assert!(remark(&known).starts_with("this run is not remembered: "), "{}", remark(&known));
    assert!(!refuses(&known), "an earlier run is known");
    scratch.plant("corrupt");
    assert!(refuses(&scratch.run(&[4], NOW)), "a file that cannot be used or replaced");
    fs::remove_file(scratch.file("json")).unwrap();
    let first = scratch.run(&[4], NOW);
    assert!(remark(&first).starts_with("nothing is remembered between runs: "), "{}", remark(&first));
    assert!(refuses(&first), "a first run that cannot be written");

    for place in ["/dev/null", "/proc/none"] {
        assert!(refuses(&Store::open(&given(Path::new(place)), "check_x", "k")), "{place}");
    }
}
