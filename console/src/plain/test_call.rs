//! A test call: on the customer's bill, and so only after the word yes.

use std::io::Write;

use tokio::io::AsyncBufRead;

use super::menus::numbered;
use super::talk::{Said, Talk};
use crate::commands::lists::{self, Asked};
use crate::commands::{Failure, find, test_call};
use crate::queries::calls::TestCall;
use crate::queries::commands::find::NumberName;
use crate::queries::viewer::Permission;
use crate::state::connection::Connection;
use crate::state::rows::Number;

/// How many numbers are offered.
const OFFERED: usize = 100;

/// Asks for the number and the way, shows what it would be, and places it once the operator typed yes. `false` where they leave.
pub(super) async fn place<I: AsyncBufRead + Unpin, O: Write>(
    talk: &mut Talk<I, O>,
    row: &Connection,
) -> Result<bool, Failure> {
    if !talk.may(&Permission::TestCalls)? {
        return Ok(true);
    }
    let asked = Asked {
        account: Some(row.id.clone()),
        since: None,
        limit: OFFERED,
    };
    let read = lists::numbers(&talk.asker, &asked).await.map_err(Failure::from);
    let Some(read) = talk.survive(read)? else {
        return Ok(true);
    };
    let numbers: Vec<Number> = read.rows.into_iter().filter(|number| number.is_in_use).collect();
    if numbers.is_empty() {
        talk.say("no number of this connection is in use: there is nothing to test")?;
        return Ok(true);
    }
    for (place, number) in numbers.iter().enumerate() {
        talk.say(format!(
            "{} {} {}, agent {}",
            place + 1,
            number.number,
            number.nickname,
            number.agents()
        ))?;
    }
    let Said::Line(line) = talk.ask("which number? b for back:").await? else {
        return Ok(false);
    };
    let Some(number) = numbered(&line, &numbers) else {
        return Ok(true);
    };
    let found = find::number(&talk.asker, &number.id).await;
    let Some(number) = talk.survive(found)? else {
        return Ok(true);
    };
    let question = "1 it calls a line of ours, 2 the customer calls it, anything else for back:";
    let Said::Line(line) = talk.ask(question).await? else {
        return Ok(false);
    };
    match line.as_str() {
        "1" => confirmed(talk, &number, true).await,
        "2" => confirmed(talk, &number, false).await,
        _ => Ok(true),
    }
}

async fn confirmed<I: AsyncBufRead + Unpin, O: Write>(
    talk: &mut Talk<I, O>,
    number: &NumberName,
    is_outbound: bool,
) -> Result<bool, Failure> {
    let plan = test_call::plan(&talk.asker, number).await;
    let Some(plan) = talk.survive(plan)? else {
        return Ok(true);
    };
    let target = if is_outbound {
        let chosen = test_call::choose(&plan, "").cloned();
        match talk.survive(chosen)? {
            Some(target) => Some(target),
            None => return Ok(true),
        }
    } else {
        None
    };
    for line in test_call::planned(number, &plan, target.as_ref()) {
        talk.say(line)?;
    }
    let Said::Line(line) = talk.ask("type yes to start it, anything else for back:").await? else {
        return Ok(false);
    };
    if !line.eq_ignore_ascii_case("yes") {
        talk.say("not started")?;
        return Ok(true);
    }
    // It may have fallen back to reading, or the line may be down, since it was asked.
    if !talk.may(&Permission::TestCalls)? {
        return Ok(true);
    }
    let started = test_call::start(&talk.asker, number, target.as_ref()).await;
    let Some(mut test) = talk.survive(started)? else {
        return Ok(true);
    };
    if !is_outbound {
        talk.say(format!(
            "the customer may call {} now",
            crate::scrub::scrub(&number.number, 40)
        ))?;
    }
    let running = talk.options.running.clone();
    let go_on = |test: Option<&TestCall>| {
        if let Ok(mut running) = running.lock() {
            *running = test.cloned();
        }
    };
    go_on(Some(&test));
    let mut told = 0;
    loop {
        let steps = test_call::steps_since(&test, told);
        for step in steps {
            talk.say(test_call::step_line(step))?;
        }
        told += steps.len();
        if test.verdict.is_some() {
            go_on(None);
            talk.say(test_call::verdict_line(&test))?;
            return Ok(true);
        }
        let next = test_call::look(&talk.asker, &test).await;
        match talk.survive(next)? {
            Some(next) => test = next,
            None => return Ok(true),
        }
    }
}
