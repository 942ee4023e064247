//! Classes of addresses, row by row of the IANA registries.

use std::net::IpAddr;

use proptest::prelude::*;

use super::Nets;

fn nets(text: &str) -> Nets {
    text.parse().unwrap()
}

#[track_caller]
fn assert_class(class: &str, address: &str, expected: bool) {
    assert_eq!(nets(class).contains(address.parse().unwrap()), expected, "{address} in {class}");
}

/// First and last address of what is not globally reachable, and the addresses before and after it, which are.
const NOT_REACHABLE: [[&str; 4]; 19] = [
    ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
    ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
    ["127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"],
    ["169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"],
    ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
    ["192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"],
    ["192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"],
    ["192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"],
    ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
    ["198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"],
    ["198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"],
    ["203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"],
    // Multicast, and behind it what is reserved, up to the broadcast address; before and after both is unicast.
    ["224.0.0.0", "239.255.255.255", "223.255.255.255", "1.0.0.0"],
    ["240.0.0.0", "255.255.255.255", "223.255.255.255", "1.0.0.0"],
    // The first block of all.
    ["0.0.0.0", "0.255.255.255", "1.0.0.0", "1.0.0.0"],
    ["2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"],
    ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"],
    ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"],
    ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"],
];

#[test]
fn what_is_not_globally_reachable_is_not_public() {
    for [first, last, before, after] in NOT_REACHABLE {
        for (address, is_public) in [(first, false), (last, false), (before, true), (after, true)] {
            assert_class("public", address, is_public);
        }
    }
}

/// First and last address of what is globally reachable within such a block, and its neighbours, which are not.
const REACHABLE: [[&str; 4]; 5] = [
    ["192.0.0.9", "192.0.0.10", "192.0.0.8", "192.0.0.11"],
    ["2001:1::1", "2001:1::3", "2001:1::", "2001:1::4"],
    ["2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", "2001:2:ffff:ffff:ffff:ffff:ffff:ffff", "2001:4::"],
    ["2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", "2001:4:111:ffff:ffff:ffff:ffff:ffff", "2001:4:113::"],
    // ORCHIDv2 and DRIP, side by side.
    ["2001:20::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:40::"],
];

#[test]
fn what_the_registry_calls_reachable_within_such_a_block_is_public() {
    for [first, last, before, after] in REACHABLE {
        for (address, is_public) in [(first, true), (last, true), (before, false), (after, false)] {
            assert_class("public", address, is_public);
        }
    }
    // Between first and last; what follows is the last address of 2001::/23.
    for address in ["2001:1::2", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:30::"] {
        assert_class("public", address, true);
    }
    assert_class("public", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false);
    // Blocks of the registry that are reachable from end to end.
    for address in ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1"] {
        assert_class("public", address, true);
    }
}

#[test]
fn ipv6_beyond_global_unicast_is_not_public() {
    assert_class("public", "2000::", true);
    for address in [
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "100:0:0:1::1",
        "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "4000::",
        "5f00::1",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert_class("public", address, false);
    }
}

/// RFC 6052, section 3.1: the prefix must not carry addresses that are not global.
#[test]
fn behind_a_nat64_the_address_of_ipv4_counts() {
    for (address, is_public) in [
        ("64:ff9b::8.8.8.8", true),
        ("64:ff9b::193.0.14.129", true),
        ("64:ff9b::10.0.0.11", false),
        ("64:ff9b::", false),
        ("64:ff9b::1:808:808", false),
        ("64:ff9a:ffff:ffff:ffff:ffff:808:808", false),
    ] {
        assert_class("public", address, is_public);
    }
}

#[test]
fn private_addresses_are_those_of_three_rfcs() {
    for [first, last, before, after] in [
        ["10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"],
        ["100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"],
        ["172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"],
        ["192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"],
        ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"],
    ] {
        for (address, is_private) in [(first, true), (last, true), (before, false), (after, false)] {
            assert_class("private", address, is_private);
        }
    }
    for address in ["127.0.0.1", "169.254.0.1", "::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1"] {
        assert_class("private", address, false);
    }
}

#[test]
fn a_list_holds_what_one_of_its_items_holds() {
    for (list, internal, external) in [
        ("10.0.0.11", "10.0.0.11", "10.0.0.1"),
        ("10.0.0.11/24", "10.0.0.1", "10.0.1.11"),
        ("fd00::/8, 10.0.0.0/24", "10.0.0.255", "10.0.1.0"),
        ("private,192.0.2.0/24", "192.0.2.1", "192.0.3.1"),
        ("Public", "9.9.9.9", "10.9.9.9"),
        ("0.0.0.0/0", "192.0.2.1", "::"),
        ("::/0", "fd00::5", "0.0.0.0"),
        // Where check_dns takes every address of IPv6 for one of the network.
        ("2001:db8::/32", "2001:db8::1", "fd00::5"),
        ("fe80::/10", "fe80::1", "fd00::5"),
        ("10.0.0.0/8", "10.0.0.1", "::ffff:10.0.0.1"),
        ("::ffff:0:0/96", "::ffff:10.0.0.1", "10.0.0.1"),
    ] {
        assert_class(list, internal, true);
        assert_class(list, external, false);
        assert_eq!(nets(list).to_string(), list);
    }
    for address in ["0.0.0.0", "::1", "224.0.0.1", "8.8.8.8"] {
        assert_class("any", address, true);
    }
}

#[test]
fn what_is_no_network_is_named() {
    for (text, said) in [
        ("", "\"\" is not "),
        ("private,", "\"\" is not "),
        ("10.0.0.0/33", "\"10.0.0.0/33\" is not "),
        ("publik", "private, public or any"),
    ] {
        let error = text.parse::<Nets>().unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), list in "[a-z0-9:./, ]{0,40}") {
        for text in [text, list] {
            if let Ok(nets) = text.parse::<Nets>() {
                prop_assert_eq!(nets.to_string(), text);
            }
        }
    }

    #[test]
    fn a_network_holds_no_address_of_the_other_family(v4: u32, v6: u128, short in 0..=32_u8, long in 0..=128_u8) {
        let (v4, v6) = (IpAddr::V4(v4.into()), IpAddr::V6(v6.into()));
        let (narrow, wide) = (nets(&format!("{v4}/{short}")), nets(&format!("{v6}/{long}")));
        prop_assert!(narrow.contains(v4) && wide.contains(v6));
        prop_assert!(!narrow.contains(v6) && !wide.contains(v4));
    }
}
