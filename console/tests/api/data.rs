//! What the fake API knows: connections, and what became of them, in order.

use serde_json::{Value, json};

/// The states, by how often they are planted: most connections are healthy.
const STATES: [&str; 10] = [
    "FAILING",
    "DEGRADED",
    "SUSPENDED",
    "UNVERIFIED",
    "HEALTHY",
    "HEALTHY",
    "HEALTHY",
    "HEALTHY",
    "HEALTHY",
    "HEALTHY",
];

/// What is planted.
pub struct Data {
    /// The connections, as the schema's `TwilioAccount`.
    pub rows: Vec<Value>,
    /// The places of those that changed, oldest first: an event's cursor is its place here.
    pub changes: Vec<usize>,
    /// What stands in every string that nothing was planted for.
    pub text: String,
    /// The version that the schema claims.
    pub schema_version: String,
    /// The role, and what it may.
    pub viewer: Value,
    /// What else is answered, by the field at the root.
    pub planted: Value,
}

impl Data {
    /// So many connections: every tenth of them fails.
    pub fn of(count: usize) -> Self {
        Self {
            rows: (0..count).map(|place| row(place, count)).collect(),
            changes: Vec::new(),
            text: "some text".to_owned(),
            schema_version: "1".to_owned(),
            planted: Value::Null,
            viewer: json!({
                "subject": "op-17", "role": "SUPPORT",
                "permissions": ["VIEW", "PAUSE_ACCOUNTS", "CHECK_ACCOUNTS", "TEST_CALLS", "MANAGE_JOBS", "ACKNOWLEDGE_BILLING"],
            }),
        }
    }

    /// The cursor of the newest event.
    pub fn cursor(&self) -> String {
        format!("c{}", self.changes.len())
    }

    /// The event behind a cursor.
    pub fn place(cursor: &str) -> usize {
        cursor.trim_start_matches('c').parse().expect("a cursor of this API")
    }

    /// A page of connections.
    pub fn page(&self, arguments: &Value) -> Value {
        let from = arguments["after"]
            .as_str()
            .map_or(0, |after| after.trim_start_matches('p').parse().expect("a page"));
        let first = usize::try_from(arguments["first"].as_u64().unwrap_or(25)).expect("a size");
        let to = (from + first).min(self.rows.len());
        json!({
            "nodes": self.rows[from..to],
            "pageInfo": { "hasNextPage": to < self.rows.len(), "endCursor": format!("p{to}") },
            "totalCount": self.rows.len(),
        })
    }

    /// A connection by its id.
    pub fn row(&self, id: &Value) -> Value {
        self.rows
            .iter()
            .find(|row| row["id"] == *id)
            .cloned()
            .unwrap_or_default()
    }

    /// Connections by their ids, and nothing for an id that is of none.
    pub fn nodes(&self, ids: &Value) -> Value {
        let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows = ids.iter().map(|id| {
            let mut row = self.row(id);
            if let Some(fields) = row.as_object_mut() {
                fields.insert("__typename".to_owned(), json!("TwilioAccount"));
            }
            row
        });
        rows.collect()
    }

    /// A connection's health becomes another.
    pub fn change(&mut self, place: usize, state: &str) {
        let count = self.rows.len();
        let row = &mut self.rows[place % count];
        row["health"]["state"] = json!(state);
        row["health"]["since"] = json!(now());
        row["health"]["reason"] = reason(state);
        self.changes.push(place % count);
    }
}

/// The moment, as the API writes it.
pub fn now() -> String {
    console::surroundings::now().to_rfc3339()
}

fn row(place: usize, count: usize) -> Value {
    let state = STATES[place * STATES.len() / count.max(1) % STATES.len()];
    let hours = i64::try_from(place % 50).expect("a small number");
    let since = console::surroundings::now() - chrono::TimeDelta::hours(hours + 1);
    json!({
        "id": format!("acc-{place}"),
        "sid": format!("AC{place:032x}"),
        "label": format!("main-{place}"),
        "workspace": { "name": format!("Customer {place}") },
        "numbersInUse": place % 40,
        "callFigures": { "attempts": place % 900, "connectRate": 0.5 },
        "health": {
            "state": state, "since": since.to_rfc3339(), "asOf": now(), "isStale": false, "lastKnownState": null,
            "isIdle": false, "isFlapping": false, "reason": reason(state),
        },
    })
}

fn reason(state: &str) -> Value {
    if state == "HEALTHY" {
        return Value::Null;
    }
    json!({
        "code": "TOKEN_REJECTED", "text": "Twilio rejects the Auth Token.", "evidence": "401, 24 times",
        "whoActs": "CUSTOMER", "twilioCode": 20003,
    })
}
