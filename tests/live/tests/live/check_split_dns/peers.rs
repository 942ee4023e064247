//! Wrong names that the plugins of monitoring-plugins call right, on healthy servers.

use lab::Lab;
use live::Check;
use test_support::oracle::State::Critical;

const PLUGINS: &str = "/usr/lib/nagios/plugins";

/// The exit code of one of their plugins.
pub(super) fn other(lab: &Lab, command: &str) -> Option<i32> {
    let mut words = command.split(' ');
    let program = format!("{PLUGINS}/{}", words.next().unwrap());
    lab.command(program).args(words).output().unwrap().status.code()
}

#[test]
fn a_name_without_addresses_is_not_absent() {
    let lab = Lab::shared();
    assert_eq!(other(&lab, "check_dns -H example.org -s 127.0.0.11 -n"), Some(0), "although it is NODATA");
    let ours = Check { service: "SPLIT_DNS", command: "check_split_dns -n example.org -H 127.0.0.11" };
    ours.assert(&lab, &[], Critical, &["example.org NODATA from zone example.org", "instead of NXDOMAIN"]);
}

#[test]
fn an_ipv6_address_is_in_its_own_networks_only() {
    let lab = Lab::shared();
    let theirs = |network| other(&lab, &format!("check_dns -H www.example.org -s 127.0.0.11 -a {network}"));
    assert_eq!(theirs("10.0.0.0/8"), Some(2));
    assert_eq!(theirs("fe80::/10"), Some(0), "although no address is in there");
    let ours =
        Check { service: "SPLIT_DNS", command: "check_split_dns -e www.example.org/AAAA=fe80::/10 -H 127.0.0.11" };
    ours.assert(
        &lab,
        &[],
        Critical,
        &["has unexpected address 2606:2800:21f:cb07:6820:80da:af6b:8b2c (not in fe80::/10)"],
    );
}
