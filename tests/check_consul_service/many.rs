//! A service of ten thousand instances.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::scratch::Scratch;

use crate::consul::{Consul, With, check, health, instance};
use crate::{remembering, value};

const COUNT: u16 = 10_000;

/// The instance of this number: of 1000 one is critical with the longest output that Consul keeps, one warns, and one is
/// in maintenance. It has a check by HTTP, and its node one by a plugin.
fn numbered(number: u16) -> Value {
    let node = format!("web-{number:05}.eu-central.example.org");
    let [high, low] = number.to_be_bytes();
    let address = format!("10.20.{high}.{low}");
    let answer =
        format!("HTTP GET http://{address}:80/health: 200 OK Output: {{\"status\":\"UP\",\"db\":\"UP\",\"queue\":12}}");
    let disk = "DISK OK - free space: / 14210 MiB (71% inode=93%);| /=5642MiB;15880;17865;0;19850";
    let service = check(&node, "service:web", &answer);
    let service = match number % 1000 {
        7 => service.with("/Status", "critical").with("/Output", "connection refused; ".repeat(204)),
        8 => service.with("/Status", "warning").with("/Output", "HTTP 429"),
        9 => check(&node, "_service_maintenance:web", "").with("/Status", "critical").with("/Notes", "upgrade"),
        _ => service,
    };
    let gossip = check(&node, "serfHealth", "Agent alive and reachable");
    instance(&node)
        .with("/Node/Address", address)
        .with("/Service/ID", format!("web-{number}"))
        .with("/Checks", json!([gossip, check(&node, "disk", disk), service]))
}

fn look(consul: &Consul, state: &Path) -> Output {
    let args = ["-H", &consul.address(), "-t", "60", "--severity", "no-check=ok", "-w", "status_changes=~:"];
    remembering(state).args(args).limit(Duration::from_secs(90)).run()
}

fn service() -> (Consul, usize) {
    let answer = health(&(0..COUNT).map(numbered).collect::<Vec<_>>());
    let size = answer.body.len();
    (Consul::saying(answer), size)
}

/// What is kept of both answers is less than 1.6 times what one is long; measured 1.4 times.
#[test]
fn ten_thousand_instances_are_judged_and_not_held_as_they_come() {
    let (consul, size) = service();
    let output = look(&consul, Path::new("/dev/null"));
    assert_says(&output, State::Warning, "web-00007.eu-central.example.org/web-7 critical: service check");
    for (label, count) in [
        ("instances_registered", 10_000.0),
        ("instances_passing", 9970.0),
        ("instances_critical", 10.0),
        ("instances_warning", 10.0),
        ("instances_maintenance", 10.0),
    ] {
        assert_eq!(value(&output, label), Some(count), "{label}");
    }
    let few = look(&Consul::healthy(), Path::new("/dev/null"));
    let (few, many) = (few.peak_rss_bytes.unwrap(), output.peak_rss_bytes.unwrap());
    assert!(many < few + size as u64 * 8 / 5, "{many} bytes, of which {few} without them, for two answers of {size}");
    assert!(size > 15_000_000, "{size}");
}

/// Prints what it takes; see CONTRIBUTING.md.
#[test]
#[ignore = "a measurement"]
fn what_ten_thousand_instances_take() {
    let (consul, size) = service();
    let state = Scratch::new();
    for run in ["first", "second", "third"] {
        let output = look(&consul, &state);
        assert_eq!(output.state(), State::Warning, "{output:?}");
        let peak = output.peak_rss_bytes.unwrap();
        println!("{run} run: 2 x {size} bytes in {:.2} s, peak {peak} bytes", output.elapsed.as_secs_f64());
    }
}
