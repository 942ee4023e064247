//! The facts that are judged. Their severity is what a client would suffer: glibc believes the first server that
//! answers, passes over one that refuses, and waits for one that is silent (measured: 2.36).

use common::FindingSpec;

pub(crate) static WRONG_ANSWER: FindingSpec =
    FindingSpec::critical("wrong-answer", "a name is denied, or has something other than EXPECT")
        .explained("Clients believe it and ask no other server.");

pub(crate) static LEAK: FindingSpec =
    FindingSpec::critical("leak", "an internal name is denied from above its zone: the question left the site")
        .explained("The owner of the SOA says which zone denied the name.");

pub(crate) static NEGATIVE_CACHE: FindingSpec =
    FindingSpec::critical("negative-cache", "a server still denies, from its cache, a name that `--upstream` has");

pub(crate) static HIJACK: FindingSpec =
    FindingSpec::critical("hijack", "a random external name has an address: a server invents answers");

pub(crate) static INTERNAL_WILDCARD: FindingSpec =
    FindingSpec::critical("internal-wildcard", "a random internal name has an address: a wildcard, or made up")
        .explained("`--severity internal-wildcard=ok` is for zones with a wildcard.");

pub(crate) static INTERNAL_PUBLIC: FindingSpec =
    FindingSpec::critical("internal-public", "an internal name has an address that is not in `--internal-net`");

pub(crate) static EXTERNAL_PRIVATE: FindingSpec =
    FindingSpec::critical("external-private", "an external name has an address that is not in `--external-net`")
        .explained("Usual causes are DNS rebinding, a captive portal and a filter.");

pub(crate) static FAMILY_DENIED: FindingSpec =
    FindingSpec::critical("family-denied", "NXDOMAIN for A or AAAA beside an address for the other denies the name")
        .explained("NXDOMAIN is about the name and not about the type (RFC 8020).");

pub(crate) static NOT_ABSENT: FindingSpec =
    FindingSpec::critical("not-absent", "a name of `--absent` is there, or is not denied as it should be");

pub(crate) static EXTERNAL_SERVER_KNOWS: FindingSpec =
    FindingSpec::critical("external-server-knows", "a server of `--external-server` knows the internal zone");

pub(crate) static FIRST_SERVER_SILENT: FindingSpec =
    FindingSpec::critical("first-server-silent", "clients wait for a silent server before another one answers");

pub(crate) static TOO_FEW_SERVERS: FindingSpec =
    FindingSpec::critical("too-few-servers", "fewer than `--min-servers` give every name a correct answer");

pub(crate) static NO_ATTEMPTS: FindingSpec =
    FindingSpec::critical("no-attempts", "`options attempts:0` in `resolv.conf`: glibc asks no server at all")
        .explained("Measured with glibc 2.36.");

pub(crate) static SERVER_DEAD: FindingSpec = FindingSpec::warning("server-dead", "a server answers no question at all");

pub(crate) static NO_ANSWER_FOR_NAME: FindingSpec =
    FindingSpec::warning("no-answer-for-name", "some questions get SERVFAIL, silence or nonsense");

pub(crate) static RECURSION_REFUSED: FindingSpec =
    FindingSpec::warning("recursion-refused", "a server refuses external names, or offers no recursion (RA=0)")
        .explained("`--severity recursion-refused=ok` is for servers that resolve only internal names.");

pub(crate) static UNCACHED_FAILS: FindingSpec =
    FindingSpec::warning("uncached-fails", "random names get no answer while known ones do: those come from a cache")
        .explained("Judged for internal and for external names.");

pub(crate) static STALE_ANSWER: FindingSpec =
    FindingSpec::warning("stale-answer", "an answer is expired, or `--upstream` no longer has the name")
        .explained("An expired answer carries the extended error (EDE) 3 or 19. The names are internal ones.");

pub(crate) static DISAGREEMENT: FindingSpec =
    FindingSpec::warning("disagreement", "servers give an internal name different records, twice").explained(
        "A server that hands out a random part (`a_record_limit`) seldom gives the same twice; `--severity \
     disagreement=ok` is for a limit of 1.",
    );

pub(crate) static UPSTREAM_DIFFERS: FindingSpec = FindingSpec::warning(
    "upstream-differs",
    "a server and `--upstream` give an internal name different records, twice",
);

pub(crate) static UPSTREAM_FAILS: FindingSpec =
    FindingSpec::warning("upstream-fails", "`--upstream` gives no answer for an internal name");

pub(crate) static EXTERNAL_SERVER_FAILS: FindingSpec =
    FindingSpec::warning("external-server-fails", "a server of `--external-server` gives no answer")
        .explained("The check cannot tell whether it knows the internal zone.");

pub(crate) static ODD_DENIAL: FindingSpec =
    FindingSpec::warning("odd-denial", "a random internal name is denied without SOA, or as NODATA")
        .explained("A correct denial is NXDOMAIN with the SOA of the name's own zone.");

pub(crate) static TCP_BROKEN: FindingSpec =
    FindingSpec::warning("tcp-broken", "a server answers over UDP but not over TCP, which long answers need");

pub(crate) static TRUNCATED: FindingSpec =
    FindingSpec::warning("truncated", "an answer does not fit into 1232 bytes: each lookup needs TCP");

pub(crate) static SERVER_UNUSED: FindingSpec = FindingSpec::warning(
    "server-unused",
    "a line of `resolv.conf` has no effect: past the third, repeated, or skipped",
)
.explained("glibc skips lines that are indented, that end as DOS lines do, or that hold no address.");

pub(crate) static LOCAL_STUB: FindingSpec =
    FindingSpec::warning("local-stub", "`resolv.conf` names systemd-resolved's stub, which hides the real servers");

pub(crate) static SERVERS_UNEXPECTED: FindingSpec =
    FindingSpec::warning("servers-unexpected", "the servers are not those of `--expect-servers`: one missing or extra");

pub(crate) static NOT_ASKED: FindingSpec = FindingSpec::unknown(
    "not-asked",
    "this host could not ask a server: its own limit, firewall or network",
)
.explained(
    "It has reached a limit (such as file descriptors), its firewall forbids it, or it has no route or no such address \
     family. The remedy is for this host.",
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
