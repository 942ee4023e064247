# The first process of the sandbox. $ADDRESSES and $NAMESERVERS say what to set up.
set -e
exec 3<&0 2>&1

ip link set lo up
for address in $ADDRESSES; do
    # named listens only on addresses that an interface shows, although all of 127/8 is local.
    ip address add "$address/32" dev lo
done
# The C library asks for IPv6 addresses only where the host has one, as hosts have.
ip -6 address add fd00::21/128 dev lo nodad
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start

mount -t tmpfs -o mode=755 lab /run
mkdir /run/lab
for address in $NAMESERVERS; do
    echo "nameserver $address"
done >/run/lab/resolv.conf
echo "options timeout:1" >>/run/lab/resolv.conf

# It may be a link into the /run that has just been hidden.
target=$(readlink -m /etc/resolv.conf)
if ! [ -e "$target" ]; then
    mkdir -p "${target%/*}"
    : >"$target"
fi
mount --bind /run/lab/resolv.conf "$target"

echo ready
exec >/dev/null 2>&1

# Lives until the owner's end of the pipe closes, unless the owner has said "keep" before.
# Waiting, unlike reading, also reaps the orphans that a first process inherits.
{
    read -r word
    [ "$word" = keep ]
    exec sleep infinity
} <&3 &
exec 3<&-
wait $!
