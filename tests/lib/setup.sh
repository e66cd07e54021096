# shellcheck shell=bash
# What the tests need on the machine besides Rust and a C compiler. Sourced, not run.

source tests/lib/postgres-bin.sh
source tests/lib/redis-bin.sh

# Where the tests find Twilio's official Python library: an environment of its own, nothing is installed for the user.
helper_library=target/helper-library

# Where they find the public suite for servers of GraphQL over HTTP.
public_suites=target/public-suites

# Installs what is missing where that can be done without asking, else says what it is and stops.
set_up() {
    install_missing_packages
    install_helper_library
    install_public_suites
}

install_missing_packages() {
    local missing=()
    postgres_bin >/dev/null || missing+=(postgresql)
    redis_bin >/dev/null || missing+=(redis-server)
    python_with_venv >/dev/null || missing+=(python3-venv)
    has_openssl || missing+=(openssl)
    has_faketime || missing+=(faketime)
    command -v tmux >/dev/null || missing+=(tmux)
    command -v dbus-run-session >/dev/null || missing+=(dbus)
    command -v gnome-keyring-daemon >/dev/null || missing+=(gnome-keyring)
    [ ${#missing[@]} -gt 0 ] || return 0

    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update --quiet=2 </dev/null
        apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" </dev/null >/dev/null
        # Debian starts what it installs, and nobody asked for a Redis of this machine.
        [[ " ${missing[*]} " != *" redis-server "* ]] || disable_service redis-server
    fi
    local complete=true
    postgres_bin >/dev/null || { complete=false; echo "tests/run: $postgres_missing" >&2; }
    redis_bin >/dev/null || { complete=false; echo "tests/run: $redis_missing" >&2; }
    python_with_venv >/dev/null || { complete=false; echo "tests/run: $python_missing" >&2; }
    has_openssl || { complete=false; echo "tests/run: found no openssl, which makes the tests' certificates" >&2; }
    has_faketime || { complete=false; echo "tests/run: $faketime_missing" >&2; }
    command -v tmux >/dev/null || { complete=false; echo "tests/run: $tmux_missing" >&2; }
    command -v dbus-run-session >/dev/null && command -v gnome-keyring-daemon >/dev/null ||
        echo "tests/run: found no dbus or gnome-keyring: the console's tests with a keyring are left out" >&2
    $complete || exit 1
}

tmux_missing='found no tmux, in which the console is tried (Debian, Ubuntu: apt-get install tmux; Fedora: dnf install tmux;
macOS: brew install tmux)'

disable_service() {
    service "$1" stop >/dev/null 2>&1 || true
    update-rc.d "$1" disable >/dev/null 2>&1 || true
}

has_openssl() {
    command -v openssl >/dev/null
}

faketime_missing='found no libfaketime, with which processes live in other times (Debian, Ubuntu: apt-get install faketime;
Fedora: dnf install libfaketime)'

# Elsewhere than on Linux nothing can be loaded before a program in this way, and its test is left out.
has_faketime() {
    [ "$(uname -s)" != Linux ] || compgen -G '/usr/lib*/faketime/libfaketimeMT.so.1' >/dev/null ||
        compgen -G '/usr/lib*/*/faketime/libfaketimeMT.so.1' >/dev/null
}

python_missing='found no Python 3 that can make virtual environments (Debian, Ubuntu: apt-get install python3-venv;
Fedora: dnf install python3; macOS: brew install python)'

python_with_venv() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "$python"
            return 0
        fi
    done
    return 1
}

install_helper_library() {
    local wanted=tests/lib/helper-library.txt installed=$helper_library/installed.txt
    ! cmp --silent "$wanted" "$installed" || return 0

    echo "Installing Twilio's Python library into $helper_library"
    rm -rf "$helper_library"
    "$(python_with_venv)" -m venv "$helper_library"
    if ! "$helper_library/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --requirement "$wanted"; then
        echo "tests/run: could not install $wanted from PyPI into $helper_library (see above)" >&2
        exit 1
    fi
    cp "$wanted" "$installed"
}

# A test in Rust has the same audits: without Node, or without npm's registry, nothing is left unchecked.
install_public_suites() {
    local wanted=tests/lib/public-suites installed=$public_suites/installed.json
    ! cmp --silent "$wanted/package-lock.json" "$installed" || return 0

    rm -rf "$public_suites"
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "tests/run: found no Node with npm: the public suites for GraphQL are left out" >&2
        return 0
    fi
    echo "Installing the public suites for GraphQL into $public_suites"
    mkdir -p "$public_suites"
    cp "$wanted"/package*.json "$public_suites"
    if ! (cd "$public_suites" && npm ci --ignore-scripts --no-audit --no-fund --silent </dev/null); then
        echo "tests/run: could not install $wanted from npm: the public suites for GraphQL are left out" >&2
        rm -rf "$public_suites"
        return 0
    fi
    cp "$wanted/package-lock.json" "$installed"
}
