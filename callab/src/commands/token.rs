//! `callab token`: signs a token for development.

use std::io::Write;

use anyhow::bail;
use api::auth::{Claims, Hs256};
use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::{self, Act, LOG_TARGET, Operator, SIGNED};
use domain::{Clock, SystemClock, SystemIds, workspaces};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing::{info, warn};

use super::operator;
use crate::cli::TokenArgs;
use crate::config::Config;
use crate::{data_dir, database, row_security, telemetry, token_keys};

/// Signs, leaves a line in the log and, where the database knows the workspace, an entry in its audit log, and then prints the
/// token.
pub(super) async fn run(config: &Config, args: &TokenArgs) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    let secret = token_keys::shared_secret(config)?;
    let token = sign(&secret, args, SystemClock.now())?;
    let operator = operator::named(&args.operator);
    let entry = match tell(config, args, &operator).await {
        Ok(is_told) => is_told,
        Err(error) => {
            // A token is good without a database, too, and who has the secret needs no command of ours: the log is the witness
            // then.
            warn!(target: LOG_TARGET, { error = format!("{error:#}") }, "could not write the audit entry of a token");
            false
        }
    };
    info!(target: LOG_TARGET, { actor = operator.name, request.id = operator.request_id, token.subject = args.subject,
        token.role = args.role.as_str(), token.workspace = args.workspace, token.hours = args.hours, audit.entry = entry },
        "{} had a token signed", operator.name);
    writeln!(std::io::stdout(), "{}", token.expose_secret())?;
    Ok(())
}

/// Writes the audit entry, if there is a database that knows the workspace. Answers whether it was written.
async fn tell(config: &Config, args: &TokenArgs, operator: &Operator) -> anyhow::Result<bool> {
    let is_there = config.database.url.is_some() || data_dir::database(&config.data_dir).exists();
    let (Some(named), true) = (&args.workspace, is_there) else {
        return Ok(false);
    };
    let db = database::open(&config.database, &config.data_dir).await?;
    database::require_current(&db).await?;
    let db = row_security::confining(db).await?;
    let workspace = workspaces::find_by_external_id(&db, named).await?;
    if let Some(workspace) = workspace {
        let act = Act::on(SIGNED, "workspace", workspace)
            .with(json!({ "subject": args.subject, "role": args.role.as_str(), "hours": args.hours }));
        audit::by_operator(&db, (&SystemClock, &SystemIds), operator, workspace, act).await?;
    }
    db.close().await?;
    Ok(workspace.is_some())
}

fn sign(secret: &Hs256, args: &TokenArgs, now: DateTime<Utc>) -> anyhow::Result<SecretString> {
    let role = args.role.as_str();
    match (args.role.is_staff(), &args.workspace) {
        (true, Some(_)) => bail!("{role} belongs to Callab's staff and to no workspace: leave --workspace out"),
        (false, None) => bail!("{role} is a role in a workspace: name it with --workspace"),
        _ => {}
    }
    let claims = Claims {
        sub: args.subject.clone(),
        role: role.to_owned(),
        workspace: args.workspace.clone(),
        workspace_name: args.workspace_name.clone(),
        nbf: None,
        exp: (now + TimeDelta::hours(args.hours.into())).timestamp(),
    };
    Ok(secret.sign(&claims)?)
}

#[cfg(test)]
mod tests {
    use api::auth::TokenVerifier;
    use domain::Role;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::cli::OperatorArg;

    fn secret() -> Hs256 {
        Hs256 {
            secret: "0123456789abcdef0123456789abcdef".into(),
            audience: Some("callab-byot".into()),
            issuer: Some("https://app.example".into()),
        }
    }

    fn args(role: Role, workspace: Option<&str>) -> TokenArgs {
        TokenArgs {
            role,
            workspace: workspace.map(str::to_owned),
            workspace_name: workspace.map(|_| "Blue Harbor Dental".to_owned()),
            subject: "developer".into(),
            hours: 2,
            operator: OperatorArg::default(),
        }
    }

    #[test]
    fn a_token_is_accepted_as_long_as_it_says() {
        let now = SystemClock.now();
        let token = sign(&secret(), &args(Role::Owner, Some("blue-harbor")), now).unwrap();
        let verify = |at| {
            let verifier = TokenVerifier::hs256(&secret());
            verifier.verify(token.expose_secret(), at).now_or_never().unwrap()
        };
        let identity = verify(now + TimeDelta::minutes(119)).unwrap();
        assert_eq!((identity.subject.as_str(), identity.role), ("developer", Role::Owner));
        assert_eq!(
            identity.workspace,
            Some(("blue-harbor".into(), Some("Blue Harbor Dental".into())))
        );
        assert!(verify(now + TimeDelta::minutes(121)).is_err());
        let other = Hs256 {
            audience: Some("another".into()),
            ..secret()
        };
        let other = TokenVerifier::hs256(&other);
        let verified = other.verify(token.expose_secret(), now).now_or_never();
        assert!(verified.unwrap().is_err());
    }

    #[test]
    fn staff_belong_to_no_workspace_and_everyone_else_to_one() {
        let now = SystemClock.now();
        for role in Role::of_tokens() {
            assert_eq!(
                sign(&secret(), &args(role, None), now).is_ok(),
                role.is_staff(),
                "{role:?} without"
            );
            assert_eq!(
                sign(&secret(), &args(role, Some("a")), now).is_ok(),
                !role.is_staff(),
                "{role:?} with"
            );
        }
    }
}
