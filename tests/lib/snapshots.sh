# shellcheck shell=bash
# Refuses snapshots that no test looks at any more. Sourced, not run.

# While tests run, insta adds the path of each snapshot it compares to the file this variable names.
export INSTA_SNAPSHOT_REFERENCES_FILE=$PWD/target/tests/snapshots-used.txt

# Names each snapshot file that is not in the file above, and fails if there is one.
refuse_unreferenced_snapshots() {
    local unreferenced
    touch "$INSTA_SNAPSHOT_REFERENCES_FILE"
    unreferenced=$(comm -23 \
        <(find "$PWD" -path "$PWD/target" -prune -o -name '*.snap' -print | sort) \
        <(sort -u "$INSTA_SNAPSHOT_REFERENCES_FILE"))
    [ -z "$unreferenced" ] || {
        printf '%s\n' 'Snapshots that no test compares; delete them:' "$unreferenced"
        return 1
    }
}
