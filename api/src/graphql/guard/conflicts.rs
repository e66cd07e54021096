//! Refuses a document in which two fields answer under one name, at the first such pair.
//!
//! The library's rule tells of every pair, of every argument in it, once more for each set around it: ten kilobytes of document would
//! become gigabytes of errors before any is counted (async-graphql 7.2.1, `overlapping_fields_can_be_merged.rs`). What is refused here is
//! what it refuses; so it finds nothing to tell.
//!
//! Source: GraphQL specification, October 2021, section 5.3.2, "Field Selection Merging".

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Pos, Positioned};

/// Where the second of two such fields stands, if there are any. To be asked once fragments are known to have an end.
pub fn first(document: &ExecutableDocument) -> Option<Pos> {
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    let operations = document
        .operations
        .iter()
        .map(|(_, operation)| &operation.node.selection_set);
    fragments.chain(operations).find_map(|set| in_set(document, set))
}

/// Looks through a set and those inside of it.
fn in_set(document: &ExecutableDocument, set: &Positioned<SelectionSet>) -> Option<Pos> {
    let mut answers = Answers {
        document,
        by_name: HashMap::new(),
        spread: HashSet::new(),
    };
    answers.add(None, set).or_else(|| {
        set.node.items.iter().find_map(|selection| match &selection.node {
            Selection::Field(field) => in_set(document, &field.node.selection_set),
            Selection::InlineFragment(inline) => in_set(document, &inline.node.selection_set),
            Selection::FragmentSpread(_) => None,
        })
    })
}

/// What answers under which name, of which type, in a set whose fragments are put in.
struct Answers<'d> {
    document: &'d ExecutableDocument,
    by_name: HashMap<(Option<&'d str>, &'d str), &'d Field>,
    spread: HashSet<&'d str>,
}

impl<'d> Answers<'d> {
    fn add(&mut self, of: Option<&'d str>, set: &'d Positioned<SelectionSet>) -> Option<Pos> {
        set.node.items.iter().find_map(|selection| match &selection.node {
            Selection::Field(field) => match self.by_name.entry((of, field.node.response_key().node.as_str())) {
                Entry::Occupied(before) => (!are_one(before.get(), &field.node)).then_some(field.pos),
                Entry::Vacant(first) => {
                    first.insert(&field.node);
                    None
                }
            },
            Selection::InlineFragment(inline) => {
                let of = inline.node.type_condition.as_ref().map(|of| of.node.on.node.as_str());
                self.add(of, &inline.node.selection_set)
            }
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                let fragment = self.document.fragments.get(name).filter(|_| self.spread.insert(name))?;
                let of = fragment.node.type_condition.node.on.node.as_str();
                self.add(Some(of), &fragment.node.selection_set)
            }
        })
    }
}

/// Whether they are the same field with the same arguments.
fn are_one(one: &Field, other: &Field) -> bool {
    let arguments = || {
        one.arguments
            .iter()
            .all(|(name, value)| other.get_argument(&name.node) == Some(value))
    };
    one.name.node == other.name.node && one.arguments.len() == other.arguments.len() && arguments()
}
