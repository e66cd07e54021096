//! Who sees what: every field of every type, asked by every role of the same rows. What differs is one table.

use std::collections::{BTreeMap, BTreeSet};

use callab_tests::schema::{RootField, root_fields};
use callab_tests::story::Ids;
use callab_tests::{Client, Story, TestApp};
use domain::Role;
use serde_json::{Value, json};

use crate::roles::{code, everybody};

/// Values by the type and the field's name.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// How many objects deep a row is shown; what holds rows alone is not counted.
const DEPTH: usize = 2;

/// How many objects deep what is no row is shown.
const WHOLE: usize = 4;

/// What the story has none of. None of it names a number or a person.
const UNTOLD: [&str; 14] = [
    "ActivityFigure",
    "CallAlert",
    "CallError",
    "CallPrice",
    "CallQuality",
    "CallStreamQuality",
    "JobAttempt",
    "MinutePrice",
    "RoutingDeviation",
    "RoutingDifference",
    "RoutingDrift",
    "RoutingProblem",
    "RoutingWrite",
    "TwilioIncident",
];

/// The roles that see something else than the owner does, field by field, or nothing of a type at all. Every other field is the same
/// for all.
fn table() -> BTreeMap<String, Vec<Role>> {
    use Role::{ApiKey, Lead, Member, StaffViewer, Support, Viewer};
    let staff = vec![StaffViewer, Support, Lead];
    let masked_numbers = [
        "Call.from",
        "Call.to",
        "CallIntent.to",
        "Notification.payload",
        "PhoneNumber.friendlyName",
        "PhoneNumber.number",
    ];
    let mut table: BTreeMap<String, Vec<Role>> = masked_numbers.map(|field| (field.to_owned(), staff.clone())).into();
    let not_managing = vec![Member, Viewer, StaffViewer, Support, Lead];
    table.insert("NotificationEndpoint.address".to_owned(), not_managing);
    table.insert("ApiKey".to_owned(), vec![Member, Viewer, ApiKey, StaffViewer]);
    table.insert("ApiKey.createdBy".to_owned(), vec![Support, Lead]);
    // Who made a change: the entry of the audit log, for who may read that.
    let entry = [
        "action",
        "at",
        "code",
        "details",
        "id",
        "outcome",
        "role",
        "subjectId",
        "traceId",
    ];
    for field in entry {
        table.insert(format!("AuditEntry.{field}"), vec![Member, Viewer, StaffViewer]);
    }
    table.insert("Query.auditEntries".to_owned(), vec![Member, Viewer, StaffViewer]);
    table.insert("Query.apiKeys".to_owned(), vec![Member, Viewer, ApiKey, StaffViewer]);
    table.insert("SupportBundle.json".to_owned(), vec![StaffViewer]);
    table.insert("SupportBundle.markdown".to_owned(), vec![StaffViewer]);
    table.insert("ConfigurationChange.act".to_owned(), vec![Member, Viewer, StaffViewer]);
    let not_by_name = vec![Member, Viewer, StaffViewer, Support, Lead];
    table.insert("AuditEntry.actor".to_owned(), not_by_name.clone());
    table.insert("AuditEntry.role".to_owned(), not_by_name.clone());
    table.insert("AuditEntry.address".to_owned(), not_by_name);
    table
}

#[tokio::test]
async fn each_field_is_the_same_for_every_role_but_where_the_table_says() {
    let app = TestApp::start().await;
    let story = Story::settled(&app, app.owner()).await;
    let types = types(&story.client).await;
    let everybody = everybody(&app).await;
    let mut differ: BTreeMap<String, Vec<Role>> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for id in story.ids.all() {
        let mut seen = Vec::new();
        for (role, client) in &everybody {
            seen.push((*role, row(client, &types, id).await));
        }
        let (_, owners) = seen.iter().find(|(role, _)| *role == Role::Owner).unwrap().clone();
        asked.extend(owners.keys().cloned());
        for (role, sees) in seen {
            note(&mut differ, role, difference(&owners, &sees));
        }
    }
    for root in root_fields(&story.client, "Query").await {
        let mut seen = Vec::new();
        for (role, client) in &everybody {
            seen.push((*role, answered(client, &types, &story.ids, &root).await));
        }
        let (_, owners) = seen.iter().find(|(role, _)| *role == Role::Owner).unwrap().clone();
        asked.extend(owners.keys().cloned());
        for (role, sees) in seen {
            let refused = format!("Query.{}", root.name);
            let is_refused = sees.contains_key(&refused) && !owners.contains_key(&refused);
            let differs = if is_refused {
                BTreeSet::from([refused])
            } else {
                difference_of_fields(&owners, &sees)
            };
            note(&mut differ, role, differs);
        }
    }
    assert_eq!(differ, table());
    let untold = types.fields().into_iter().filter(|field| !asked.contains(field));
    let untold: BTreeSet<_> = untold
        .map(|field| field.split('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(untold, UNTOLD.map(str::to_owned).into());
}

fn note(differ: &mut BTreeMap<String, Vec<Role>>, role: Role, things: BTreeSet<String>) {
    for thing in things {
        let roles = differ.entry(thing).or_default();
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
}

/// What a role is answered by a query of the workspace's own rows; by one that it may not make, the code of the refusal.
async fn answered(client: &Client, types: &Types, ids: &Ids, root: &RootField) -> Seen {
    let mut seen = Seen::new();
    let name = root.name.as_str();
    // The rows have been asked for, and who asks is another each time.
    if ["node", "nodes", "viewer"].contains(&name) {
        return seen;
    }
    let given: Vec<String> = root
        .ids()
        .take(if root.takes_one_id() { 1 } else { usize::MAX })
        .map(|argument| format!("{argument}: {}", json!(ids.of(argument, name))))
        .collect();
    let given = if given.is_empty() {
        String::new()
    } else {
        format!("({})", given.join(", "))
    };
    let (of, is_plain) = types.root(name);
    let selection = if is_plain {
        String::new()
    } else if of.ends_with("Connection") || types.is_row(of) {
        types.selection(of, 1) // The rows are asked for one by one.
    } else {
        types.whole(of, WHOLE)
    };
    let told = client
        .send(&format!("{{ {name}{given} {selection} }}"), json!({}))
        .await
        .0;
    let of_root = format!("Query.{name}");
    if let Some(code) = code(&told) {
        seen.insert(of_root, BTreeSet::from([code.to_owned()]));
        return seen;
    }
    if is_plain {
        seen.insert(of_root, BTreeSet::from([told["data"][name].to_string()]));
    }
    gather(&told["data"][name], &mut seen);
    seen
}

/// The fields of which something else is seen; of who is shown no row, its type.
fn difference(owners: &Seen, sees: &Seen) -> BTreeSet<String> {
    let mut of = owners.keys().filter_map(|field| field.split_once('.'));
    let row = of.find(|(_, name)| *name == "id").map(|(of, _)| of.to_owned());
    if sees.is_empty() {
        return row.into_iter().collect();
    }
    difference_of_fields(owners, sees)
}

fn difference_of_fields(owners: &Seen, sees: &Seen) -> BTreeSet<String> {
    let fields = owners.keys().chain(sees.keys());
    fields
        .filter(|field| owners.get(*field) != sees.get(*field))
        .cloned()
        .collect()
}

/// The values that a role sees of each field below a row, by the type and the field's name.
async fn row(client: &Client, types: &Types, id: &str) -> Seen {
    let name = client
        .ask("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": id }))
        .await;
    let mut seen = Seen::new();
    let Some(name) = name["node"]["__typename"].as_str() else {
        return seen;
    };
    let document = format!(
        "query($id: ID!) {{ node(id: $id) {{ __typename ... on {name} {} }} }}",
        types.selection(name, DEPTH)
    );
    let told = client.send(&document, json!({ "id": id })).await.0;
    assert!(told["errors"].is_null(), "{name}: {told}");
    gather(&told["data"]["node"], &mut seen);
    seen
}

fn gather(value: &Value, seen: &mut Seen) {
    if let Value::Array(values) = value {
        for value in values {
            gather(value, seen);
        }
    }
    let (Some(fields), Some(of)) = (value.as_object(), value["__typename"].as_str()) else {
        return;
    };
    for (name, value) in fields.iter().filter(|(name, _)| *name != "__typename") {
        // An object of the schema says which it is; JSON does not.
        let first = value.as_array().and_then(|values| values.first()).unwrap_or(value);
        if first["__typename"].is_string() {
            gather(value, seen);
        } else {
            let values = seen.entry(format!("{of}.{name}")).or_default();
            values.insert(value.to_string());
        }
    }
}

/// The types of the schema with the fields that can be asked for as they are.
struct Types(BTreeMap<String, Vec<(String, String, bool)>>);

async fn types(client: &Client) -> Types {
    let document = "{ __schema { types { name kind fields { name args { type { kind } defaultValue } type { ...type } } } } } \
                    fragment type on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";
    let data = client.ask(document, json!({})).await;
    let types = data["__schema"]["types"].as_array().unwrap();
    let objects = types.iter().filter(|of| of["kind"] == "OBJECT");
    let described = objects.map(|of| {
        let fields = of["fields"].as_array().unwrap().iter();
        let is_root = of["name"] == "Query";
        let fields = fields.filter(|field| {
            let mut arguments = field["args"].as_array().unwrap().iter();
            is_root
                || arguments
                    .all(|argument| argument["type"]["kind"] != "NON_NULL" || !argument["defaultValue"].is_null())
        });
        let fields = fields.map(|field| {
            let of = named(&field["type"]);
            let name = field["name"].as_str().unwrap().to_owned();
            (name, of["name"].as_str().unwrap().to_owned(), is_plain(of))
        });
        (of["name"].as_str().unwrap().to_owned(), fields.collect())
    });
    Types(described.collect())
}

fn named(of: &Value) -> &Value {
    if of["ofType"].is_null() {
        of
    } else {
        named(&of["ofType"])
    }
}

fn is_plain(of: &Value) -> bool {
    of["kind"] == "SCALAR" || of["kind"] == "ENUM"
}

impl Types {
    /// The type of what a query answers, and whether it is a scalar.
    fn root(&self, name: &str) -> (&str, bool) {
        let mut fields = self.0["Query"].iter();
        let (_, of, is_plain) = fields.find(|(field, ..)| field == name).unwrap();
        (of, *is_plain)
    }

    /// What is no row, with all that is in it but rows.
    fn whole(&self, of: &str, depth: usize) -> String {
        let fields = self.0.get(of).into_iter().flatten();
        let told = fields.filter_map(|(name, of, is_plain)| {
            if *is_plain {
                return Some(name.clone());
            }
            let is_whole = self.0.contains_key(of) && !self.is_row(of) && !of.ends_with("Connection");
            let deeper = depth.checked_sub(1)?;
            is_whole.then(|| format!("{name} {}", self.whole(of, deeper)))
        });
        format!("{{ __typename {} }}", told.collect::<Vec<_>>().join(" "))
    }

    /// Whether it has an id, so that `node` may find it.
    fn is_row(&self, of: &str) -> bool {
        let mut fields = self.0.get(of).into_iter().flatten();
        fields.any(|(name, ..)| name == "id")
    }

    /// Every scalar field that a query may tell.
    fn fields(&self) -> BTreeSet<String> {
        let tells_nothing = |of: &str| {
            let of_pages = of.ends_with("Edge") || of == "PageInfo";
            of.starts_with("__") || of.ends_with("Payload") || of_pages || ["UserError", "Viewer"].contains(&of)
        };
        let told = self.0.iter().filter(|(of, _)| !tells_nothing(of));
        told.flat_map(|(of, fields)| {
            let plain = fields.iter().filter(|(_, _, is_plain)| *is_plain);
            plain.map(move |(name, ..)| format!("{of}.{name}"))
        })
        .collect()
    }

    /// Everything there is to see of a type, so deep.
    fn selection(&self, of: &str, depth: usize) -> String {
        let fields = self.0.get(of).into_iter().flatten();
        let told = fields.filter_map(|(name, of, is_plain)| {
            if *is_plain {
                return Some(name.clone());
            }
            let is_page = of.ends_with("Connection");
            let is_known = self.0.contains_key(of) && name != "edges" && name != "pageInfo";
            let deeper = if is_page { depth } else { depth.checked_sub(1)? };
            is_known.then(|| format!("{name} {}", self.selection(of, deeper)))
        });
        format!("{{ __typename {} }}", told.collect::<Vec<_>>().join(" "))
    }
}
