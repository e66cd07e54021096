//! Answers any question by `schema.graphql`: what was planted, and for all else something of the right type.

use std::collections::HashMap;

use async_graphql::Value as Constant;
use async_graphql::parser::types::{
    BaseType, Field, OperationType, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{parse_query, parse_schema};
use serde_json::{Map, Value, json};

/// What a type is made of.
enum Kind {
    Object(HashMap<String, Type>),
    /// The first of the types that it can be.
    OneOf(String),
    /// Its first word.
    Enum(String),
    Scalar,
}

/// The API's schema.
pub struct Schema(HashMap<String, Kind>);

/// A field at the root of a question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The field.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
}

/// A question that fits the schema.
pub struct Question {
    root: &'static str,
    selection: SelectionSet,
    variables: Map<String, Value>,
}

impl Schema {
    /// That of this repository.
    pub fn load() -> Self {
        let text = include_str!("../../../schema.graphql");
        let mut types: HashMap<String, Kind> = HashMap::new();
        let mut of_interface: HashMap<String, String> = HashMap::new();
        for definition in parse_schema(text).expect("schema.graphql can be read").definitions {
            let TypeSystemDefinition::Type(of) = definition else {
                continue;
            };
            let name = of.node.name.node.to_string();
            let kind = match of.node.kind {
                TypeKind::Object(object) => {
                    for interface in &object.implements {
                        of_interface.entry(interface.node.to_string()).or_insert(name.clone());
                    }
                    let fields = object.fields.into_iter();
                    Kind::Object(
                        fields
                            .map(|field| (field.node.name.node.to_string(), field.node.ty.node))
                            .collect(),
                    )
                }
                TypeKind::Union(union) => Kind::OneOf(union.members[0].node.to_string()),
                TypeKind::Enum(words) => Kind::Enum(words.values[0].node.value.node.to_string()),
                TypeKind::Scalar | TypeKind::Interface(_) | TypeKind::InputObject(_) => Kind::Scalar,
            };
            types.insert(name, kind);
        }
        for (interface, object) in of_interface {
            types.insert(interface, Kind::OneOf(object));
        }
        Self(types)
    }

    /// Answers a question. `root` tells what is planted for a field at the root; `text` stands in every other string.
    pub fn answer(&self, question: &Question, text: &str, mut root: impl FnMut(&Asked) -> Value) -> Value {
        let mut planted = Map::new();
        for asked in question.asked() {
            let value = root(&asked);
            if value != json!({ "anything": true }) {
                planted.insert(asked.name, value);
            }
        }
        self.object(question.root, &question.selection, &Value::Object(planted), text)
    }

    fn object(&self, name: &str, selection: &SelectionSet, planted: &Value, text: &str) -> Value {
        let name = match self.0.get(name) {
            // What is planted may be another than the first of them.
            Some(Kind::OneOf(first)) => planted["__typename"].as_str().unwrap_or(first),
            _ => name,
        };
        let Some(Kind::Object(fields)) = self.0.get(name) else {
            panic!("{name} has no fields");
        };
        let mut answer = Map::new();
        for item in &selection.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let (key, value) = (
                        field.response_key().node.to_string(),
                        self.field(name, fields, field, planted, text),
                    );
                    answer.insert(key, value);
                }
                Selection::InlineFragment(part) => {
                    let on = part.node.type_condition.as_ref().map(|on| on.node.on.node.to_string());
                    if on.is_none_or(|on| on == name || matches!(self.0.get(&on), Some(Kind::OneOf(_)))) {
                        let part = self.object(name, &part.node.selection_set.node, planted, text);
                        answer.extend(part.as_object().expect("an object").clone());
                    }
                }
                Selection::FragmentSpread(_) => panic!("the console sends no named fragments"),
            }
        }
        Value::Object(answer)
    }

    fn field(&self, of: &str, fields: &HashMap<String, Type>, field: &Field, planted: &Value, text: &str) -> Value {
        let name = field.name.node.as_str();
        if name == "__typename" {
            return planted.get(name).cloned().unwrap_or_else(|| json!(of));
        }
        let wanted = fields.get(name).unwrap_or_else(|| panic!("{of} has no field {name}"));
        self.value(wanted, &field.selection_set.node, planted.get(name), text)
    }

    fn value(&self, wanted: &Type, selection: &SelectionSet, planted: Option<&Value>, text: &str) -> Value {
        if planted.is_some_and(Value::is_null) {
            assert!(wanted.nullable, "null was planted where the schema has none");
            return Value::Null;
        }
        match &wanted.base {
            BaseType::List(item) => {
                let one = [Value::Null];
                let items = planted.and_then(Value::as_array).map_or(one.as_slice(), Vec::as_slice);
                let planted_item = |item: &Value| if planted.is_some() { Some(item.clone()) } else { None };
                items
                    .iter()
                    .map(|it| self.value(item, selection, planted_item(it).as_ref(), text))
                    .collect()
            }
            BaseType::Named(name) => match (self.0.get(name.as_str()), planted) {
                (Some(Kind::Object(_) | Kind::OneOf(_)), planted) => {
                    self.object(name, selection, planted.unwrap_or(&Value::Null), text)
                }
                (_, Some(planted)) => planted.clone(),
                (Some(Kind::Enum(first)), None) => json!(first),
                (_, None) => scalar(name, text),
            },
        }
    }
}

/// Something of a scalar's type.
fn scalar(name: &str, text: &str) -> Value {
    match name {
        "Int" => json!(1),
        "Float" => json!(0.5),
        "Boolean" => json!(false),
        "DateTime" => json!("2026-11-27T12:00:00Z"),
        "Date" => json!("2026-11-27"),
        "Decimal" => json!("1.00"),
        "JSON" => json!({}),
        _ => json!(text),
    }
}

impl Question {
    /// Reads a question.
    ///
    /// # Panics
    /// When it cannot be read: the console asked for what there is not.
    pub fn read(body: &Value) -> Self {
        let document = parse_query(body["query"].as_str().expect("a question")).expect("GraphQL");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        Self {
            root,
            selection: operation.node.selection_set.node.clone(),
            variables: body["variables"].as_object().cloned().unwrap_or_default(),
        }
    }

    /// The fields at its root.
    pub fn asked(&self) -> Vec<Asked> {
        let constant = |name: &str| -> Result<Constant, serde_json::Error> {
            Constant::from_json(self.variables.get(name).cloned().unwrap_or_default())
        };
        let fields = self.selection.items.iter().filter_map(|item| match &item.node {
            Selection::Field(field) => Some(&field.node),
            _ => None,
        });
        fields
            .map(|field| {
                let arguments = field.arguments.iter().map(|(name, value)| {
                    let value = value
                        .node
                        .clone()
                        .into_const_with(|name| constant(&name))
                        .expect("JSON");
                    (name.node.to_string(), value.into_json().expect("JSON"))
                });
                Asked {
                    name: field.name.node.to_string(),
                    arguments: Value::Object(arguments.collect()),
                }
            })
            .collect()
    }

    /// Whether it changes something.
    pub fn is_change(&self) -> bool {
        self.root == "Mutation"
    }
}
