//! Sets how many tests run at the same time, each in a lab of its own.

use std::env;

/// A test waits for servers most of the time. This many keep two processors busy.
const LABS: usize = 6;

const THREADS: &str = "RUST_TEST_THREADS";

/// Cargo hands the variable on to the tests of this package, and to no others. `--test-threads` and a value from the
/// environment have precedence.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={THREADS}");
    if env::var_os(THREADS).is_none() {
        println!("cargo::rustc-env={THREADS}={LABS}");
    }
}
