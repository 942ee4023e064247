//! `check_split_dns`: does every name server of this host know the inside and the outside names?

fn main() {
    common::run(&check_split_dns::CATALOGUE, check_split_dns::check)
}
