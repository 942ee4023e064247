# Installs the packages "$@", as root, without starting the daemons that come with them.
set -e
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
if ! [ -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

# Lists older than a day may name versions that the archive no longer has.
if ! find /var/lib/apt/lists -name '*_Packages*' -mtime -1 | grep -q .; then
    apt-get update --quiet -o Acquire::Retries=3
fi
apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
