# shellcheck shell=bash
# Where PostgreSQL's server programs are. Sourced, not run.

postgres_missing='found no PostgreSQL server of version 15 or later (Debian, Ubuntu: apt-get install postgresql;
Fedora: dnf install postgresql-server; macOS: brew install postgresql@16 and put its bin directory on PATH)'

# Prints the directory that holds `initdb` and `postgres`, of version 15 or later; the newest where Debian has several.
postgres_bin() {
    local bin version
    for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5,5nr) "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || continue
        version=$("$bin/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*$/\1/')
        if [ "$version" -ge 15 ]; then
            echo "$bin"
            return 0
        fi
    done
    return 1
}
