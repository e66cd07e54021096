//! The rows as they are written. The names of fields are those of `docs/console.md`; they are only added to.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Record;
use crate::commands::output::moment;
use crate::state::rows::{AuditEntry, Call, Episode, Job, Number};
use crate::state::table::Row;
use crate::view::text::{age, fit, right};

/// A field by the name that filters use.
fn field(row: &impl Row, name: &str) -> String {
    row.field(name).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

impl Record for Number {
    const NAME: &'static str = "numbers";
    const HEADS: &'static [&'static str] = &[
        "state",
        "number",
        "name",
        "customer",
        "connection",
        "webhook",
        "agent",
        "hasVoice",
        "trouble",
        "seenAt",
        "sid",
        "id",
        "lastInAt",
        "lastOutAt",
        "calls",
        "attempts",
        "connectPercent",
    ];

    fn record(&self) -> Value {
        json!({
            "id": self.id, "sid": self.sid, "number": self.number, "name": self.nickname,
            "customer": self.owner.customer, "connection": self.owner.label, "connectionId": self.owner.id,
            "state": field(self, "state"), "isInUse": self.is_in_use, "hasVoice": self.has_voice, "webhook": self.webhook,
            "agent": self.agents(), "agentIn": self.answers, "agentOut": self.calls, "trouble": self.trouble,
            "seenAt": moment(self.seen_at), "lastInAt": self.figures.last_in_at.map(moment), "lastOutAt": self.figures.last_out_at.map(moment),
            "calls": self.figures.calls, "attempts": self.figures.attempts, "connectPercent": self.figures.connected.map(|percent| (percent * 10.0).round() / 10.0),
        })
    }

    fn line(&self, now: DateTime<Utc>) -> String {
        let (state, number, name) = (
            fit(&field(self, "state"), 4),
            fit(&self.number, 17),
            fit(&self.nickname, 20),
        );
        let (owner, agent) = (fit(&self.owner.name(), 32), fit(&self.agents(), 20));
        let trouble = self.trouble.as_deref().unwrap_or_default();
        let seen = right(&age(self.seen_at, now), 4);
        let (last_in, last_out) = self.last_calls(|at| format!("{} ago", age(at, now)));
        let (last_in, last_out) = (fit(&last_in, 8), fit(&last_out, 8));
        let (calls, percent) = (
            right(&self.figures.calls.to_string(), 5),
            right(&self.figures.percent(), 5),
        );
        format!(
            "{state} {number} {name} {owner} {} {agent} {seen}  in {last_in} out {last_out} 24h {calls} calls, {percent} % connected  {trouble}",
            fit(&self.webhook, 9)
        )
    }
}

impl Record for Call {
    const NAME: &'static str = "calls";
    const HEADS: &'static [&'static str] = &[
        "at",
        "direction",
        "number",
        "otherEnd",
        "result",
        "setupMs",
        "talkSeconds",
        "code",
        "stopped",
        "customer",
        "connection",
        "agent",
        "price",
        "sid",
        "id",
    ];

    fn record(&self) -> Value {
        json!({
            "id": self.id, "sid": self.sid, "at": moment(self.at), "direction": self.direction, "number": self.number,
            "otherEnd": self.other_end, "customer": self.owner.customer, "connection": self.owner.label,
            "connectionId": self.owner.id, "result": self.result, "agent": self.agent, "code": self.code,
            "stopped": self.stopped, "setupMs": self.setup_ms, "talkSeconds": self.talk_s, "price": self.price,
            "isOpen": self.is_open,
        })
    }

    fn line(&self, _: DateTime<Utc>) -> String {
        let at = self.at.format("%Y-%m-%d %H:%M:%SZ");
        let (direction, result) = (fit(&self.direction, 3), fit(&self.result, 9));
        let (number, other) = (fit(&self.number, 17), fit(&self.other_end, 17));
        let code = self.code.map(|code| format!("{code} ")).unwrap_or_default();
        format!(
            "{at} {direction} {number} {other} {result} {} {code}{}",
            fit(&self.owner.name(), 32),
            self.stopped
        )
    }
}

impl Record for Episode {
    const NAME: &'static str = "billing";
    const HEADS: &'static [&'static str] = &[
        "state",
        "customer",
        "connection",
        "alert",
        "balance",
        "openedAt",
        "closedAt",
        "acknowledged",
        "asOf",
        "id",
    ];

    fn record(&self) -> Value {
        json!({
            "id": self.id, "state": field(self, "state"), "customer": self.owner.customer, "connection": self.owner.label,
            "connectionId": self.owner.id, "alert": self.text, "balance": self.balance, "openedAt": moment(self.opened_at),
            "closedAt": self.closed_at.map(moment), "acknowledged": self.acknowledged, "asOf": moment(self.as_of),
        })
    }

    fn line(&self, now: DateTime<Utc>) -> String {
        let (state, opened) = (fit(&field(self, "state"), 4), right(&age(self.opened_at, now), 4));
        let note = self
            .acknowledged
            .as_deref()
            .map(|note| format!("  noted by {note}"))
            .unwrap_or_default();
        format!(
            "{state} {opened} {} {}, balance {}{note}",
            fit(&self.owner.name(), 40),
            self.text,
            self.balance
        )
    }
}

impl Record for Job {
    const NAME: &'static str = "jobs";
    const HEADS: &'static [&'static str] = &[
        "state",
        "kind",
        "customer",
        "connection",
        "attempt",
        "maxAttempts",
        "runAt",
        "finishedAt",
        "progress",
        "error",
        "id",
    ];

    fn record(&self) -> Value {
        let failed: Vec<Value> = self
            .failed
            .iter()
            .map(|(at, error)| json!({ "at": at.map(moment), "error": error }))
            .collect();
        json!({
            "id": self.id, "kind": self.kind, "state": self.state, "customer": self.owner.customer,
            "connection": self.owner.label, "connectionId": self.owner.id, "attempt": self.tries.0,
            "maxAttempts": self.tries.1, "progress": self.progress, "error": self.error, "failedAttempts": failed,
            "runAt": moment(self.run_at), "finishedAt": self.finished_at.map(moment), "isCancelable": self.is_cancelable,
        })
    }

    fn line(&self, now: DateTime<Utc>) -> String {
        let at = self.finished_at.unwrap_or(self.run_at);
        let when = if at > now {
            format!("in {}", age(now, at))
        } else {
            age(at, now)
        };
        let told = match self.state.as_str() {
            "done" => "",
            "running" => self.progress.as_deref().unwrap_or_default(),
            _ => self.error.as_deref().unwrap_or_default(),
        };
        let tries = format!("{}/{}", self.tries.0, self.tries.1);
        let (state, kind, owner) = (fit(&self.state, 8), fit(&self.kind, 20), fit(&self.owner.name(), 40));
        format!("{state} {kind} {owner} {} {} {told}", fit(&tries, 5), right(&when, 6))
    }
}

impl Record for AuditEntry {
    const NAME: &'static str = "audit";
    const HEADS: &'static [&'static str] = &[
        "at",
        "actor",
        "action",
        "customer",
        "connection",
        "outcome",
        "details",
        "request",
        "id",
        "role",
        "apiKey",
    ];

    fn record(&self) -> Value {
        json!({
            "id": self.id, "at": moment(self.at), "actor": self.actor, "role": self.role, "apiKey": self.api_key,
            "action": self.action,
            "customer": self.owner.customer, "connection": self.owner.label, "connectionId": self.owner.id,
            "outcome": self.outcome, "details": self.details, "request": self.trace,
        })
    }

    fn line(&self, _: DateTime<Utc>) -> String {
        let at = self.at.format("%Y-%m-%d %H:%M:%SZ");
        let (actor, action) = (fit(&self.who(), 28), fit(&self.action, 26));
        format!(
            "{at} {actor} {action} {} {}  {}",
            fit(&self.owner.name(), 40),
            self.outcome,
            self.details
        )
    }
}
