//! Servers that misbehave, each on a free port of 127.0.0.1 or on a Unix socket.
//!
//! Dropping a handle ends its server: all connections are closed and its threads are joined. A panic in a script, such
//! as a failed assertion about the client's request, is raised by that drop and fails the test.

mod count;
mod dns;
mod http;
mod refused;
mod stop;
mod tcp;
mod udp;
mod unix;

pub use dns::{Dns, Transport, dns, dns_at, dns_pair};
pub use http::{HttpReply, http, http_by_path, read_http_request};
pub use refused::{Refused, refused};
pub use tcp::{Tcp, closes_at_once, drip, flood, garbage, replies, silent};
pub use udp::{Udp, udp_replies, udp_silent};
pub use unix::{Unix, unix_replies};
