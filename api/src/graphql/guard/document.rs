//! What a document comes to once every fragment is put where it is spread, counted without putting it there: each fragment is
//! counted once, after those that it spreads, and no document takes more steps than it has selections.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};

use super::introspection;
use super::limits;
use super::refusal::Refusal;

/// What a set of selections comes to, fragments put in. Sums stop at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fields, spreads and inline fragments.
    pub selections: u64,
    /// Fields that are given another name.
    pub aliases: u64,
    /// Directives.
    pub directives: u64,
    /// Fields at the top.
    pub roots: u64,
    /// How deep fields are nested; those below `__schema` and `__type` are counted apart.
    pub depth: u64,
    /// How deep fields are nested below `__schema` and `__type`.
    pub introspection_depth: u64,
    /// What it costs to read below `__schema` and `__type`.
    pub introspection_cost: u64,
    /// The same if this set itself is below them.
    pub cost_below: u64,
    /// How deep selections are nested.
    pub levels: u64,
    /// The most arguments of a field.
    pub arguments: u64,
    /// The selections of this set alone, with those of fragments in it and without those of fields.
    pub flat: u64,
    /// How often a selection is compared with others of its set: once in this set, and once in each set inside of it. A fragment's
    /// own are not in it.
    pub merged: u64,
    /// Whether `__schema` or `__type` is asked for.
    pub introspects: bool,
}

impl Counts {
    /// This, and another set beside it.
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            roots: self.roots.saturating_add(other.roots),
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            introspection_cost: self.introspection_cost.saturating_add(other.introspection_cost),
            cost_below: self.cost_below.saturating_add(other.cost_below),
            levels: self.levels.max(other.levels),
            arguments: self.arguments.max(other.arguments),
            flat: self.flat.saturating_add(other.flat),
            merged: self.merged.saturating_add(other.merged),
            introspects: self.introspects || other.introspects,
        }
    }

    /// One selection more, with so many directives, which has this set inside.
    fn inside(self, directives: usize) -> Self {
        Self {
            selections: self.selections.saturating_add(1),
            directives: self.directives.saturating_add(directives as u64),
            levels: self.levels.saturating_add(1),
            flat: self.flat.saturating_add(1),
            ..self
        }
    }

    /// A field that has this set inside.
    fn of_field(self, field: &Field) -> Self {
        let name = field.name.node.as_str();
        let around = Self {
            aliases: self.aliases.saturating_add(u64::from(field.alias.is_some())),
            roots: 1,
            flat: 1,
            arguments: self.arguments.max(field.arguments.len() as u64),
            cost_below: introspection::cost_of(name, self.cost_below),
            ..self.inside(field.directives.len())
        };
        if introspection::is_entrance(name) {
            Self {
                depth: 1,
                introspection_depth: self.depth.max(self.introspection_depth),
                introspection_cost: around.cost_below.saturating_add(self.introspection_cost),
                introspects: true,
                ..around
            }
        } else {
            Self {
                depth: self.depth.saturating_add(1),
                ..around
            }
        }
    }

    /// # Errors
    /// The first bound that these counts break.
    pub fn within(&self, kind: OperationType) -> Result<(), Refusal> {
        let root_fields = match kind {
            OperationType::Query => limits::ROOT_FIELDS,
            OperationType::Mutation => limits::MUTATIONS,
            OperationType::Subscription => limits::SUBSCRIPTIONS,
        };
        let bounds = [
            (self.selections, limits::SELECTIONS, Refusal::TooManySelections),
            (self.depth, limits::DEPTH, Refusal::TooDeep),
            (
                self.introspection_depth,
                limits::INTROSPECTION_DEPTH,
                Refusal::IntrospectionTooDeep,
            ),
            (self.levels, limits::LEVELS, Refusal::FragmentsTooDeep),
            (self.aliases, limits::ALIASES, Refusal::TooManyAliases),
            (self.directives, limits::DIRECTIVES, Refusal::TooManyDirectives),
            (self.arguments, limits::ARGUMENTS, Refusal::TooManyArguments),
            (self.merged, limits::MERGED, Refusal::TooManyMerged),
            (self.roots, root_fields, Refusal::TooManyRootFields(kind)),
            (
                self.introspection_cost,
                limits::INTROSPECTION_COST,
                Refusal::IntrospectionTooComplex,
            ),
        ];
        match bounds.into_iter().find(|(count, limit, _)| count > limit) {
            Some((.., refusal)) => Err(refusal),
            None => Ok(()),
        }
    }
}

/// Counts a document: each of its operations, and all of them together, since all are validated.
///
/// # Errors
/// The first bound that it breaks. A cycle of fragments is one, whether an operation spreads it or not.
pub fn look_over(document: &ExecutableDocument) -> Result<Counts, Refusal> {
    let mut counter = Counter::new(document);
    counter.count_fragments()?;
    let mut all = Counts::default();
    // What no operation spreads is validated as well.
    for fragment in counter.counted.values() {
        all.introspects |= fragment.introspects;
        all.arguments = all.arguments.max(fragment.arguments);
        all.merged = all.merged.saturating_add(fragment.merged);
        fragment.within_levels()?;
    }
    for (_, operation) in document.operations.iter() {
        let set = &operation.node.selection_set;
        let mut counts = counter.count(set).inside(operation.node.directives.len());
        for variable in &operation.node.variable_definitions {
            counts.directives = counts.directives.saturating_add(variable.node.directives.len() as u64);
        }
        counts.within(operation.node.ty)?;
        all = all.beside(counts);
    }
    let together = Counts { roots: 0, ..all };
    together.within(OperationType::Query)?;
    Ok(all)
}

impl Counts {
    fn within_levels(&self) -> Result<(), Refusal> {
        if self.levels > limits::LEVELS {
            Err(Refusal::FragmentsTooDeep)
        } else {
            Ok(())
        }
    }
}

/// Counts fragments, each once.
struct Counter<'d> {
    document: &'d ExecutableDocument,
    counted: HashMap<&'d str, Counts>,
    /// How many selections were looked at. For the proof that it is linear.
    steps: usize,
}

impl<'d> Counter<'d> {
    fn new(document: &'d ExecutableDocument) -> Self {
        Self {
            document,
            counted: HashMap::with_capacity(document.fragments.len()),
            steps: 0,
        }
    }

    /// Counts every fragment after those that it spreads. Keeps the way it came in a list of its own, so that a long chain cannot harm
    /// it.
    fn count_fragments(&mut self) -> Result<(), Refusal> {
        let mut spread: HashMap<&'d str, Vec<&'d str>> = HashMap::with_capacity(self.document.fragments.len());
        for (name, fragment) in &self.document.fragments {
            let mut names = Vec::new();
            self.spread_in(&fragment.node.selection_set, &mut names);
            spread.insert(name.as_str(), names);
        }
        let mut on_the_way: HashMap<&'d str, bool> = HashMap::with_capacity(spread.len());
        for first in spread.keys().copied() {
            let mut way = vec![(first, 0)];
            while let Some((name, next)) = way.last_mut() {
                let name = *name;
                if self.counted.contains_key(name) {
                    way.pop();
                    continue;
                }
                on_the_way.insert(name, true);
                let Some(inner) = spread[name].get(*next).copied() else {
                    let fragment = &self.document.fragments[name].node;
                    let counts = self.count(&fragment.selection_set);
                    let directives = counts.directives.saturating_add(fragment.directives.len() as u64);
                    self.counted.insert(name, Counts { directives, ..counts });
                    on_the_way.insert(name, false);
                    way.pop();
                    continue;
                };
                *next += 1;
                if on_the_way.get(inner).copied().unwrap_or_default() {
                    return Err(Refusal::FragmentCycle);
                }
                // One that does not exist is for the validation to tell.
                if spread.contains_key(inner) && !self.counted.contains_key(inner) {
                    way.push((inner, 0));
                }
            }
        }
        Ok(())
    }

    /// The fragments spread in a set. Calls itself for each level, which [`limits::NESTING`] bounds.
    fn spread_in(&mut self, set: &'d Positioned<SelectionSet>, names: &mut Vec<&'d str>) {
        for selection in &set.node.items {
            self.steps += 1;
            match &selection.node {
                Selection::Field(field) => self.spread_in(&field.node.selection_set, names),
                Selection::InlineFragment(inline) => self.spread_in(&inline.node.selection_set, names),
                Selection::FragmentSpread(spread) => names.push(spread.node.fragment_name.node.as_str()),
            }
        }
    }

    /// Counts a set whose fragments are counted. Calls itself for each level, which [`limits::NESTING`] bounds.
    fn count(&mut self, set: &'d Positioned<SelectionSet>) -> Counts {
        let mut counts = Counts::default();
        for selection in &set.node.items {
            self.steps += 1;
            let one = match &selection.node {
                Selection::Field(field) => {
                    let inner = self.count(&field.node.selection_set);
                    inner.of_field(&field.node)
                }
                Selection::InlineFragment(inline) => {
                    let inner = self.count(&inline.node.selection_set);
                    inner.inside(inline.node.directives.len())
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let inner = self.counted.get(name).copied().unwrap_or_default();
                    let inner = Counts { merged: 0, ..inner };
                    inner.inside(spread.node.directives.len())
                }
            };
            counts = counts.beside(one);
        }
        counts.merged = counts.merged.saturating_add(counts.flat);
        counts
    }
}

/// Counts a document, and answers how many selections were looked at for it.
#[cfg(test)]
pub fn steps(document: &ExecutableDocument) -> usize {
    let mut counter = Counter::new(document);
    let _ = counter.count_fragments();
    for (_, operation) in document.operations.iter() {
        counter.count(&operation.node.selection_set);
    }
    counter.steps
}
