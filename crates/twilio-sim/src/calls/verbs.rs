//! Obeying `TwiML`: one document after another, one verb after another.

use super::call::WebhookPurpose;
use super::dial;
use super::leg::{Leg, Over};
use super::order::{Address, Script};
use super::stream;
use super::twiml::{self, Link, Verb};
use super::webhook::{Webhook, WebhookAnswer, deliver};
use crate::accounts::AccountKind;
use crate::alerts::{FailedRequest, LogLevel};
use crate::form::Pairs;

const MAX_TWIML_BYTES: usize = 64 * 1024;

/// A document to be asked for.
pub(super) struct Next {
    address: Address,
    purpose: WebhookPurpose,
    /// Parameters beside those of every webhook.
    extra: Pairs,
}

impl Next {
    /// What `action` of a verb leads to, with the verb's own parameters.
    pub(super) fn action(link: &Link, base: &str, extra: Pairs) -> Self {
        Self {
            address: resolve(link, base),
            purpose: WebhookPurpose::Action,
            extra,
        }
    }
}

/// A document and the URL it came from, which its relative links start from.
struct Twiml {
    base: String,
    verbs: Vec<Verb>,
}

/// What was wrong with a document, in Twilio's code.
struct Unusable {
    code: u32,
    message: String,
    /// The request for it, for the error log.
    request: Box<FailedRequest>,
}

impl Unusable {
    fn new(code: u32, message: String) -> Self {
        Self {
            code,
            message,
            request: Box::default(),
        }
    }
}

/// Carries a script out until it ends, the call ends, or the call is turned away.
pub(super) async fn perform(leg: &Leg, script: &Script) -> Result<(), Over> {
    let mut twiml = match script {
        Script::Given { twiml, .. } => match read(twiml) {
            Ok(verbs) => Some(Twiml {
                base: String::new(),
                verbs,
            }),
            Err(unusable) => recover(leg, script, &unusable, "").await?,
        },
        Script::Fetch { first, .. } => {
            let next = Next {
                address: first.clone(),
                purpose: WebhookPurpose::Twiml,
                extra: Pairs::default(),
            };
            fetch(leg, script, &next).await?
        }
    };
    while let Some(document) = twiml {
        twiml = match obey(leg, &document).await? {
            Some(next) => fetch(leg, script, &next).await?,
            None => None,
        };
        leg.pace().await?;
    }
    // Also when the document was empty or could not be had: Twilio answers, if only to say so.
    leg.answer();
    Ok(())
}

async fn obey(leg: &Leg, document: &Twiml) -> Result<Option<Next>, Over> {
    for verb in &document.verbs {
        leg.check()?;
        if is_denied(leg, verb) {
            leg.note_error(10002, format!("<{}> is not available on trial accounts", verb.name()));
            continue;
        }
        let answers_late = matches!(verb, Verb::Dial(dial) if dial.answer_on_bridge);
        match verb {
            Verb::Reject(status) if leg.call().answered_at.is_none() => {
                leg.record_verb("Reject", status.as_str());
                return Err(leg.refuse(*status, 603));
            }
            Verb::Redirect(_) => {}
            _ if answers_late => {}
            _ => leg.answer(),
        }
        match verb {
            Verb::Say(text) => {
                leg.record_verb("Say", text);
                leg.pace().await?;
            }
            Verb::Play(url) => {
                leg.record_verb("Play", url);
                leg.pace().await?;
            }
            Verb::Pause { seconds } => {
                leg.record_verb("Pause", seconds.to_string());
                leg.wait(leg.sim.options().pace * *seconds).await?;
            }
            Verb::Gather => {
                leg.record_verb("Gather", "");
                leg.pace().await?;
            }
            Verb::Hangup => {
                leg.record_verb("Hangup", "");
                return Ok(None);
            }
            // Twilio ignores it on a call that is answered, except that the call ends.
            Verb::Reject(_) => return Ok(None),
            Verb::Redirect(link) => {
                leg.record_verb("Redirect", &link.url);
                let address = resolve(link, &document.base);
                return Ok(Some(Next {
                    address,
                    purpose: WebhookPurpose::Twiml,
                    extra: Pairs::default(),
                }));
            }
            Verb::Dial(dial) => {
                if let Some(next) = dial::dial(leg, dial, &document.base).await? {
                    return Ok(Some(next));
                }
            }
            Verb::Connect(connect) => {
                leg.record_verb("Connect", connect.stream.as_ref().map_or("", |stream| &stream.url));
                match &connect.stream {
                    Some(stream) => stream::connect(leg, stream, &document.base).await?,
                    None => leg.note_warning(12200, "<Connect> without <Stream> is not simulated"),
                }
                if let Some(link) = &connect.action {
                    return Ok(Some(Next::action(link, &document.base, Pairs::default())));
                }
            }
            Verb::Unknown(name) => leg.note_warning(12200, format!("<{name}> is not a verb the simulator knows")),
        }
    }
    Ok(None)
}

/// Whether the call's account is on trial and may not use the verb.
fn is_denied(leg: &Leg, verb: &Verb) -> bool {
    let account = leg.sim.account(&leg.account_sid);
    account.is_some_and(|account| {
        account.kind == AccountKind::Trial && account.denied_verbs.iter().any(|denied| denied == verb.name())
    })
}

/// Asks for a document; when that fails, for the fallback; when that fails too, there is none and the call ends.
async fn fetch(leg: &Leg, script: &Script, next: &Next) -> Result<Option<Twiml>, Over> {
    match ask(leg, next).await {
        Ok(document) => leg.check().map(|()| Some(document)),
        Err(unusable) => recover(leg, script, &unusable, &next.address.url).await,
    }
}

async fn recover(leg: &Leg, script: &Script, unusable: &Unusable, url: &str) -> Result<Option<Twiml>, Over> {
    let request = (*unusable.request).clone();
    leg.note(unusable.code, LogLevel::Error, unusable.message.clone(), request);
    leg.check()?;
    let Some(fallback) = script.fallback() else {
        return Ok(None);
    };
    let extra = Pairs(vec![
        ("ErrorCode".to_owned(), unusable.code.to_string()),
        ("ErrorUrl".to_owned(), url.to_owned()),
    ]);
    let next = Next {
        address: fallback.clone(),
        purpose: WebhookPurpose::Fallback,
        extra,
    };
    match ask(leg, &next).await {
        Ok(document) => leg.check().map(|()| Some(document)),
        Err(unusable) => {
            leg.note(unusable.code, LogLevel::Error, unusable.message, *unusable.request);
            Ok(None)
        }
    }
}

async fn ask(leg: &Leg, next: &Next) -> Result<Twiml, Unusable> {
    let mut parameters = leg.parameters();
    parameters.0.extend(next.extra.0.iter().cloned());
    let token = leg.sim.state().sids.idempotency_token();
    let webhook = Webhook {
        purpose: next.purpose,
        address: next.address.clone(),
        parameters,
    };
    let answer = deliver(&leg.sim, &leg.sid, &leg.account_sid, &webhook, &token).await;
    let answer = answer.map_err(|failure| Unusable {
        code: failure.code,
        message: failure.message,
        request: Box::new(webhook.failed_with(None)),
    })?;
    let verbs = read_answer(&answer).map_err(|unusable| Unusable {
        request: Box::new(webhook.failed_with(Some(&answer))),
        ..unusable
    })?;
    Ok(Twiml {
        base: next.address.url.clone(),
        verbs,
    })
}

fn read_answer(answer: &WebhookAnswer) -> Result<Vec<Verb>, Unusable> {
    let unusable = |code: u32, message: String| Err(Unusable::new(code, message));
    if !(200..300).contains(&answer.status) {
        return unusable(11200, format!("Got HTTP {} response", answer.status));
    }
    if answer.body.len() > MAX_TWIML_BYTES {
        return unusable(11750, format!("The document has {} bytes", answer.body.len()));
    }
    match answer.content_type.as_deref() {
        None => unusable(11200, "The answer has no Content-Type".to_owned()),
        Some("text/xml" | "application/xml" | "text/html") => read(&answer.body),
        // Read aloud where it is not TwiML.
        Some("text/plain") => Ok(read(&answer.body).unwrap_or_else(|_| vec![Verb::Say(answer.body.clone())])),
        Some(other) => unusable(12300, format!("Content-Type {other} is not TwiML")),
    }
}

fn read(text: &str) -> Result<Vec<Verb>, Unusable> {
    twiml::read(text).map_err(|message| Unusable::new(12100, message))
}

/// A link as an address: as it stands if it is absolute, else from the document's own URL.
pub(super) fn resolve(link: &Link, base: &str) -> Address {
    let is_absolute = link.url.contains("://");
    let joined = reqwest::Url::parse(base)
        .and_then(|base| base.join(&link.url))
        .ok()
        .filter(|_| !is_absolute);
    Address {
        method: link.method.clone(),
        url: joined.map_or_else(|| link.url.clone(), String::from),
    }
}
