//! `check_split_dns`: does every name server of this host answer internal and external names correctly?

fn main() {
    common::run(&check_split_dns::CATALOGUE, check_split_dns::check)
}
