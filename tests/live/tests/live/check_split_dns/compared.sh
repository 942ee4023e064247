# What the plugins of monitoring-plugins say about names and servers: one line for check_dns as the system resolves, one
# for check_dns with each server, and one for check_dig with each server.
internal=$1 network=$2 external=$3
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

check system "check_dns" -H "$internal" -a "$network" &
check system "check_dns" -H "$external" &
for server; do
    check "dns-$server" "check_dns" -s "$server" -H "$internal" -a "$network" &
    check "dns-$server" "check_dns" -s "$server" -H "$external" &
    check "dig-$server" "check_dig" -H "$server" -l "$internal" &
    check "dig-$server" "check_dig" -H "$server" -l "$external" &
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
