# shellcheck shell=bash
# Whether there is a Redis server to run. Sourced, not run.

redis_missing='found no redis-server of version 7 or later (Debian, Ubuntu: apt-get install redis-server;
Fedora: dnf install redis; macOS: brew install redis)'

# Prints the program `redis-server`, of version 7 or later.
redis_bin() {
    local bin version
    bin=$(command -v redis-server) || return 1
    version=$("$bin" --version | sed -E 's/^.* v=([0-9]+).*$/\1/')
    [ "$version" -ge 7 ] && echo "$bin"
}
