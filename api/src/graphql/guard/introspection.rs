//! What it costs to read the schema: its lists take no `first`, so their lengths are guessed.

/// Whether the schema is read below a field.
pub fn is_entrance(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

/// What a field below `__schema` costs whose own fields cost `inner`: one for itself, and those for each element.
pub fn cost_of(name: &str, inner: u64) -> u64 {
    elements(name).saturating_mul(inner).saturating_add(1)
}

/// About how many elements a list of the schema has. A test compares them with the real schema.
pub fn elements(name: &str) -> u64 {
    match name {
        "types" => 300,
        "fields" => 12,
        "inputFields" | "enumValues" => 4,
        "args" | "possibleTypes" | "interfaces" => 2,
        "directives" | "locations" => 6,
        _ => 1,
    }
}
