//! What documents come to, counted in another way than the guard's: everything is written out, however long that takes.

use async_graphql::Value;
use async_graphql::parser::types::{BaseType, ExecutableDocument, OperationDefinition, Selection, SelectionSet, Type};

use super::limits;

/// An operation or more, with every fragment put where it is spread.
#[derive(Debug, Default)]
pub struct WrittenOut {
    selections: u64,
    aliases: u64,
    directives: u64,
    roots: u64,
    depth: u64,
    introspection_depth: u64,
    levels: u64,
}

/// Where a set of selections stands: fields around it, those below an entrance to the schema, selections of any kind.
#[derive(Clone, Copy, Default)]
struct At {
    fields: u64,
    below: Option<u64>,
    levels: u64,
}

impl WrittenOut {
    /// More than any document that is let through has: this count, unlike the guard's, may take exponential time.
    fn is_enough(&self) -> bool {
        self.selections > 2 * limits::SELECTIONS
    }

    pub fn operation(&mut self, document: &ExecutableDocument, operation: &OperationDefinition) {
        self.selections += 1;
        self.directives += operation.directives.len() as u64;
        for variable in &operation.variable_definitions {
            self.directives += variable.node.directives.len() as u64;
        }
        self.set(
            document,
            &operation.selection_set.node,
            At {
                levels: 1,
                ..At::default()
            },
        );
    }

    fn set(&mut self, document: &ExecutableDocument, set: &SelectionSet, at: At) {
        for selection in &set.items {
            if self.is_enough() {
                return;
            }
            self.selections += 1;
            self.levels = self.levels.max(at.levels + 1);
            let inside = At {
                levels: at.levels + 1,
                ..at
            };
            match &selection.node {
                Selection::Field(field) => {
                    let (field, name) = (&field.node, field.node.name.node.as_str());
                    self.aliases += u64::from(field.alias.is_some());
                    self.directives += field.directives.len() as u64;
                    self.roots += u64::from(at.fields == 0 && at.below.is_none());
                    let is_entrance = matches!(name, "__schema" | "__type");
                    let inside = match at.below {
                        _ if is_entrance => At {
                            fields: at.fields + 1,
                            below: Some(0),
                            ..inside
                        },
                        Some(below) => At {
                            below: Some(below + 1),
                            ..inside
                        },
                        None => At {
                            fields: at.fields + 1,
                            ..inside
                        },
                    };
                    if at.below.is_none() {
                        self.depth = self.depth.max(inside.fields);
                    }
                    self.introspection_depth = self.introspection_depth.max(inside.below.unwrap_or_default());
                    self.set(document, &field.selection_set.node, inside);
                }
                Selection::InlineFragment(inline) => {
                    self.directives += inline.node.directives.len() as u64;
                    self.set(document, &inline.node.selection_set.node, inside);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives += spread.node.directives.len() as u64;
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.directives += fragment.node.directives.len() as u64;
                        self.set(document, &fragment.node.selection_set.node, inside);
                    }
                }
            }
        }
    }

    pub fn is_within(&self, roots: u64) -> bool {
        self.selections <= limits::SELECTIONS
            && self.aliases <= limits::ALIASES
            && self.directives <= limits::DIRECTIVES
            && self.roots <= roots
            && self.depth <= limits::DEPTH
            && self.introspection_depth <= limits::INTROSPECTION_DEPTH
            && self.levels <= limits::LEVELS
    }
}

/// What a parsed document is made of, and how deep its brackets are nested.
#[derive(Debug, Default)]
pub struct Parts {
    pub names: usize,
    pub nesting: usize,
    pub longest_name: usize,
    pub texts: usize,
    pub selections: usize,
    pub introspects: bool,
}

impl Parts {
    pub fn of(document: &ExecutableDocument) -> Self {
        let mut parts = Self::default();
        for (_, operation) in document.operations.iter() {
            for variable in &operation.node.variable_definitions {
                parts.name(&variable.node.name.node, 1);
                parts.of_type(&variable.node.var_type.node, 1);
                if let Some(value) = &variable.node.default_value {
                    parts.value(&value.node, 1);
                }
            }
            parts.set(&operation.node.selection_set.node, 1);
        }
        for fragment in document.fragments.values() {
            parts.set(&fragment.node.selection_set.node, 1);
        }
        parts
    }

    fn name(&mut self, name: &str, open: usize) {
        self.names += 1;
        self.longest_name = self.longest_name.max(name.len());
        self.nesting = self.nesting.max(open);
    }

    fn of_type(&mut self, of: &Type, open: usize) {
        match &of.base {
            BaseType::Named(name) => self.name(name, open),
            BaseType::List(of) => self.of_type(of, open + 1),
        }
    }

    fn set(&mut self, set: &SelectionSet, open: usize) {
        for selection in &set.items {
            self.selections += 1;
            match &selection.node {
                Selection::Field(field) => {
                    self.name(&field.node.name.node, open);
                    self.introspects |= ["__schema", "__type"].contains(&field.node.name.node.as_str());
                    if let Some(alias) = &field.node.alias {
                        self.name(&alias.node, open);
                    }
                    for (name, value) in &field.node.arguments {
                        self.name(&name.node, open + 1);
                        let value = value
                            .node
                            .clone()
                            .into_const_with(|name| Ok::<_, ()>(Value::Enum(name)));
                        self.value(&value.expect("a name for each variable"), open + 1);
                    }
                    self.set(&field.node.selection_set.node, open + 1);
                }
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, open + 1),
                Selection::FragmentSpread(spread) => self.name(&spread.node.fragment_name.node, open),
            }
        }
    }

    fn value(&mut self, value: &Value, open: usize) {
        self.nesting = self.nesting.max(open);
        match value {
            Value::Enum(name) => self.name(name, open),
            Value::List(list) => list.iter().for_each(|value| self.value(value, open + 1)),
            Value::Object(object) => {
                for (name, value) in object {
                    self.name(name, open + 1);
                    self.value(value, open + 1);
                }
            }
            Value::String(_) => self.texts += 1,
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) => self.names += 1,
        }
    }
}
