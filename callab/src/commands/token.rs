//! `callab token`: signs a token for development.

use std::io::Write;

use anyhow::bail;
use api::auth::{Claims, Hs256};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Clock, SystemClock};
use secrecy::{ExposeSecret, SecretString};

use crate::cli::TokenArgs;
use crate::config::Config;
use crate::token_keys;

pub(super) fn run(config: &Config, args: &TokenArgs) -> anyhow::Result<()> {
    let secret = token_keys::shared_secret(config)?;
    let token = sign(&secret, args, SystemClock.now())?;
    writeln!(std::io::stdout(), "{}", token.expose_secret())?;
    Ok(())
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
