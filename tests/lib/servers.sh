# shellcheck shell=bash
# Runs the servers that all test binaries share. Sourced, not run.

# The standard inputs of the servers that run, and their processes.
server_inputs=() server_pids=()
trap stop_servers EXIT

# Starts the server that script $1 runs and exports its address as $2. It ends when its standard input does, so even if this
# script is killed.
start_server() {
    local script=$1 variable=$2 address=target/tests/$2 input
    rm -f "$address"
    mkfifo "$address"
    exec {input}> >(exec "$script" >"$address")
    server_inputs+=("$input") server_pids+=($!)
    read -r "${variable?}" <"$address" || { echo "tests/run: $script could not start a server" >&2; exit 1; }
    rm -f "$address"
    export "${variable?}"
}

stop_servers() {
    local input pid
    for input in "${server_inputs[@]}"; do exec {input}>&-; done
    for pid in "${server_pids[@]}"; do wait "$pid" || true; done
}
