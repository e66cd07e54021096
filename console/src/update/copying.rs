//! What is handed to the terminal's clipboard. The terminal does not say whether it took it.

use crate::action::Action;
use crate::msg::Effect;
use crate::state::table::{Glance, Listed};
use crate::state::{Entry, Goal, Menu, Model, Overlay, Screen};

/// What can be copied of the row under the cursor.
pub(super) fn menu(model: &mut Model) {
    let glance = model.glance();
    let lists = &model.lists;
    let copies = match model.screen {
        Screen::Overview | Screen::Connection => model.subject().map(|row| {
            let health = if model.is_stale(row) {
                row.in_words(!model.is_last_known(), model.now)
            } else {
                row.judged().name().to_owned()
            };
            let facts = vec![
                ("health", health),
                ("customer", row.customer.clone()),
                ("connection", row.label.clone()),
                ("sid", row.sid.clone()),
                ("cause", row.likely_cause()),
            ];
            copies(&row.id, Some(&row.sid), &facts)
        }),
        Screen::Numbers => lists.numbers.table.selected().map(|row| listed(row, glance)),
        Screen::Calls => lists.calls.table.selected().map(|row| listed(row, glance)),
        Screen::Billing => lists.billing.table.selected().map(|row| listed(row, glance)),
        Screen::Jobs => lists.jobs.table.selected().map(|row| listed(row, glance)),
        Screen::Audit => lists.audit.table.selected().map(|row| listed(row, glance)),
        Screen::Events => lists.events.table.selected().map(|row| listed(row, glance)),
    };
    if let Some(entries) = copies {
        model.overlay = Some(Overlay::Menu(Menu {
            title: "Copy".to_owned(),
            entries,
            cursor: 0,
        }));
    } else {
        model.messages.trouble(model.now, super::ways::NOT_READ);
    }
}

fn listed<R: Listed>(row: &R, glance: Glance) -> Vec<Entry> {
    copies(row.id(), row.sid(), &row.facts(glance))
}

fn copies(id: &str, sid: Option<&str>, facts: &[(&str, String)]) -> Vec<Entry> {
    let text = facts
        .iter()
        .map(|(_, cell)| cell.as_str())
        .collect::<Vec<_>>()
        .join("  ");
    let mut json = serde_json::Map::from_iter([("id".to_owned(), id.into())]);
    json.extend(sid.map(|sid| ("sid".to_owned(), sid.into())));
    json.extend(
        facts
            .iter()
            .map(|(head, cell)| (head.to_lowercase(), cell.as_str().into())),
    );
    let json = serde_json::Value::Object(json).to_string();
    let entries = [
        sid.map(|sid| ("SID", sid.to_owned())),
        Some(("id", id.to_owned())),
        Some(("row", text)),
        Some(("JSON", json)),
    ];
    let entries = entries.into_iter().flatten().enumerate();
    entries
        .map(|(place, (title, text))| Entry {
            title: title.to_owned(),
            key: (place + 1).to_string(),
            off: None,
            goal: Goal::Copy(text),
        })
        .collect()
}

/// Hands text over.
pub(super) fn copied(model: &mut Model, what: &str, text: String) -> Vec<Effect> {
    let told = format!("{what} was sent to the terminal's clipboard");
    model.messages.tell(model.now, told);
    vec![Effect::Copy(text)]
}

/// The reply for the customer.
pub(super) fn reply(model: &mut Model) -> Vec<Effect> {
    let Some(advice) = model.advice() else {
        let text = "open the connection first: the reply is made of its checks";
        model.messages.trouble(model.now, text);
        return Vec::new();
    };
    copied(model, "the reply for the customer", advice.reply)
}

/// The web app's page of the connection.
pub(super) fn dashboard(model: &mut Model) -> Vec<Effect> {
    if let (Some(address), Some(id)) = (&model.dashboard, model.subject_id()) {
        let link = address.replace("{account}", &id);
        let what = format!("{}: {link}", Action::Dashboard.title());
        copied(model, &what, link)
    } else {
        let text = "no dashboard is configured: dashboard = \"https://…/{account}\" in the configuration";
        model.messages.trouble(model.now, text);
        Vec::new()
    }
}
