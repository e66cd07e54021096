//! How much one request may ask for. The same numbers stand in `docs/using-the-api.md`, "Limits"; a test compares them.
//!
//! They are no settings: a client that works with one installation works with every other. The figures leave the heaviest
//! document of the console and of the tests room to grow several times over.

/// The most bytes of a document, 64 KiB.
pub const DOCUMENT_BYTES: usize = 64 * 1024;

/// The most tokens of a document. The introspection query of `graphql-js` has about 300.
pub const TOKENS: usize = 5_000;

/// The most letters of a name, and digits of a number. The library looks for names like it among all of the schema's.
pub const NAME: usize = 200;

/// The deepest nesting of brackets of any kind. The parser calls itself for each level, so this guards its stack.
pub const NESTING: usize = 40;

/// The deepest nesting of fields.
pub const DEPTH: u64 = 15;

/// The deepest nesting of fields below `__schema` and `__type`. The introspection query of `graphql-js` needs 13 or more.
pub const INTROSPECTION_DEPTH: u64 = 20;

/// The deepest nesting of selections, where a fragment is a level like a field.
pub const LEVELS: u64 = 30;

/// The most selections of a document once every fragment is put where it is spread.
pub const SELECTIONS: u64 = 4_000;

/// The most aliases, counted like selections.
pub const ALIASES: u64 = 100;

/// The most directives, counted like selections.
pub const DIRECTIVES: u64 = 50;

/// The most arguments of a field. Each is compared with each of another field that answers under the same name; none of the schema's
/// has half as many.
pub const ARGUMENTS: u64 = 20;

/// How many selections are compared with those beside them, which is done for each set, with the fragments that it spreads put in.
pub const MERGED: u64 = 10_000;

/// The most fields of one query at its root.
pub const ROOT_FIELDS: u64 = 50;

/// The most fields of one mutation at its root: each is a transaction, one after the other.
pub const MUTATIONS: u64 = 10;

/// The most fields of one subscription at its root.
///
/// Source: <https://spec.graphql.org/September2025/#sec-Single-Root-Field>
pub const SUBSCRIPTIONS: u64 = 1;

/// What a document may cost: the fields that it resolves, those of a list once for each row asked for. What each field costs
/// stands beside its resolver.
pub const COST: usize = 50_000;

/// What a subscription may cost, counted like [`COST`] for one result: it is carried out again with every change.
pub const RESULT_COST: usize = 5_000;

/// What a document may cost below `__schema` and `__type`, by the guessed lengths of the schema's lists. The introspection query of
/// `graphql-js` costs less than half of it.
pub const INTROSPECTION_COST: u64 = 1_000_000;

/// The most bytes of names and texts in variables, 64 KiB.
pub const VARIABLE_BYTES: usize = 64 * 1024;

/// The most values in variables, each element of a list and each field of an object one.
pub const VARIABLE_VALUES: usize = 2_000;

/// The deepest nesting of lists and objects in variables.
pub const VARIABLE_DEPTH: usize = 16;

/// The most values in the JSON of a request, which bounds what reading it takes.
pub const JSON_VALUES: usize = 10_000;

/// The deepest nesting of the JSON of a request.
pub const JSON_DEPTH: usize = 32;
