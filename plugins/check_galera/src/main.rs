//! `check_galera`: is the cluster one, whole, fast, and may another node be lost?

fn main() {
    common::run(&check_galera::CATALOGUE, check_galera::check)
}
