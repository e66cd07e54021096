//! Puts `null` where a field failed, or where nothing else can stand any more.
//!
//! GraphQL has a failed field be null, and where the schema says that it is never null, what holds it, and so on upwards. The library
//! leaves a failed field out, whatever the schema says (async-graphql 7.2.1, `resolver_utils/container.rs`), so that clients miss what they
//! were promised. Done after the execution, for answers with errors alone.
//!
//! Source: GraphQL specification, October 2021, section 6.4.4, "Handling Field Errors".

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{parse_query, parse_schema};
use async_graphql::{Name, PathSegment, Response, Value};

use super::guard;

/// Each type of the schema with its fields and their types.
static FIELDS: LazyLock<HashMap<Name, HashMap<Name, Type>>> = LazyLock::new(|| fields_of(&super::sdl()));

fn fields_of(sdl: &str) -> HashMap<Name, HashMap<Name, Type>> {
    let document = parse_schema(sdl).expect("the schema's own text is a schema");
    let mut types = HashMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let fields = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        let fields = fields
            .into_iter()
            .map(|field| (field.node.name.node, field.node.ty.node));
        types.insert(definition.node.name.node, fields.collect());
    }
    types
}

/// Settles an answer of the operation that was carried out of `document`.
pub(super) fn settle(response: &mut Response, document: &str, operation_name: Option<&str>) {
    let paths: Vec<Vec<PathSegment>> = response.errors.iter().map(|error| error.path.clone()).collect();
    if paths.iter().all(Vec::is_empty) {
        return;
    }
    // It was carried out, so it can be read.
    let Ok(document) = parse_query(document) else { return };
    let Some((root, selected)) = root_of(&document, operation_name) else {
        return;
    };
    let asked = Asked {
        document: &document,
        selected: vec![(root.clone(), selected)],
    };
    for path in &paths {
        stand(&mut response.data, path);
    }
    let whole = Type {
        base: BaseType::Named(root),
        nullable: true,
    };
    for path in &paths {
        give_way(&mut response.data, &whole, &asked, path);
    }
}

fn root_of<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<(Name, &'d SelectionSet)> {
    let operation = guard::executed(document, name)?;
    let root = match operation.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    Some((Name::new(root), &operation.selection_set.node))
}

/// Has everything on the way to a failed field stand there, and the field be null: an object of which every field failed is left out
/// as a whole.
fn stand(value: &mut Value, path: &[PathSegment]) {
    match path {
        [] => {}
        [PathSegment::Field(key), rest @ ..] => {
            if *value == Value::Null {
                *value = Value::Object(IndexMap::default());
            }
            let Value::Object(fields) = value else { return };
            match fields.get_mut(key.as_str()) {
                Some(field) if !rest.is_empty() => stand(field, rest),
                Some(_) => {}
                // What failed below it, such as an item of a list, took it along.
                None => _ = fields.insert(Name::new(key), Value::Null),
            }
        }
        [PathSegment::Index(index), rest @ ..] => {
            if let Value::List(items) = value
                && let Some(item) = items.get_mut(*index)
            {
                stand(item, rest);
            }
        }
    }
}

/// Whether what holds the value has to be null, because the value is and cannot be.
fn give_way(value: &mut Value, of: &Type, asked: &Asked<'_>, path: &[PathSegment]) -> bool {
    let gives_way = match (path, &mut *value, &of.base) {
        (_, Value::Null, _) => true,
        ([PathSegment::Field(key), rest @ ..], Value::Object(fields), BaseType::Named(_)) => {
            match (fields.get_mut(key.as_str()), asked.field(key)) {
                (Some(field), Some((of, asked))) => give_way(field, of, &asked, rest),
                _ => false,
            }
        }
        ([PathSegment::Index(index), rest @ ..], Value::List(items), BaseType::List(of)) => items
            .get_mut(*index)
            .is_some_and(|item| give_way(item, of, asked, rest)),
        _ => false,
    };
    if gives_way {
        *value = Value::Null;
    }
    gives_way && !of.nullable
}

/// What was asked of an object: sets of fields, each of a type.
struct Asked<'d> {
    document: &'d ExecutableDocument,
    selected: Vec<(Name, &'d SelectionSet)>,
}

impl Asked<'_> {
    /// The type of the field that answers under this key, and what was asked of it.
    fn field(&self, key: &str) -> Option<(&'static Type, Self)> {
        let (mut found, mut selected) = (None, Vec::new());
        let mut rest = self.selected.clone();
        while let Some((parent, set)) = rest.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) if field.node.response_key().node == key => {
                        let Some(of) = FIELDS.get(&parent).and_then(|fields| fields.get(&field.node.name.node)) else {
                            continue;
                        };
                        found = Some(of);
                        selected.push((named(of).clone(), &field.node.selection_set.node));
                    }
                    Selection::Field(_) => {}
                    Selection::InlineFragment(fragment) => {
                        let on = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.clone());
                        rest.push((on.unwrap_or_else(|| parent.clone()), &fragment.node.selection_set.node));
                    }
                    Selection::FragmentSpread(spread) => {
                        if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                            let on = fragment.node.type_condition.node.on.node.clone();
                            rest.push((on, &fragment.node.selection_set.node));
                        }
                    }
                }
            }
        }
        let asked = Self {
            document: self.document,
            selected,
        };
        found.map(|of| (of, asked))
    }
}

/// The name of a type, or of what it is a list of.
fn named(of: &Type) -> &Name {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

#[cfg(test)]
mod tests;
