//! `callab audit`: whether the audit log still tells what it told, and forgetting a person.
//!
//! Reads the database and the vault alone, while the product runs or not.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use domain::audit::{self, Forgotten, Head, Known, LOG_TARGET, Verified};
use domain::{Database, SystemClock, SystemIds, workspaces};
use entity::{AuditEntryId, WorkspaceId};
use serde_json::{Value, json};
use tracing::info;
use vault::Vault;

use super::{installed, operator};
use crate::cli::{AuditCommand, EraseArgs, VerifyArgs};
use crate::config::Config;
use crate::telemetry;

/// Nothing is wrong.
const INTACT: u8 = 0;
/// Something is.
const FAULT: u8 = 1;
/// Nothing could be found out: the command line, the configuration, the database or the keys.
const COULD_NOT: u8 = 2;

pub(super) async fn run(config: anyhow::Result<Config>, command: &AuditCommand) -> ExitCode {
    let ended = match (config, command) {
        (Ok(config), AuditCommand::Verify(args)) => verify(&config, args).await,
        (Ok(config), AuditCommand::Erase(args)) => erase(&config, args).await,
        (Err(error), _) => Err(error),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(std::io::stderr(), "callab: {error:#}");
            ExitCode::from(COULD_NOT)
        }
    }
}

async fn verify(config: &Config, args: &VerifyArgs) -> anyhow::Result<u8> {
    let heads = heads(args)?;
    if let Some(workspace) = args.workspace
        && let Some(other) = heads.iter().find(|head| head.workspace.0 != workspace)
    {
        bail!("the head {other} is of another workspace than {workspace}");
    }
    let (db, vault) = installed::open(config).await?;
    if let Some(workspace) = args.workspace
        && heads.is_empty()
    {
        let is_there = workspaces::exists(&db, WorkspaceId(workspace)).await?;
        ensure!(is_there, "there is no workspace {workspace}");
    }
    let mut out = std::io::stdout().lock();
    let mut totals = Totals::default();
    let mut named: BTreeSet<WorkspaceId> = heads.iter().map(|head| head.workspace).collect();
    let known = Known {
        heads: heads.into_iter().collect(),
        looked_into: args.looked_into.iter().copied().map(AuditEntryId).collect(),
    };
    let mut after = None;
    loop {
        let batch = match args.workspace {
            Some(workspace) => vec![WorkspaceId(workspace)],
            None => audit::workspaces(&db, after)
                .await
                .context("could not read the workspaces")?,
        };
        after = batch.last().copied();
        for workspace in batch {
            named.remove(&workspace);
            totals.tell(&mut out, &check(&db, &vault, workspace, &known).await?, args)?;
        }
        if after.is_none() || args.workspace.is_some() {
            break;
        }
    }
    // Chains that are there no more.
    for workspace in named {
        totals.tell(&mut out, &check(&db, &vault, workspace, &known).await?, args)?;
    }
    db.close().await?;
    totals.end(&mut out, args)?;
    Ok(if totals.faults == 0 { INTACT } else { FAULT })
}

/// The heads of the command line, and of the file that it names.
fn heads(args: &VerifyArgs) -> anyhow::Result<Vec<Head>> {
    let mut heads = args.head.clone();
    let Some(file) = &args.heads_from else {
        return Ok(heads);
    };
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.with_context(|| format!("could not read heads from {}", file.display()))?;
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    for (n, line) in lines {
        let head = line.parse();
        heads.push(head.with_context(|| format!("line {} of {}", n + 1, file.display()))?);
    }
    ensure!(!heads.is_empty(), "there is no head in {}", file.display());
    Ok(heads)
}

async fn check(db: &Database, vault: &Vault, workspace: WorkspaceId, known: &Known) -> anyhow::Result<Verified> {
    let verified = audit::verify((db, vault), &SystemClock, workspace, known).await;
    verified.with_context(|| format!("could not read the audit log of workspace {workspace}"))
}

#[derive(Default)]
struct Totals {
    workspaces: u64,
    entries: i64,
    faults: u64,
}

impl Totals {
    /// Counts a workspace and prints its line, unless there is nothing to say of it.
    fn tell(&mut self, out: &mut impl Write, verified: &Verified, args: &VerifyArgs) -> std::io::Result<()> {
        let is_empty = verified.entries == 0 && verified.waiting == 0 && verified.fault.is_none();
        if is_empty && args.workspace.is_none() {
            return Ok(());
        }
        self.workspaces += 1;
        self.entries += verified.entries;
        self.faults += u64::from(verified.fault.is_some());
        if args.json {
            writeln!(out, "{}", as_json(verified))
        } else {
            writeln!(out, "{}", as_text(verified))
        }
    }

    fn end(&self, out: &mut impl Write, args: &VerifyArgs) -> std::io::Result<()> {
        if args.json {
            return Ok(());
        }
        let found = match self.faults {
            0 => "intact".to_owned(),
            faults => format!("FAULTS in {faults}"),
        };
        writeln!(out, "{} workspaces, {} entries: {found}", self.workspaces, self.entries)
    }
}

fn as_json(verified: &Verified) -> Value {
    let fault = verified.fault.as_ref().map(
        |fault| json!({ "seq": fault.seq, "kind": fault.kind.as_str(), "entry": fault.entry.map(|id| id.to_string()) }),
    );
    json!({
        "workspace": verified.workspace.to_string(),
        "entries": verified.entries,
        "erased": verified.erased,
        "waiting": verified.waiting,
        "head": verified.head.as_ref().map(ToString::to_string),
        "fault": fault,
    })
}

fn as_text(verified: &Verified) -> String {
    let mut parts = vec![format!("{}  {} entries", verified.workspace, verified.entries)];
    if verified.erased > 0 {
        parts.push(format!("{} erased", verified.erased));
    }
    if verified.waiting > 0 {
        parts.push(format!("{} waiting", verified.waiting));
    }
    parts.push(match (&verified.fault, &verified.head) {
        (Some(fault), _) => {
            let entry = fault.entry.map(|entry| format!(" (entry {entry})"));
            format!("{} AT {}{}", fault.kind.as_str(), fault.seq, entry.unwrap_or_default())
        }
        (None, Some(head)) => format!("intact, head {head}"),
        (None, None) => "intact".to_owned(),
    });
    parts.join(", ")
}

/// Forgets a person. The line in the log says who did it and in how many entries, and not whom.
async fn erase(config: &Config, args: &EraseArgs) -> anyhow::Result<u8> {
    telemetry::start(&config.log)?;
    let (db, vault) = installed::open(config).await?;
    let operator = operator::named(&args.operator);
    let whom = Forgotten {
        workspace: WorkspaceId(args.workspace),
        actor: args.actor.clone(),
    };
    let erased = audit::erase((&db, &vault), (&SystemClock, &SystemIds), &operator, &whom)
        .await
        .context("could not erase")?;
    info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, workspace.id = %whom.workspace,
        audit.erased = erased }, "{} had who acted erased in {erased} entries", operator.name);
    db.close().await?;
    writeln!(std::io::stdout(), "erased who acted in {erased} entries")?;
    Ok(INTACT)
}
