//! `test-call ID`: proves on the customer's bill that a number works, and tells each step.

mod told;

use std::io::{BufRead, IsTerminal, Write};
use std::time::Duration;

use super::output::{self, Asker, Format, say};
use super::{Failure, find};
use crate::change::{Change, Done};
use crate::cli::TestCallArgs;
use crate::exit::Exit;
use crate::queries::calls::{
    IdVars, PlanOfTestCall, TestCall, TestCallById, TestCallPlan, TestCallTarget, TestCallVerdict,
};
use crate::queries::commands::find::NumberName;
use crate::scrub::scrub;
use cynic::QueryBuilder;
use told::written;
pub(crate) use told::{step_line, steps_since, verdict_line};

/// How often the test is looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(500);

/// Shows what it would be, asks unless told not to, places it, and tells its steps. Good when it passed. An interruption hangs
/// up.
///
/// # Errors
/// When there is no such number or target, nobody agreed, the API does not answer or refuses, or nobody reads.
pub async fn test_call(
    asker: &Asker,
    args: &TestCallArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let number = find::number(asker, &args.id).await?;
    let plan = plan(asker, &number).await?;
    let target = match &args.out {
        Some(meant) => Some(choose(&plan, meant)?),
        None => None,
    };
    for line in planned(&number, &plan, target) {
        say(&line);
    }
    if !args.yes {
        agreed()?;
    }
    let test = start(asker, &number, target).await?;
    let (mut told, mut written_to) = (0, Ok(()));
    let following = follow(asker, test.clone(), |test| {
        let steps = steps_since(test, told);
        for step in steps {
            match format {
                Format::Text if written_to.is_ok() => {
                    written_to = writeln!(out, "{}", step_line(step)).and_then(|()| out.flush());
                }
                Format::Text => {}
                Format::Json | Format::Csv => say(&step_line(step)),
            }
        }
        told += steps.len();
    });
    let test = tokio::select! {
        ended = following => ended?,
        _ = tokio::signal::ctrl_c() => {
            hang_up(asker, &test).await?;
            say("the call was hung up");
            return Err(Failure::Interrupted);
        }
    };
    written_to?;
    let written = written(&number, target, &test);
    match format {
        Format::Json => output::json(out, asker.is_partial(), 0, &written)?,
        Format::Csv => {
            let rows: Vec<_> = written.steps.iter().filter_map(output::map).collect();
            output::csv(out, &["name", "state", "at", "code", "detail"], &rows)?;
        }
        Format::Text => writeln!(out, "{}", verdict_line(&test))?,
    }
    out.flush()?;
    Ok(Exit::of(
        asker.is_partial(),
        test.verdict == Some(TestCallVerdict::Pass),
        false,
    ))
}

/// What a test of a number would be.
pub(crate) async fn plan(asker: &Asker, number: &NumberName) -> Result<TestCallPlan, Failure> {
    let plan = asker
        .ask(PlanOfTestCall::build(IdVars { id: number.id.clone() }))
        .await?;
    plan.test_call_plan
        .ok_or_else(|| Failure::Usage("the number is gone".to_owned()))
}

/// The line of Callab's that is meant: by its name, a part of it, or its number; the first where none is named.
pub(crate) fn choose<'p>(plan: &'p TestCallPlan, meant: &str) -> Result<&'p TestCallTarget, Failure> {
    let meant = meant.trim().to_lowercase();
    let fits = |target: &&TestCallTarget| target.to == meant || target.label.to_lowercase().contains(&meant);
    let found: Vec<&TestCallTarget> = plan.targets.iter().filter(fits).collect();
    let names = || {
        let names: Vec<String> = plan.targets.iter().map(|target| scrub(&target.label, 60)).collect();
        names.join(", ")
    };
    match found.as_slice() {
        [only] => Ok(only),
        [first, ..] if meant.is_empty() => Ok(first),
        [] if plan.targets.is_empty() => Err(Failure::Refused(
            "no line for test calls is set up at the API".to_owned(),
        )),
        [] => Err(Failure::Usage(format!(
            "there is no such target; there are: {}",
            names()
        ))),
        _ => Err(Failure::Usage(format!(
            "several targets are meant; there are: {}",
            names()
        ))),
    }
}

/// What a test would be, in lines.
pub(crate) fn planned(number: &NumberName, plan: &TestCallPlan, target: Option<&TestCallTarget>) -> Vec<String> {
    let left = format!(
        "{} of {} test calls are left for this number this hour",
        plan.left_this_hour, plan.limit_per_hour
    );
    let name = scrub(&number.name(), 160);
    match target {
        Some(target) => {
            let cost = plan.estimated_cost.as_ref().map_or_else(
                || "not known, as Twilio tells no price".to_owned(),
                |cost| format!("about {}", cost.shown()),
            );
            vec![
                format!("a test call from {name} to {}", scrub(&target.label, 60)),
                format!(
                    "cost: {cost}, on the CUSTOMER's Twilio bill; it ends by {} s",
                    plan.max_seconds
                ),
                left,
            ]
        }
        None => vec![
            format!("a test of calls to {name}: the customer calls the number, and what happens is told"),
            "the call that comes in is on the CUSTOMER's Twilio bill".to_owned(),
            left,
        ],
    }
}

/// Asks at a terminal; without one nobody can agree.
fn agreed() -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "it costs the customer's money, and there is no terminal to ask at: --yes starts it".to_owned(),
        ));
    }
    say("type yes to start:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    if line.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(Failure::Refused("not started".to_owned()))
    }
}

/// Starts it.
pub(crate) async fn start(
    asker: &Asker,
    number: &NumberName,
    target: Option<&TestCallTarget>,
) -> Result<TestCall, Failure> {
    let change = Change::Test {
        number: number.id.inner().to_owned(),
        to: target.map(|target| target.to.clone()),
    };
    match asker.change(&change).await? {
        Done::Test(test) => Ok(*test),
        _ => Err(Failure::Refused("the API told of no test call".to_owned())),
    }
}

/// Looks at it until it ended. `told` sees each look.
pub(crate) async fn follow(
    asker: &Asker,
    mut test: TestCall,
    mut told: impl FnMut(&TestCall),
) -> Result<TestCall, Failure> {
    loop {
        told(&test);
        if test.verdict.is_some() {
            return Ok(test);
        }
        test = look(asker, &test).await?;
    }
}

/// Waits a moment, and looks at it again.
pub(crate) async fn look(asker: &Asker, test: &TestCall) -> Result<TestCall, Failure> {
    tokio::time::sleep(LOOKS_EVERY).await;
    let found = asker.ask(TestCallById::build(IdVars { id: test.id.clone() })).await?;
    found
        .test_call
        .ok_or_else(|| Failure::Refused("the test call is gone".to_owned()))
}

/// Hangs up.
pub(crate) async fn hang_up(asker: &Asker, test: &TestCall) -> Result<(), Failure> {
    let id = test.id.inner().to_owned();
    asker.change(&Change::HangUp { id }).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(labels: &[&str]) -> TestCallPlan {
        TestCallPlan {
            targets: labels
                .iter()
                .enumerate()
                .map(|(n, label)| TestCallTarget {
                    label: (*label).into(),
                    to: format!("+1500555010{n}"),
                })
                .collect(),
            limit_per_hour: 5,
            left_this_hour: 2,
            estimated_cost: None,
            max_seconds: 60,
        }
    }

    #[test]
    fn a_target_is_chosen_by_name_or_number_and_only_from_the_list() {
        let lines = plan(&["Echo line, US", "Echo line, DE"]);
        for (meant, label) in [
            ("", "Echo line, US"),
            ("de", "Echo line, DE"),
            ("+15005550101", "Echo line, DE"),
        ] {
            assert_eq!(choose(&lines, meant).unwrap().label, label, "{meant}");
        }
        for (meant, told) in [("+4930123456", "no such target"), ("echo", "several targets")] {
            let error = choose(&lines, meant).unwrap_err();
            assert!(
                error.to_string().contains(told) && error.exit() == Exit::Usage,
                "{error}"
            );
        }
        assert_eq!(choose(&plan(&[]), "").unwrap_err().exit(), Exit::NotGood);
    }
}
