//! Hostile text cannot add a line, a state, a text direction or an entity.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use common::{Label, text};
use proptest::prelude::*;
use test_support::oracle::{self, Page};

/// Pieces of hostile text. Each does harm, alone or together with its neighbours.
const PIECES: [&str; 52] = [
    "\\",
    "n",
    "t",
    "\\n",
    "\\t",
    "&",
    "#",
    "#10;",
    "#x202e;",
    "lt",
    "amp",
    ";",
    "&#8238;",
    "&nbsp;",
    "<",
    "b",
    "/",
    "!",
    ">",
    " a=",
    "_",
    "[",
    "(",
    "]",
    ")",
    "OK",
    "WARNING",
    "CRITICAL",
    "UNKNOWN",
    "UP",
    "DOWN",
    "PENDING",
    "UNREACHABLE",
    "|",
    "=",
    "'",
    "\"",
    "…",
    " ",
    "\t",
    "\r\n",
    "\n",
    "\0",
    "\x1b",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{2028}",
    "\u{2800}",
    "\u{e000}",
];

/// Text of a hostile server: any characters, with the special ones often.
fn hostile() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(&PIECES[..]).prop_map(str::to_owned);
    let any = any::<char>().prop_map(String::from);
    proptest::collection::vec(prop_oneof![4 => piece, 1 => any], 0..60).prop_map(|pieces| pieces.concat())
}

/// Plain and hostile names of all lengths.
fn some_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9.:_-]{0,80}", "[ab |\"…\\[\\]\u{200b}]{0,70}", hostile()]
}

/// Two names that differ in at most one character, at any position.
fn twins() -> impl Strategy<Value = (String, String)> {
    let change = prop_oneof![Just(String::new()), proptest::sample::select(&PIECES[..]).prop_map(str::to_owned)];
    (some_name(), any::<proptest::sample::Index>(), change).prop_map(|(name, position, change)| {
        let positions: Vec<_> = name.char_indices().map(|(position, _)| position).chain([name.len()]).collect();
        let (head, tail) = name.split_at(*position.get(&positions));
        let rest: String = tail.chars().skip(1).collect();
        (name.clone(), format!("{head}{change}{rest}"))
    })
}

/// Asserts that Icinga DB Web shows the line as it is.
fn assert_harmless(line: &str) {
    let page = Page { lines: vec![line.to_owned()], ..Page::default() };
    assert_eq!(Page::of(line), page);
    let states = ["OK", "WARNING", "CRITICAL", "UNKNOWN", "UP", "DOWN", "PENDING", "UNREACHABLE"];
    assert!(!states.iter().any(|state| line.contains(&format!("[{state}]")) || line.contains(&format!("({state})"))));
    for harm in ["</", "<!", "<?", "|", "  \n"] {
        assert!(!line.contains(harm), "{harm:?} in {line:?}");
    }
}

#[test]
fn each_hostile_sample_is_harmless_everywhere() {
    let samples = [
        r"a\nb",
        r"a\tb",
        "a\nb",
        "a\tb",
        "&#10;",
        "&#8238;",
        "&lt;",
        "&amp;nbsp;",
        "<b>",
        "<a href=x>",
        "[OK]",
        "(OK)",
        "[CRITICAL]",
        "(UP]",
        "a|b=1",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{e000}",
        "\u{2800}",
        "\u{2028}",
        "\u{378}",
        "\u{feff}",
        "\u{ad}",
        "\x1b[31m",
    ];
    for hostile in samples {
        let text = format!("x{hostile}x");
        assert!(Page::of(hostile) != Page { lines: vec![hostile.to_owned()], ..Page::default() } || hostile == "a|b=1");
        for shown in
            [text::line(&text), text::quote(&text), text::name(&text), text::cut_middle(&text::line(&text), 12)]
        {
            assert_harmless(&shown);
            assert_eq!(text::line(&shown), shown, "{hostile:?}");
        }
        assert_eq!(text::argument(&text, "NODE"), "NODE", "{hostile:?}");
    }
}

/// Pairs that a reader would take for the same name.
#[test]
fn names_that_look_alike_are_shown_differently() {
    let long = |middle: &str| format!("{0}{middle}{0}", "node".repeat(20));
    let pairs = [
        (long("1"), long("2")),
        ("a|b".to_owned(), "a b".to_owned()),
        ("a|b".to_owned(), "a\tb".to_owned()),
        ("db1".to_owned(), "DB1".to_owned()),
        ("db1".to_owned(), "db1\u{200b}".to_owned()),
        ("db1".to_owned(), "db1 ".to_owned()),
        ("db1".to_owned(), "\"db1\"".to_owned()),
        ("a b".to_owned(), "a  b".to_owned()),
        ("a b".to_owned(), "a\u{a0}b".to_owned()),
        ("a\u{202e}b".to_owned(), r"a\u{202e}b".to_owned()),
        ("it's a".to_owned(), "it\"s a".to_owned()),
        (r"a\nb".to_owned(), r"a\ nb".to_owned()),
        ("a\nb".to_owned(), "a; b".to_owned()),
        ("[OK]".to_owned(), "[ OK]".to_owned()),
        (String::new(), " ".to_owned()),
    ];
    for (a, b) in pairs {
        assert_ne!(text::name(&a), text::name(&b), "{a:?}, {b:?}");
    }
    // A name that imitates the digest of another.
    for name in [long("1"), "a|b".to_owned()] {
        let imitation = text::name(&name).trim_matches('"').to_owned();
        assert_ne!(text::name(&imitation), text::name(&name));
    }
}

proptest! {
    #[test]
    fn a_line_is_harmless(remote in hostile()) {
        assert_harmless(&text::line(&remote));
    }

    #[test]
    fn cleaning_twice_changes_nothing(remote in hostile()) {
        let line = text::line(&remote);
        prop_assert_eq!(text::line(&line), line);
    }

    #[test]
    fn clean_text_survives_icinga_unchanged(remote in hostile()) {
        let line = text::line(&remote);
        let output = format!("X is OK: {line}|'a'=1;;;;");
        let (said, perfdata) = oracle::parse_check_output(&output);
        let expected = format!("X is OK: {line}");
        prop_assert_eq!(said.trim_end(), expected.trim_end());
        prop_assert_eq!(perfdata, "'a'=1;;;;");
    }

    #[test]
    fn ordinary_text_is_unchanged(text in "[a-zA-Z0-9äé東 .,:;=%+*~@$#\"'{}\\[\\])>!?/_-]{0,100}") {
        prop_assert_eq!(text::line(&text), text.trim());
    }

    #[test]
    fn pieces_are_harmless_on_one_line(a in hostile(), b in hostile(), glue in prop_oneof!["", " ", ": "]) {
        for piece in [text::quote, text::name, text::line] {
            let line = text::line(&format!("{}{glue}{}", piece(&a), piece(&b)));
            assert_harmless(&line);
            prop_assert_eq!(text::line(&line), line);
        }
    }

    #[test]
    fn quoted_text_is_short_and_clean(remote in prop_oneof![".{0,2000}", hostile()]) {
        let quoted = text::quote(&remote);
        prop_assert!(quoted.chars().count() <= 200);
        prop_assert_eq!(text::line(&quoted), quoted);
    }

    #[test]
    fn a_name_is_short_and_clean(remote in some_name()) {
        let shown = text::name(&remote);
        prop_assert!(shown.chars().count() <= 66);
        prop_assert_eq!(text::line(&shown), shown.as_str());
        let inner = shown.strip_prefix('"').and_then(|shown| shown.strip_suffix('"'));
        prop_assert!(!inner.unwrap_or(&shown).contains('"'));
        prop_assert!(inner.is_some() || shown == remote);
    }

    #[test]
    fn names_that_differ_are_shown_differently((a, b) in twins()) {
        prop_assert_eq!(text::name(&a) == text::name(&b), a == b);
    }

    #[test]
    fn no_name_imitates_another(names in proptest::collection::vec(some_name(), 0..20)) {
        // The shown form of one name may itself be the name of another.
        let imitations: Vec<_> = names.iter().map(|name| text::name(name).trim_matches('"').to_owned()).collect();
        let mut seen = HashMap::new();
        for name in names.into_iter().chain(imitations) {
            let before = seen.insert(text::name(&name), name.clone());
            prop_assert!(before.as_ref().is_none_or(|before| *before == name), "{before:?}, {name:?}");
        }
    }

    #[test]
    fn a_cut_keeps_within_its_limit(text in ".{0,300}", limit in 0..300_usize) {
        let text = text::line(&text);
        let cut = text::cut_middle(&text, limit);
        prop_assert!(cut.len() <= limit);
        prop_assert_eq!(cut == text, text.len() <= limit);
        if let Some((head, tail)) = cut.split_once('…').filter(|_| !text.contains('…')) {
            prop_assert!(text.starts_with(head) && text.ends_with(tail));
            prop_assert!(cut.len() + 7 > limit, "room is used: {} of {limit}", cut.len());
        }
    }

    #[test]
    fn a_cut_of_clean_text_is_clean(remote in hostile(), limit in 0..100_usize) {
        let cut = text::cut_middle(&text::line(&remote), limit);
        prop_assert_eq!(text::line(&cut), cut);
    }

    #[test]
    fn an_argument_is_one_word(remote in some_name()) {
        let argument = text::argument(&remote, "NODE");
        prop_assert!(argument == remote || argument == "NODE");
        prop_assert!(!argument.is_empty() && !argument.starts_with('-'));
        prop_assert!(argument.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte)));
    }

    #[test]
    fn a_label_is_short_and_harmless(remote in hostile()) {
        let Some(label) = Label::new(&remote) else { return Ok(()) };
        let label = label.to_string();
        prop_assert!((1..=64).contains(&label.len()));
        let page = Page::of(&label);
        prop_assert!(!page.html && page.entities.is_empty() && page.hidden.is_empty() && page.lines.len() == 1);
    }

    #[test]
    fn long_labels_stay_different((a, b) in ("[a-z_]{65,90}", "[a-z_]{65,90}")) {
        prop_assert_eq!(Label::new(&a) == Label::new(&b), a == b);
    }
}
