# What the plugins of monitoring-plugins say of names and servers: a line for check_dns as the system resolves, one for
# check_dns with each server, one for check_dig with each server.
inside=$1 network=$2 outside=$3
shift 3
plugins=/usr/lib/nagios/plugins
codes=$(mktemp -d)
trap 'rm -r "$codes"' EXIT

check() {
    place=$codes/$1
    shift
    "$plugins/$@" -t 4 >/dev/null 2>&1
    echo $? >>"$place"
}

check system "check_dns" -H "$inside" -a "$network" &
check system "check_dns" -H "$outside" &
for server; do
    check "dns-$server" "check_dns" -s "$server" -H "$inside" -a "$network" &
    check "dns-$server" "check_dns" -s "$server" -H "$outside" &
    check "dig-$server" "check_dig" -H "$server" -l "$inside" &
    check "dig-$server" "check_dig" -H "$server" -l "$outside" &
done
wait

# The worst of both names on each server, and on how many it is as bad.
worst() {
    for place; do sort "$place" | awk '{ seen[$1] } END { print (2 in seen) ? 2 : (1 in seen) ? 1 : (3 in seen) ? 3 : 0 }'; done |
        awk '{ count[$1]++ } END {
            split("WARNING CRITICAL UNKNOWN", name)
            worst = (2 in count) ? 2 : (1 in count) ? 1 : (3 in count) ? 3 : 0
            if (!worst) print "OK"; else if (NR == 1) print name[worst]; else print name[worst], "on", count[worst], "of", NR
        }'
}
worst "$codes/system"
worst "$codes"/dns-*
worst "$codes"/dig-*
