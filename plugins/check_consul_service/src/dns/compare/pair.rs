//! The replies to one question over both transports, seen together.

use std::cmp::Ordering;
use std::time::Duration;

use common::CheckError;
use common::dns::{Answer, FailureKind, RecordType, Transport};

use super::super::Both;
use super::super::fault::{Fault, FaultKind, Said};

pub(super) const TRANSPORTS: [(Transport, &str); 2] = [(Transport::Udp, "UDP"), (Transport::Tcp, "TCP")];

const SILENT: FaultKind = FaultKind::Failed(FailureKind::Silent);

pub(super) struct Pair<'a> {
    pub(super) rtype: RecordType,
    udp: Said<'a>,
    tcp: Said<'a>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(rtype: RecordType, both: &'a Both, patience: Duration) -> Self {
        Self { rtype, udp: Said::of(&both.udp, patience), tcp: Said::of(&both.tcp, patience) }
    }

    /// How good the better reply is; none when nothing was asked for our own fault.
    pub(super) fn rank(&self) -> Option<u8> {
        self.tcp.rank().max(self.udp.rank())
    }

    pub(super) fn is_found(&self) -> bool {
        self.best().is_some()
    }

    /// Whether the server answered, if only that there is nothing.
    pub(super) fn is_answered(&self) -> bool {
        self.is_found() || self.fault().is_some_and(Fault::is_denial)
    }

    /// The whole answer. Over UDP Consul leaves out what does not fit, and does not say so.
    pub(super) fn best(&self) -> Option<&'a Answer> {
        self.answers().next()
    }

    pub(super) fn answers(&self) -> impl Iterator<Item = &'a Answer> + use<'a> {
        let answer = |said: &Said<'a>| match said {
            Said::Found(answer) => Some(*answer),
            _ => None,
        };
        [answer(&self.tcp), answer(&self.udp)].into_iter().flatten()
    }

    /// Why there are no records: a denial says more than a failure, and a failure more than silence.
    pub(super) fn fault(&self) -> Option<&Fault> {
        if self.is_found() {
            return None;
        }
        let faults = [&self.tcp, &self.udp].into_iter().filter_map(Said::fault);
        faults.min_by_key(|fault| (!fault.is_denial(), fault.kind == SILENT))
    }

    /// The worse transport and its fault, when the other does better.
    pub(super) fn split(&self) -> Option<(Transport, &Fault)> {
        let (udp, tcp) = (self.udp.rank()?, self.tcp.rank()?);
        match udp.cmp(&tcp) {
            Ordering::Less => Some((Transport::Udp, self.udp.fault()?)),
            Ordering::Equal => None,
            Ordering::Greater => Some((Transport::Tcp, self.tcp.fault()?)),
        }
    }

    /// Why our own side kept us from asking.
    pub(super) fn not_asked(&self) -> Option<&'a CheckError> {
        [&self.tcp, &self.udp].into_iter().find_map(|said| match said {
            Said::NotAsked(fault) => Some(*fault),
            _ => None,
        })
    }
}
