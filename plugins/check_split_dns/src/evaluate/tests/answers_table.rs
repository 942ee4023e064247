//! The table that `-v` prints: a row for each name, a column for each server.

use common::dns::{Answer, Name, Outcome, Rcode, RecordType, Reply, Soa};

use super::check::{
    Check, Names, answer, answered, checked, closed, found, healthy, no_data, not_asked, nx_domain, prohibited, rcode,
    reply, servfail, silent, truncated,
};

/// From the row with the servers on, without perfdata.
fn rows(check: &Check, verbosity: usize) -> Vec<String> {
    let text = check.output(verbosity).1;
    let before_perfdata = text.split('|').next().unwrap();
    before_perfdata
        .lines()
        .skip_while(|line| !line.starts_with("name "))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn each_name_has_a_row_and_each_server_a_column() {
    let check = healthy().answers(1, Names::Side(crate::probe::Side::Internal), &nx_domain(".", 300)).answers(
        2,
        Names::All,
        &silent(),
    );
    assert_eq!(
        rows(&check, 1),
        [
            "name                     10.0.0.11         10.0.0.12      10.0.0.13",
            "galeradb.service.consul  3 found           !NXDOMAIN(.)   !silent",
            "www.example.com          2 found           2 found        !silent",
            "(random).service.consul  NXDOMAIN(consul)  !NXDOMAIN(.)   !silent",
            "(random).com             NXDOMAIN(com)     NXDOMAIN(com)  !silent",
        ]
    );
    assert_eq!(rows(&check, 0), [""; 0]);
}

#[test]
fn a_cell_says_what_came_and_marks_what_is_wrong() {
    let one = || checked(&["-i", "x.consul", "-H", "10.0.0.1"]);
    let of_both = |a: &Reply, aaaa: &Reply, cell: &str| {
        let check = one().answers_of(0, Names::Internal, RecordType::A, a).answers_of(
            0,
            Names::Internal,
            RecordType::Aaaa,
            aaaa,
        );
        assert_eq!(rows(&check, 1)[1], format!("x.consul         {cell}"));
    };
    let v4 = found(&["10.0.0.1"]);
    of_both(&v4, &found(&["fd00::1"]), "2 found");
    of_both(&v4, &no_data("consul"), "1 found");
    of_both(&v4, &nx_domain("consul", 0), "!1 found NXDOMAIN(consul)");
    of_both(&v4, &servfail(), "!1 found SERVFAIL");
    of_both(&found(&["1.1.1.1"]), &found(&["fd00::1"]), "!2 found");
    of_both(&nx_domain("consul", 0), &servfail(), "!NXDOMAIN(consul) SERVFAIL");
    for (reply, cell) in [
        (no_data("consul"), "!NODATA(consul)"),
        (rcode(Rcode::NOERROR), "!NODATA"),
        (closed(), "!closed"),
        (silent(), "!silent"),
        (prohibited(), "!REFUSED"),
        (rcode(Rcode(4)), "!NOTIMP"),
        (reply(Outcome::NotUnderstood("junk".to_owned())), "!garbage"),
        (reply(Outcome::Unreachable("host unreachable".to_owned())), "!unreachable"),
        (not_asked(), "!not asked"),
    ] {
        of_both(&reply, &reply, cell);
    }
    // A random name is not asked for over TCP.
    assert_eq!(rows(&one().answers(0, Names::RandomInternal, &truncated(&[])), 1)[2], "(random).consul  !truncated");
}

#[test]
fn columns_stay_aligned_whatever_the_names_are() {
    let check = checked(&["-i", "a.consul", "-i", "a-much-longer-name.consul", "-H", "10.0.0.1,[fd00::1]:5353"]);
    let rows = rows(&check, 1);
    assert_eq!(
        rows,
        [
            "name                       10.0.0.1          [fd00::1]:5353",
            "a.consul                   3 found           3 found",
            "a-much-longer-name.consul  3 found           3 found",
            "(random).consul            NXDOMAIN(consul)  NXDOMAIN(consul)",
            "(random).com               NXDOMAIN(com)     NXDOMAIN(com)",
        ]
    );
}

/// What is cleaned when it is printed was measured clean, so that no column moves.
#[test]
fn columns_stay_aligned_whatever_servers_say() {
    for owner in ["x|y\t<z", "<a<b", "\u{202e}evil", "a\r\nb", "ü<ö|", " ", "|"] {
        let soa = Soa { owner: Name::from_labels([owner.as_bytes()]).unwrap(), ttl: 0, minimum: 0 };
        let lie = answered(Answer { soa: Some(soa), ..answer(Rcode::NXDOMAIN, &[]) });
        let check = checked(&["-i", "x.consul", "-e", "www.example.com", "-H", "<b>=10.0.0.1,two=10.0.0.2"]);
        let rows = rows(&check.answers(0, Names::Internal, &lie), 1);
        let header: Vec<_> = rows[0].chars().collect();
        let start = header.windows(3).position(|word| word == ['t', 'w', 'o']).unwrap();
        let last: Vec<_> = rows.iter().map(|row| row.chars().skip(start - 2).collect::<String>()).collect();
        let expected = ["  two", "  3 found", "  2 found", "  NXDOMAIN(consul)", "  NXDOMAIN(com)"];
        assert_eq!(last, expected, "{owner:?}: {rows:#?}");
    }
}
