//! The facts that are judged. What a client would suffer decides their severity; glibc believes the first server
//! that answers, passes over one that refuses, and waits for one that is silent (measured: 2.36).

use common::FindingSpec;

pub(crate) static WRONG_ANSWER: FindingSpec = FindingSpec::critical(
    "wrong-answer",
    "a name is denied, or has something else than EXPECT: clients ask no other server",
);

pub(crate) static LEAK: FindingSpec = FindingSpec::critical(
    "leak",
    "an inside name is denied by the world outside (the SOA's owner): the question has left its zone",
);

pub(crate) static NEGATIVE_CACHE: FindingSpec =
    FindingSpec::critical("negative-cache", "a server still denies, from its cache, a name that --upstream has");

pub(crate) static HIJACK: FindingSpec =
    FindingSpec::critical("hijack", "a random outside name has an address: somebody invents answers");

pub(crate) static INTERNAL_WILDCARD: FindingSpec =
    FindingSpec::critical("internal-wildcard", "a random inside name has an address: a wildcard, or somebody invents");

pub(crate) static INTERNAL_PUBLIC: FindingSpec =
    FindingSpec::critical("internal-public", "an inside name has an address that is not in --internal-net");

pub(crate) static EXTERNAL_PRIVATE: FindingSpec =
    FindingSpec::critical("external-private", "an outside name has an address that is not in --external-net");

pub(crate) static FAMILY_DENIED: FindingSpec = FindingSpec::critical(
    "family-denied",
    "NXDOMAIN for one of A and AAAA beside an address for the other: it denies the whole name (RFC 8020)",
);

pub(crate) static NOT_ABSENT: FindingSpec =
    FindingSpec::critical("not-absent", "a name of --absent is there, or is not denied as it should be");

pub(crate) static EXTERNAL_SERVER_KNOWS: FindingSpec =
    FindingSpec::critical("external-server-knows", "a server of --external-server knows the inside zone");

pub(crate) static FIRST_SERVER_SILENT: FindingSpec =
    FindingSpec::critical("first-server-silent", "clients wait for a silent server before another one answers");

pub(crate) static TOO_FEW_SERVERS: FindingSpec =
    FindingSpec::critical("too-few-servers", "fewer than --min-servers give every name a right answer");

pub(crate) static NO_ATTEMPTS: FindingSpec = FindingSpec::critical(
    "no-attempts",
    "options attempts:0 in resolv.conf: glibc asks no server at all (measured: 2.36)",
);

pub(crate) static SERVER_DEAD: FindingSpec = FindingSpec::warning("server-dead", "a server answers no question at all");

pub(crate) static NO_ANSWER_FOR_NAME: FindingSpec =
    FindingSpec::warning("no-answer-for-name", "SERVFAIL, silence or nonsense for some questions");

pub(crate) static RECURSION_REFUSED: FindingSpec =
    FindingSpec::warning("recursion-refused", "REFUSED, or no recursion offered (RA=0) for outside names");

pub(crate) static UNCACHED_FAILS: FindingSpec = FindingSpec::warning(
    "uncached-fails",
    "random names of a side get no answer while known ones do: those come from a cache",
);

pub(crate) static STALE_ANSWER: FindingSpec = FindingSpec::warning(
    "stale-answer",
    "an expired answer (EDE 3 or 19), or one for an inside name that --upstream does not have any more",
);

pub(crate) static DISAGREEMENT: FindingSpec =
    FindingSpec::warning("disagreement", "servers give an inside name different addresses, twice");

pub(crate) static UPSTREAM_DIFFERS: FindingSpec =
    FindingSpec::warning("upstream-differs", "a server and --upstream give an inside name different addresses, twice");

pub(crate) static UPSTREAM_FAILS: FindingSpec =
    FindingSpec::warning("upstream-fails", "--upstream gives no answer for an inside name");

pub(crate) static EXTERNAL_SERVER_FAILS: FindingSpec = FindingSpec::warning(
    "external-server-fails",
    "a server of --external-server gives no answer, so that nobody knows whether it knows the zone",
);

pub(crate) static ODD_DENIAL: FindingSpec = FindingSpec::warning(
    "odd-denial",
    "a random inside name is denied otherwise than by its zone: without SOA, or NODATA",
);

pub(crate) static TCP_BROKEN: FindingSpec =
    FindingSpec::warning("tcp-broken", "what is answered over UDP is not over TCP, which long answers need");

pub(crate) static TRUNCATED: FindingSpec =
    FindingSpec::warning("truncated", "an answer is too long for a datagram of 1232 bytes: each lookup needs TCP");

pub(crate) static SERVER_UNUSED: FindingSpec = FindingSpec::warning(
    "server-unused",
    "a line of resolv.conf names a server in vain: past the third, a repetition, or skipped by glibc",
);

pub(crate) static LOCAL_STUB: FindingSpec =
    FindingSpec::warning("local-stub", "resolv.conf names systemd-resolved's stub, which hides the real servers");

pub(crate) static SERVERS_UNEXPECTED: FindingSpec =
    FindingSpec::warning("servers-unexpected", "other servers than --expect-servers: one is missing or one too many");

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec::unknown(
    "not-asked",
    "this host could not ask a server: a limit, its firewall, no route or no address family",
);

pub(super) static FINDINGS: [&FindingSpec; 29] = [
    &WRONG_ANSWER,
    &LEAK,
    &NEGATIVE_CACHE,
    &HIJACK,
    &INTERNAL_WILDCARD,
    &INTERNAL_PUBLIC,
    &EXTERNAL_PRIVATE,
    &FAMILY_DENIED,
    &NOT_ABSENT,
    &EXTERNAL_SERVER_KNOWS,
    &FIRST_SERVER_SILENT,
    &TOO_FEW_SERVERS,
    &NO_ATTEMPTS,
    &SERVER_DEAD,
    &NO_ANSWER_FOR_NAME,
    &RECURSION_REFUSED,
    &UNCACHED_FAILS,
    &STALE_ANSWER,
    &DISAGREEMENT,
    &UPSTREAM_DIFFERS,
    &UPSTREAM_FAILS,
    &EXTERNAL_SERVER_FAILS,
    &ODD_DENIAL,
    &TCP_BROKEN,
    &TRUNCATED,
    &SERVER_UNUSED,
    &LOCAL_STUB,
    &SERVERS_UNEXPECTED,
    &NOT_ASKED,
];
