use chrono::{DateTime, TimeZone, Utc};
use domain::Role;
use futures_util::FutureExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::sign_in::actor;
use super::*;
use crate::testing;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
}

fn signed() -> Hs256 {
    Hs256 {
        secret: "a secret that the web app and Callab share".into(),
        audience: Some("callab-byot".into()),
        issuer: Some("https://app.callab.example".into()),
    }
}

/// A token that is valid, but for what `change` does to its claims.
fn token(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "sub": "person-1", "role": "owner", "workspace": "ws-1", "workspace_name": "Nordwind Reisen",
        "exp": now().timestamp() + 60, "aud": "callab-byot", "iss": "https://app.callab.example",
    });
    change(&mut claims);
    let key = EncodingKey::from_secret(signed().secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
}

/// Nothing has to be waited for where a secret is shared.
fn verified(signed: &Hs256, token: &str) -> Result<Identity, Unauthenticated> {
    let verified = TokenVerifier::hs256(signed).verify(token, now()).now_or_never();
    verified.unwrap().map_err(|why| match why {
        NotVerified::Unauthenticated(why) => why,
        NotVerified::KeysUnavailable(why) => panic!("{why}"),
    })
}

fn verify(token: &str) -> Result<Identity, Unauthenticated> {
    verified(&signed(), token)
}

#[test]
fn a_token_names_a_person_a_role_and_a_workspace() {
    let identity = verify(&token(|_| {})).unwrap();
    assert_eq!(identity.subject, "person-1");
    assert_eq!(identity.role, Role::Owner);
    assert_eq!(
        identity.workspace,
        Some(("ws-1".into(), Some("Nordwind Reisen".into())))
    );
}

#[test]
fn what_is_signed_here_is_valid_here() {
    let claims = Claims {
        sub: "person-1".into(),
        role: "lead".into(),
        workspace: None,
        workspace_name: None,
        nbf: None,
        exp: now().timestamp() + 60,
    };
    let token = signed().sign(&claims).unwrap();
    assert_eq!(verify(token.expose_secret()).unwrap().role, Role::Lead);
}

#[test]
fn a_token_counts_in_its_time_with_half_a_minute_of_leeway() {
    let expiring = |seconds: i64| verify(&token(|claims| claims["exp"] = json!(now().timestamp() + seconds)));
    assert!(expiring(-29).is_ok());
    assert_eq!(expiring(-30), Err(Unauthenticated::Expired));
    let beginning = |seconds: i64| verify(&token(|claims| claims["nbf"] = json!(now().timestamp() + seconds)));
    assert!(beginning(30).is_ok());
    assert_eq!(beginning(31), Err(Unauthenticated::NotYet));
    assert!(verify(&token(|claims| claims["exp"] = json!(4_000_000_000.5))).is_ok());
    assert_eq!(
        verify(&token(|claims| claims["exp"] = json!("soon"))),
        Err(Unauthenticated::NotValid)
    );
    let without = token(|claims| _ = claims.as_object_mut().unwrap().remove("exp"));
    assert_eq!(verify(&without), Err(Unauthenticated::NotValid));
}

#[test]
fn a_token_of_another_secret_service_or_algorithm_is_refused() {
    let another = EncodingKey::from_secret(b"another secret");
    let claims = json!({ "sub": "p", "role": "owner", "workspace": "w", "exp": now().timestamp() + 60,
                         "aud": "callab-byot", "iss": "https://app.callab.example" });
    let forged = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &another).unwrap();
    let other_algorithm = jsonwebtoken::encode(
        &Header::new(Algorithm::HS512),
        &claims,
        &EncodingKey::from_secret(signed().secret.expose_secret().as_bytes()),
    );
    let without = |name: &'static str| token(move |claims| _ = claims.as_object_mut().unwrap().remove(name));
    let too_long = token(|claims| claims["filler"] = json!("x".repeat(8 * 1024)));
    let refused = [
        (forged, Unauthenticated::NotValid),
        (other_algorithm.unwrap(), Unauthenticated::Algorithm),
        (unsigned(&claims), Unauthenticated::NotValid),
        (critical(&claims), Unauthenticated::NotValid),
        (too_long, Unauthenticated::NotValid),
        (
            token(|claims| claims["aud"] = json!("another service")),
            Unauthenticated::Audience,
        ),
        (without("aud"), Unauthenticated::Audience),
        (
            token(|claims| claims["iss"] = json!("https://evil.example")),
            Unauthenticated::Issuer,
        ),
        (without("iss"), Unauthenticated::Issuer),
        ("no token".to_owned(), Unauthenticated::NotValid),
        (String::new(), Unauthenticated::NotValid),
    ];
    for (token, why) in refused {
        assert_eq!(verify(&token), Err(why), "{token}");
        assert_eq!(
            why.message(),
            Unauthenticated::NotValid.message(),
            "the asker is not told which"
        );
    }
    assert!(verify(&token(|claims| claims["aud"] = json!(["callab-byot", "another"]))).is_ok());
}

/// The same claims, well signed, with a header that asks for something to be understood which nobody here understands.
fn critical(claims: &Value) -> String {
    let header = Header {
        crit: Some(vec!["exp-at-noon".into()]),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(signed().secret.expose_secret().as_bytes());
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// The same claims with `"alg": "none"` and an empty signature.
fn unsigned(claims: &Value) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    format!("{header}.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn a_verifier_without_audience_takes_any() {
    let signed = Hs256 {
        audience: None,
        issuer: None,
        ..signed()
    };
    let token = token(|claims| claims["aud"] = json!("whoever"));
    assert!(verified(&signed, &token).is_ok());
}

#[test]
fn staff_name_no_workspace_and_everybody_else_names_one() {
    for role in Role::of_tokens() {
        let with = token(|claims| claims["role"] = json!(role.as_str()));
        let without = token(|claims| {
            claims["role"] = json!(role.as_str());
            claims.as_object_mut().unwrap().remove("workspace");
        });
        let (with, without) = (verify(&with), verify(&without));
        let (good, bad) = if role.is_staff() {
            (without, with)
        } else {
            (with, without)
        };
        assert_eq!(good.map(|identity| identity.role), Ok(role));
        assert_eq!(bad, Err(Unauthenticated::Claims), "{role:?}");
    }
}

#[test]
fn claims_that_make_no_sense_are_refused() {
    let changes: [fn(&mut Value); 7] = [
        |claims| claims["role"] = json!("admin"),
        |claims| claims["role"] = json!("Owner"),
        |claims| claims["role"] = json!("api_key"),
        |claims| claims["sub"] = json!(""),
        |claims| claims["sub"] = json!("a\u{1b}[31m"),
        |claims| claims["workspace"] = json!(" "),
        |claims| claims["workspace"] = json!("a".repeat(101)),
    ];
    for change in changes {
        assert_eq!(verify(&token(change)), Err(Unauthenticated::Claims));
    }
    let odd_name = verify(&token(|claims| claims["workspace_name"] = json!("\u{202e}"))).unwrap();
    assert_eq!(
        odd_name.workspace,
        Some(("ws-1".into(), None)),
        "a bad name keeps nobody out"
    );
}

#[test]
fn the_token_follows_the_word_bearer() {
    assert_eq!(after_bearer("Bearer abc"), Ok("abc"));
    assert_eq!(after_bearer("bearer  abc "), Ok("abc"));
    for other in ["abc", "Basic abc", "Bearer", ""] {
        assert_eq!(after_bearer(other), Err(Unauthenticated::NoToken), "{other}");
    }
}

#[tokio::test]
async fn a_workspace_is_made_once_and_its_name_kept_current() {
    let (services, _directory) = testing::services().await;
    let sign_in = |name: &str| {
        let identity = Identity {
            subject: "p".into(),
            role: Role::Owner,
            workspace: Some(("ws-1".into(), Some(name.to_owned()))),
            expires_at: None,
        };
        actor(&services, identity)
    };
    let (first, workspace) = sign_in("Nordwind").await.unwrap();
    assert_eq!(workspace.unwrap().name, "Nordwind");
    let (second, workspace) = sign_in("Nordwind Reisen").await.unwrap();
    assert_eq!(workspace.unwrap().name, "Nordwind Reisen");
    assert_eq!(first.workspace, second.workspace);
    assert!(first.workspace.is_some() && services.clock.now() == testing::start());
}
