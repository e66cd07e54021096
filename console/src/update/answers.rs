//! What the API answered.

use crate::connection::Trouble;
use crate::msg::{Effect, Question, Told};
use crate::queries::connections::AccountPage;
use crate::queries::viewer::{Role, WhoAmI};
use crate::scrub::scrub;
use crate::state::connection::Connection;
use crate::state::detail::Detail;
use crate::state::table::Load;
use crate::state::{Link, Model};

/// The schema that this console was written for.
pub const SCHEMA_VERSION: &str = "1";

pub(super) fn answered(model: &mut Model, question: Question, told: Result<Box<Told>, Trouble>) -> Vec<Effect> {
    match told {
        Err(trouble) => failed(model, &question, &trouble),
        Ok(told) => {
            model.heard_at = Some(model.now);
            taken(model, question, *told)
        }
    }
}

fn taken(model: &mut Model, question: Question, told: Told) -> Vec<Effect> {
    match (told, question) {
        (Told::WhoAmI(who), _) => signed_in(model, &who),
        (Told::NewestEvent(cursor), _) => {
            model.cursor = Some(cursor);
            return vec![Effect::Ask(Question::Connections { after: None })];
        }
        (Told::Connections(page), Question::Connections { after }) => return page_read(model, &page, after.is_none()),
        (Told::Detail(detail), Question::Detail { id }) => {
            let now = model.now;
            if let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == id) {
                let is_first = opened.detail.is_none();
                opened.detail = Detail::read(&detail);
                if let (true, Some(detail)) = (is_first, &opened.detail) {
                    opened.cursor = detail.cause.unwrap_or(0);
                }
                opened.trouble = opened.detail.is_none().then(|| "this connection is gone".to_owned());
                opened.asked_at = now;
            }
        }
        (Told::Done(Ok(())), Question::Verify { id, .. }) => {
            told_of(model, &id, "is verified again: what Twilio says is told live");
        }
        (Told::Done(Ok(())), Question::Sync { id, .. }) => told_of(model, &id, "has its numbers read again"),
        (Told::Done(Err(why)), _) => model.messages.trouble(model.now, scrub(&why, 300)),
        _ => {}
    }
    Vec::new()
}

fn told_of(model: &mut Model, id: &str, what: &str) {
    let name = model.connections.get(id).map(Connection::name).unwrap_or_default();
    model.messages.tell(model.now, format!("{name} {what}"));
}

fn signed_in(model: &mut Model, who: &WhoAmI) {
    model.skew = who.server_time - model.now;
    model.session.subject = scrub(&who.viewer.subject, 40);
    model.session.role = role(&who.viewer.role);
    model.session.permissions.clone_from(&who.viewer.permissions);
    let is_other = who.schema_version.split('.').next() != SCHEMA_VERSION.split('.').next();
    let version = scrub(&who.schema_version, 20);
    // It is asked for again and again, and told once.
    if model.session.schema_version.replace(version.clone()).as_ref() != Some(&version) && is_other {
        let text = format!(
            "the API's schema is {version}, this console knows {SCHEMA_VERSION}: what is new is shown as `? <word>`"
        );
        model.messages.trouble(model.now, text);
    }
}

fn role(role: &Role) -> String {
    match role {
        Role::Owner => "owner".to_owned(),
        Role::Member => "member".to_owned(),
        Role::Viewer => "viewer".to_owned(),
        Role::StaffViewer => "staff viewer".to_owned(),
        Role::Support => "support".to_owned(),
        Role::Lead => "lead".to_owned(),
        Role::Unheard(word) => format!("? {}", scrub(word, 20)),
    }
}

fn page_read(model: &mut Model, page: &AccountPage, is_first: bool) -> Vec<Effect> {
    if is_first {
        model.read = 0;
    }
    for account in &page.nodes {
        model.connections.put(Connection::from(account));
    }
    model.read += page.nodes.len();
    let next = page
        .page_info
        .end_cursor
        .clone()
        .filter(|_| page.page_info.has_next_page);
    let mut effects = vec![super::order_now(model)];
    if let Some(after) = next {
        effects.push(Effect::Ask(Question::Connections { after: Some(after) }));
        return effects;
    }
    model.connections.load = Load::Whole { at: model.now };
    if !matches!(model.link, Link::Live) {
        let after = model.cursor.clone();
        effects.push(Effect::Follow { after });
    }
    effects
}

fn failed(model: &mut Model, question: &Question, trouble: &Trouble) -> Vec<Effect> {
    let why = trouble.to_string();
    if *trouble == Trouble::SignedOut {
        model.link = Link::SignedOut;
        return Vec::new();
    }
    match question {
        Question::WhoAmI => return Vec::new(), // It is asked again soon; what is read, and the socket, tell of it.
        Question::NewestEvent | Question::Connections { .. } => {
            model.connections.load = Load::Failed {
                at: model.now,
                why: why.clone(),
            };
            super::read_later(model);
        }
        Question::Detail { id } => {
            if let Some(opened) = model.opened.as_mut().filter(|opened| opened.id == *id) {
                opened.trouble = Some(why.clone());
            }
        }
        Question::Verify { .. } | Question::Sync { .. } => {}
    }
    model.messages.trouble(model.now, why);
    Vec::new()
}
