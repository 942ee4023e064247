# The logic of the classic shell plugins for one node, "$1", with their defaults: critical at size 2.
password=$2
status() {
    MYSQL_PWD=$password timeout 10 mariadb --no-defaults --skip-ssl --user=icinga --host="$1" --connect-timeout=5 \
        --batch --skip-column-names --execute "SHOW GLOBAL STATUS LIKE '$2'" 2>/dev/null | cut -f 2
}

size=$(status "$1" wsrep_cluster_size)
[ -n "$size" ] || exit 2
[ "$(status "$1" wsrep_ready)" = ON ] || exit 2
[ "$(status "$1" wsrep_connected)" = ON ] || exit 2
[ "$(status "$1" wsrep_local_state_comment)" = Synced ] || exit 2
[ "$size" -gt 2 ] || exit 2
exit 0
