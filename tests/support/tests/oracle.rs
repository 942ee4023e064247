//! Compares the oracle with Icinga: the cases of its unit tests, and a recording of its console.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use test_support::oracle::{
    Ball, Page, PerfdataValue, is_hidden, looks_like_html, oversized, parse_check_output, split_perfdata,
};

/// Items that the recorded release 2.13 accepted and current Icinga rejects.
const REJECTED_SINCE: [&str; 1] = ["nan=nan"];

struct Case {
    input: String,
    fields: String,
    expected: String,
}

/// The rows of one kind of `test/icinga-perfdata.cpp`: `parse` for one item, `split` for several.
fn cases(kind: &str) -> Vec<Case> {
    let mut table = csv::Reader::from_reader(include_str!("data/icinga_perfdata.csv").as_bytes());
    let rows = table.records().map(Result::unwrap).filter(|row| row.get(4) == Some(kind));
    rows.map(|row| {
        let column = |index| row.get(index).unwrap().replace("\\n", "\n");
        Case { input: column(0), fields: column(1), expected: column(2) }
    })
    .collect()
}

/// One property of a parsed item, written as in the table.
fn property(item: &PerfdataValue, name: &str) -> String {
    let number = |limit: Option<f64>| limit.map(|number| number.to_string()).unwrap_or_default();
    match name {
        "label" => item.label.clone(),
        "value" => item.value.to_string(),
        "unit" if item.counter => "(counter)".to_owned(),
        "unit" => item.unit.to_owned(),
        "format" => item.format(),
        "warn" => number(item.warn),
        "crit" => number(item.crit),
        "min" => number(item.min),
        "max" => number(item.max),
        _ => panic!("no property {name}"),
    }
}

#[test]
fn parses_like_the_unit_tests_of_icinga() {
    let cases = cases("parse");
    assert_eq!(cases.len(), 45);
    for Case { input, fields, expected } in cases {
        let parsed = PerfdataValue::parse(&input);
        if fields == "valid" {
            assert_eq!(parsed.is_ok().to_string(), expected, "{input}");
            continue;
        }
        let parsed = parsed.unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<_> = fields.split(',').map(|name| property(&parsed, name)).collect();
        assert_eq!(found.join("|"), expected, "{input}");
    }
}

#[test]
fn splits_like_the_unit_tests_of_icinga() {
    let cases = cases("split");
    assert_eq!(cases.len(), 6);
    for Case { input, fields, expected } in cases {
        let mut items = split_perfdata(&input);
        if fields == "normalized" {
            items = items.iter().map(|item| PerfdataValue::parse(item).unwrap().format()).collect();
        }
        assert_eq!(items.join(" "), expected, "{input}");
    }
}

/// `parse_performance_data` in the console of Icinga 2.13, one item a line.
#[test]
fn parses_like_the_recorded_console_of_icinga() {
    let recorded = include_str!("data/icinga_parse_performance_data.txt");
    assert_eq!(recorded.lines().count(), 25);
    for line in recorded.lines() {
        let (item, answer) = line.split_once(" -> ").unwrap();
        let item = item.trim_end();
        let parsed = PerfdataValue::parse(item);
        if answer.contains("Error while evaluating expression") || REJECTED_SINCE.contains(&item) {
            assert!(parsed.is_err(), "{item}");
            continue;
        }
        assert_same(&parsed.unwrap_or_else(|error| panic!("{error}")), answer);
    }
}

/// Compares everything except the counter, which 2.13 never set.
fn assert_same(found: &PerfdataValue, recorded: &str) {
    assert_eq!(member(recorded, "label"), found.label);
    assert_eq!(member(recorded, "unit"), found.unit, "{found:?}");
    let numbers = [("value", Some(found.value)), ("warn", found.warn), ("crit", found.crit)];
    for (name, number) in numbers.into_iter().chain([("min", found.min), ("max", found.max)]) {
        let expected = Some(member(recorded, name)).filter(|text| *text != "null");
        assert_eq!(expected.map(|text| text.parse().unwrap()), number, "{name} of {found:?}");
    }
}

/// A member of a recorded JSON object. The objects have no nesting and no commas in values. A JSON parser would round
/// the numbers.
fn member<'a>(object: &'a str, name: &str) -> &'a str {
    let (_, value) = object.split_once(&format!("\"{name}\":")).unwrap();
    value.split([',', '}']).next().unwrap().trim_matches('"')
}

#[test]
fn a_line_is_split_only_if_perfdata_follow() {
    let (text, perfdata) = parse_check_output("OK: a|b is fine\nlong|x=1\nmore\r\n| 'y z'=2;3 \n\n");
    assert_eq!(text, "OK: a|b is fine\nlong\nmore\n\n");
    assert_eq!(perfdata, "x=1  'y z'=2;3");
    assert_eq!(split_perfdata(&perfdata), ["x=1", "'y z'=2;3"]);
}

#[test]
fn a_pipe_in_the_text_cuts_off_the_rest_of_its_line() {
    let (text, perfdata) = parse_check_output("OK: node a|b=1 down | 'size'=3;2:;1:;0;");
    assert_eq!(text, "OK: node a");
    assert_eq!(split_perfdata(&perfdata), ["b=1", "'down | 'size''=3;2:;1:;0;"]);
}

#[test]
fn limits_made_of_number_characters_must_be_numbers() {
    assert!(PerfdataValue::parse("a=1;1-2").is_err());
    assert_eq!(
        PerfdataValue::parse("a=1;U;~:3;@1:2").map(|item| (item.warn, item.crit, item.min)),
        Ok((None, None, None))
    );
}

#[test]
fn whole_numbers_are_written_as_integers_of_64_bits() {
    let written = |item| PerfdataValue::parse(item).map(|item| item.format());
    assert_eq!(written("a=-0").as_deref(), Ok("a=0"));
    assert_eq!(written("a=9007199254740993").as_deref(), Ok("a=9007199254740992"));
    assert_eq!(written("a=18446744073709551615").as_deref(), Ok("a=-9223372036854775808"));
}

#[test]
fn small_factors_are_divided_in_steps() {
    assert_eq!(PerfdataValue::parse("a=1ns").map(|item| item.value), Ok(9.999_999_999_999_999e-10));
}

#[test]
fn white_space_is_that_of_c() {
    assert_eq!(parse_check_output("\x0b OK|\x0ba=1\x0b\n"), ("OK".to_owned(), "a=1".to_owned()));
}

#[test]
fn html_is_a_word_in_angle_brackets() {
    for text in ["<none>", "a <b>", "<a href=x y>", "<a\thref=>", "<_1>"] {
        assert!(looks_like_html(text), "{text}");
    }
    for text in ["< none>", "a < b > c", "<>", "<a b>", "<a-b>", "</b>", "<none", "<ä>", "1<2"] {
        assert!(!looks_like_html(text), "{text}");
    }
}

#[test]
fn a_trailing_semicolon_makes_a_sixth_field() {
    let items = split_perfdata("a=1;2;3;0;9 b=1;2;3;0;9; c=1");
    assert_eq!(oversized(&items), ["b=1;2;3;0;9;"]);
}

/// A page that shows the text as it was written.
fn plain(lines: &[&str]) -> Page {
    Page { lines: lines.iter().map(ToString::to_string).collect(), ..Page::default() }
}

#[test]
fn harmless_text_is_shown_unchanged() {
    assert_eq!(Page::of(""), plain(&[""]));
    let text = "X is OK: a < b & c\n[OKAY] [ OK] (ok) [OK\nC:\\ new \\N &; &#; &#x; &#xg; &#10 &1; & #10; @@@@@";
    assert_eq!(Page::of(text), plain(&text.lines().collect::<Vec<_>>()));
}

#[test]
fn a_backslash_writes_lines_and_tabs() {
    assert_eq!(Page::of(r"a\nb\\nc\n"), plain(&["a", r"b\", "c", ""]));
    assert_eq!(Page::of(r"a\tb"), Page { hidden: vec!['\t'], ..plain(&["a\tb"]) });
}

#[test]
fn a_state_in_brackets_is_a_ball() {
    let ball = |line, column, state: &str| Ball { line, column, state: state.to_owned() };
    let balls = vec![ball(0, 0, "OK"), ball(0, 3, "WARNING"), ball(1, 0, "UNKNOWN"), ball(1, 1, "CRITICAL")];
    assert_eq!(Page::of("[OK] ü(WARNING) a\n[UNKNOWN)(CRITICAL]"), Page { balls, ..plain(&["● ü● a", "●●"]) });
    let states: Vec<_> = Page::of("[UP](DOWN)[PENDING]").balls.into_iter().map(|ball| ball.state).collect();
    assert_eq!(states, ["UP", "DOWN", "PENDING"]);
    assert_eq!(Page::of(r"a\n[OK]").balls, [ball(1, 0, "OK")], "on a line that the text wrote");
    assert_eq!(Page::of("&#91;OK]").balls, [], "the browser decodes later");
}

#[test]
fn an_entity_is_decoded_once() {
    for (entity, shown) in [
        ("&#65;", "A"),
        ("&#x41;", "A"),
        ("&#X1f600;", "😀"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&nbsp;", "\u{a0}"),
        ("&Auml;", "&Auml;"),
        ("&#x110000;", "&#x110000;"),
    ] {
        assert_eq!(Page::of(entity), Page { entities: vec![entity.to_owned()], ..plain(&[shown]) });
    }
    let twice = Page { entities: vec!["&amp;".to_owned()], ..plain(&["&nbsp;"]) };
    assert_eq!(Page::of("&amp;nbsp;"), twice);
    for entity in ["&#10;", "&NewLine;"] {
        let page = Page { entities: vec![entity.to_owned()], ..plain(&["a", "b"]) };
        assert_eq!(Page::of(&format!("a{entity}b")), page);
    }
    for (entity, hidden) in [("&#8238;", '\u{202e}'), ("&Tab;", '\t')] {
        let page = Page { entities: vec![entity.to_owned()], hidden: vec![hidden], ..plain(&[&hidden.to_string()]) };
        assert_eq!(Page::of(entity), page);
    }
}

#[test]
fn a_tag_makes_a_page_of_html() {
    assert_eq!(Page::of("a <none>"), Page { html: true, ..plain(&["a <none>"]) });
}

#[test]
fn at_signs_are_counted_up_to_six() {
    assert_eq!(Page::of("a@@@@@@@@b"), plain(&["a@@@@@@b"]));
}

#[test]
fn invisible_characters_are_hidden() {
    for c in "\t\r\x1b\x7f\u{85}\u{ad}\u{200b}\u{202e}\u{2066}\u{feff}\u{e0001}\u{e000}\u{378}\u{ffff}\u{2028}\u{2029}\u{2800}".chars() {
        assert!(is_hidden(c), "{c:?}");
        assert_eq!(Page::of(&format!("a{c}")).hidden, [c]);
    }
    for c in " a~\u{a0}é東👍\u{301}\u{2801}\u{fffd}●…".chars() {
        assert!(!is_hidden(c), "{c:?}");
    }
}
