# Each recipe is a short name for a command that works without just. `just` alone lists them.

_list:
    @just --list --unsorted

# All that CI runs, in the same order
check:
    .ci/run

# Format the code
fmt:
    cargo fmt --all

# Clippy, with warnings as errors
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Every test, or those whose names contain the filter; sets up what they need
test *filter:
    tests/run {{ filter }}

# Accept the snapshots of the last test run (cargo install cargo-insta)
snap:
    cargo insta accept --workspace

# Write schema.graphql from the code
schema:
    cargo run --quiet -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql

# Bring the configured database up to date
migrate:
    cargo run -- migrate

# Start a migration as a copy of the newest, for example `just migration add_note_to_agent`
migration name:
    cp "$(ls migration/src/m2*.rs | tail -1)" migration/src/m$(date -u +%Y%m%d_%H%M%S)_{{ name }}.rs

# Refused crates, licences, doubles, and known faults of crates where the advisory database can be reached
deny:
    .ci/deny

# Looks longer for inputs that break something, in one target or in all: `just fuzz guard 1000000` (crates/fuzz)
fuzz target="" cases="100000":
    FUZZ_CASES={{ cases }} cargo test --release --workspace --lib -- --nocapture {{ target }}{{ if target == "" { "" } else { "::" } }}fuzz::

# What strangers send, against an optimised build: the slowest answers and how much memory it took
strangers:
    cargo test --workspace --release --test strangers -- --nocapture --test-threads=1

# The code's documentation, in the browser
doc:
    cargo doc --workspace --no-deps --open

# The operators' console; `just console --demo` beside a running demo
console *arguments:
    cargo run --bin callab-console -- {{ arguments }}

# The README's pictures of the console, from the real program beside a running demo
pictures *look:
    cargo build -p callab-console
    cargo run -p callab-console --example picture -- {{ look }}

# The whole product on this machine, with a simulated Twilio
demo *arguments:
    cargo run -- demo {{ arguments }}

# The image with both programs, as callab:latest (deploy/README.md); `just image podman` or `just image buildah` without Docker
image builder="docker":
    {{ builder }} build{{ if builder == "docker" { "" } else { " --format docker" } }} -f deploy/Dockerfile -t callab:latest .

# The benchmarks, or those whose name holds the filter (docs/benchmarks.md)
bench *filter:
    cargo build --release --workspace --bin callab
    cargo bench --workspace --bench product --bench console -- {{ filter }}
