# What other checks say about a service in Consul: one line for each.
agent=$1 service=$2 api=http://$1:8500/v1
ask() { curl --silent --fail --max-time 10 "$api/$1"; }

# Consul's own command line knows registrations, not their health.
consul_says() {
    if rows=$(timeout 10 consul catalog nodes -http-addr="$agent:8500" -service="$service" 2>/dev/null); then
        echo "$(printf '%s\n' "$rows" | grep -c "^[a-z]") nodes" | sed 's/^0 nodes/no nodes/'
    else
        echo "an error"
    fi
}

# curl and jq count the instances that pass.
jq_says() {
    if passing=$(ask "health/service/$service?passing") && count=$(printf '%s' "$passing" | jq length); then
        echo "$count passing"
    else
        echo "an error"
    fi
}

# The worst check of the service itself: sensu-plugins-consul (check-service-consul.rb without --tags), veepee's
# check_consul. An empty list is UNKNOWN.
checks_say() {
    if checks=$(ask "health/checks/$service"); then
        printf '%s' "$checks" | jq --raw-output '[.[].Status] | if length == 0 then "UNKNOWN"
            elif any(. == "critical") then "CRITICAL" elif any(. == "warning") then "WARNING" else "OK" end'
    else
        echo "an error"
    fi
}

# The number of registered instances: ujenmr's check-consul-service -w 2 -c 1 is critical at 1 and below.
catalog_says() {
    if catalog=$(ask "catalog/service/$service") && count=$(printf '%s' "$catalog" | jq length); then
        if [ "$count" -le 1 ]; then echo CRITICAL; elif [ "$count" -le 2 ]; then echo WARNING; else echo OK; fi
    else
        echo "an error"
    fi
}

# All at the same time: without a leader each takes as long as it waits for one.
said=$(mktemp -d)
trap 'rm -r "$said"' EXIT
for check in consul_says jq_says checks_say catalog_says; do
    $check >"$said/$check" &
done
wait
cat "$said/consul_says" "$said/jq_says" "$said/checks_say" "$said/catalog_says"
