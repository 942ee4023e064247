//! Name servers that want to do harm.

use std::io::{self, Write};
use std::net::TcpStream;

use test_support::message::{A, Message, SRV};
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::server::{self, Dns, Transport};

use super::names::{Names, code, compare, compared, denial, named};
use super::{ALL, assert_finds};
use crate::consul::{Consul, With, health, instance};
use crate::hostile::{NASTY, assert_in_time, assert_sane};
use crate::{assert_shows, check};

/// Both looks, at a server that never says anything of use.
const PATIENCE: u64 = 10;

/// The datagrams that a query is answered with.
type Lie = fn(&[u8]) -> Vec<Vec<u8>>;

/// What labels there are when all is well, but for those of each server.
fn labels(output: &Output) -> Vec<String> {
    output.perfdata().into_iter().map(|value| value.label).filter(|label| !label.contains("_127_")).collect()
}

/// The header and the question of an answer, then these bytes, which say that they are this many records.
fn crafted(query: &[u8], records: u8, rest: &[u8]) -> Vec<u8> {
    let end = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let mut bytes = query[..end].to_vec();
    bytes[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, records, 0, 0, 0, 0]);
    bytes.extend(rest);
    bytes
}

#[test]
fn what_is_no_message_is_no_answer() {
    let writes: [Lie; 10] = [
        |_| vec![vec![0xff; 40]],
        |_| vec![vec![]],
        |query| vec![query.to_vec()],
        // A name that leads to itself, and two that lead to each other.
        |query| vec![crafted(query, 1, &[0xc0, u8::try_from(query.len()).unwrap_or(0), 0, 1, 0, 1])],
        |query| {
            let here = 12 + query[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
            let [one, other] = [here, here + 2].map(|place| u8::try_from(place).unwrap());
            vec![crafted(query, 1, &[0xc0, other, 0xc0, one, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4])]
        },
        // More records than there are.
        |query| vec![crafted(query, 200, &[])],
        |query| vec![crafted(query, 1, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4])],
        // An address of three bytes.
        |query| vec![crafted(query, 1, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3])],
        |query| {
            vec![Message { addresses: vec!["203.0.113.9".parse().unwrap()], ..Message::default() }.to(&foreign(query))]
        },
        |query| vec![vec![0xc0; 65_507], query[..6].to_vec()],
    ];
    let running = writes.map(|write| {
        let (consul, names, right) =
            (Consul::healthy(), Names::writing(move |_, query| write(query)), Names::of(ALL, 0));
        (compared(&consul, &[&names, &right], &[]).spawn(), consul, names, right)
    });
    for (run, _consul, names, _right) in running {
        let output = run.wait();
        assert_finds(&output, State::Warning, &format!("name server {}: no valid answer (", names.addr()));
        assert_in_time(&output, PATIENCE);
    }
}

/// The same query with another id.
fn foreign(query: &[u8]) -> Vec<u8> {
    let mut query = query.to_vec();
    query[0] ^= 0x55;
    query
}

#[test]
fn lies_about_the_length_over_tcp_are_no_answer() {
    let scripts: [fn(TcpStream) -> io::Result<()>; 4] = [
        |mut stream| stream.write_all(&vec![0xff; 0x10001]),
        |mut stream| io::copy(&mut io::repeat(0), &mut stream).map(drop),
        |mut stream| stream.write_all(&[0xff, 0xff, 0, 0]),
        |mut stream| io::copy(&mut io::repeat(0xff), &mut stream).map(drop),
    ];
    let running = scripts.map(|script| {
        let consul = Consul::healthy();
        let server: Dns = server::dns_pair(|query| vec![answer(query)], script);
        let args = ["-H", &consul.address(), "--recheck", "0.1", "--dns", &server.addr().to_string()];
        (check(&args).spawn(), consul, server)
    });
    for (run, _consul, server) in running {
        let output = run.wait();
        assert_finds(&output, State::Warning, &format!("name server {}: ", server.addr()));
        assert_shows(&output, "over TCP, but not over both transports");
        assert_in_time(&output, PATIENCE);
    }
}

/// What a good server says over UDP.
fn answer(bytes: &[u8]) -> Vec<u8> {
    let (name, rtype) = test_support::message::question(bytes);
    named(&super::Query { transport: Transport::Udp, name, rtype, turn: 0 }, ALL, 0).to(bytes)
}

#[test]
fn of_many_addresses_a_few_are_listed() {
    let names = Names::saying(|query| {
        let many = (0..1500_u16).map(|number| {
            let [high, low] = number.to_be_bytes();
            [10, 9, high, low].into()
        });
        Some(match (query.rtype, query.transport) {
            (A, Transport::Tcp) => Message { addresses: many.collect(), ..named(query, ALL, 0) },
            (_, _) => named(query, ALL, 0),
        })
    });
    let output = compare(&Consul::healthy(), &[&names], &[]);
    assert_finds(
        &output,
        State::Warning,
        &format!("name server {} hands out 10.9.0.0, 10.9.0.1 and 1498 more", names.addr()),
    );
    assert!(output.stdout.len() < 4000, "{}", output.stdout.len());
    assert_sane(&output);
}

#[test]
fn text_of_a_name_server_is_shown_as_text_wherever_it_is_shown() {
    let quiet = labels(&compare(&Consul::healthy(), &[&Names::of(ALL, 0)], &[]));
    let label = NASTY.replace('.', "");
    let aliased = |label: String| {
        Names::saying(move |query| match query.rtype {
            SRV => Some(Message { services: vec![(label.clone(), 80)], ..Message::default() }),
            _ => Some(Message { alias: Some(label.clone()), ..Message::default() }),
        })
    };
    let targets = |targets: Vec<String>| {
        Names::saying(move |query| {
            let services = targets.iter().map(|target| (target.clone(), 7)).collect();
            let message = Message { services, ..Message::default() };
            Some(if query.rtype == SRV { message } else { named(query, ALL, 0) })
        })
    };
    let at_a_name = Consul::saying(health(&[instance("a").with("/Service/Address", "db.example.org")]));
    let healthy = Consul::healthy();
    let error = |rcode| Names::always(Message { extended_error: Some((22, NASTY.repeat(20))), ..code(rcode) });
    let cases = [
        (&at_a_name, aliased(label.clone())),
        (&healthy, aliased(label.clone())),
        (&healthy, targets(vec![label.clone(), format!("{label}.node.dc1.consul"), format!("7f00000b.addr.{label}")])),
        (&healthy, error(2)),
        (&healthy, error(3)),
        (&healthy, error(5)),
        (&healthy, Names::always(Message { extended_error: Some((0, NASTY.to_owned())), ..denial(3) })),
    ];
    for (consul, names) in cases {
        for args in [&[][..], &["-vvv"]] {
            let output = compare(consul, &[&names], args);
            assert_sane(&output);
            assert!(!args.is_empty() || output.stdout.len() < 2700, "{}", output.stdout.len());
            let forged = labels(&output).into_iter().find(|label| !quiet.contains(label));
            assert_eq!(forged, None, "{output:?}");
            let heads = output.text().lines().filter(|line| line.starts_with("CONSUL is ")).count();
            assert_eq!(heads, 1, "{output:?}");
        }
    }
}

/// What answers a question that nobody asked, or twice, spoils no answer that comes too.
#[test]
fn a_stranger_among_the_answers_is_passed_by() {
    let names = Names::writing(|query, bytes| {
        let lie = Message { addresses: vec!["203.0.113.9".parse().unwrap()], ..Message::default() };
        vec![lie.to(&foreign(bytes)), b"junk".to_vec(), named(query, ALL, 0).to(bytes), lie.to(bytes)]
    });
    assert_says(&compare(&Consul::healthy(), &[&names], &[]), State::Ok, "; DNS agrees on 1 server");
}
