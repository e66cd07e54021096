//! What is said of credentials, the account and its credit.

use super::super::super::evidence::BalanceSeen;
use super::*;

#[test]
fn credentials() {
    use CheckName::{SidFormat, TokenAccepted};
    assert_eq!(
        says(SidFormat, |s| s.account.sid = "SK1".into()),
        told("FAIL", "SID_MALFORMED")
    );
    let state = |state: CredentialState| move |s: &mut Evidence| s.account.credential_state = state;
    assert_eq!(
        says(TokenAccepted, state(CredentialState::RejectedOnce)),
        told("WARN", "REJECTED_ONCE")
    );
    assert_eq!(
        says(TokenAccepted, state(CredentialState::Rejected)),
        told("FAIL", "TOKEN_CHANGED_OR_SUSPENDED")
    );
    let never = |s: &mut Evidence| {
        s.account.credential_state = CredentialState::Rejected;
        s.account.verified_at = None;
    };
    assert_eq!(says(TokenAccepted, never), told("FAIL", "TOKEN_REJECTED"));
    let rotated = |s: &mut Evidence| {
        s.account.credential_state = CredentialState::Rejected;
        let id = s.numbers[0].row.id.to_string();
        s.asked.push(answered(
            "SIGNATURE_VALID",
            &id,
            CheckState::Fail,
            json!({ "count": 3 }),
            1,
        ));
    };
    assert_eq!(says(TokenAccepted, rotated), told("FAIL", "TOKEN_ROTATED"));
    let rights = |answer: RightAnswer| {
        move |s: &mut Evidence| s.account.rights = Rights(vec![right(Right::Calls, answer, None)])
    };
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::WrongRegion)),
        told("FAIL", "WRONG_REGION")
    );
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::Denied)),
        told("FAIL", "RIGHT_DENIED")
    );
    assert_eq!(
        says(TokenAccepted, rights(RightAnswer::CannotOpen)),
        told("UNKNOWN", "CANNOT_OPEN")
    );
    assert_eq!(
        says(TokenAccepted, |s| s.account.verified_at = None),
        told("UNKNOWN", "NOT_YET_CHECKED")
    );
    assert_eq!(
        says(TokenAccepted, |s| s.account.checked_at = Some(ago(1))),
        told("UNKNOWN", "TWILIO_SILENT")
    );
    let old = |s: &mut Evidence| (s.account.verified_at, s.account.checked_at) = (Some(ago(11)), Some(ago(11)));
    assert_eq!(says(TokenAccepted, old), told("UNKNOWN", "NOT_CHECKED_LATELY"));
    assert_eq!(
        says(TokenAccepted, |s| s.account.state = AccountState::Disconnected),
        told("FAIL", "DISCONNECTED")
    );
}

#[test]
fn a_suspended_account_is_named_in_every_form() {
    use CheckName::AccountActive;
    let status = |status: TwilioStatus| move |s: &mut Evidence| s.account.twilio_status = status;
    assert_eq!(
        says(AccountActive, status(TwilioStatus::Suspended)),
        told("FAIL", "ACCOUNT_SUSPENDED")
    );
    assert_eq!(
        says(AccountActive, status(TwilioStatus::Closed)),
        told("FAIL", "ACCOUNT_CLOSED")
    );
    assert_eq!(
        says(AccountActive, status(TwilioStatus::from("LIMITED"))),
        told("UNKNOWN", "STATUS_UNKNOWN")
    );
    let forbidden = |s: &mut Evidence| {
        s.account.twilio_status = TwilioStatus::Suspended;
        s.account.health_twilio_code = Some(20403);
        s.account.checked_at = Some(ago(1));
    };
    assert_eq!(
        says(AccountActive, forbidden),
        told("FAIL", "ACCOUNT_SUSPENDED_OR_CLOSED")
    );
    assert_eq!(of(forbidden).cause, Some(AccountActive));
    let rights = |answer: RightAnswer| {
        move |s: &mut Evidence| s.account.rights = Rights(vec![right(Right::Account, answer, Some(20003))])
    };
    assert_eq!(
        says(AccountActive, rights(RightAnswer::Suspended)),
        told("FAIL", "ACCOUNT_SUSPENDED")
    );
    assert_eq!(
        says(AccountActive, rights(RightAnswer::Closed)),
        told("FAIL", "ACCOUNT_CLOSED")
    );
    let with_parent = |s: &mut Evidence| {
        s.account.twilio_status = TwilioStatus::Suspended;
        s.account.owner_sid = Some("ACparent".into());
        s.parent = Some(twilio_account::Model {
            twilio_status: TwilioStatus::Suspended,
            ..account()
        });
    };
    assert_eq!(says(AccountActive, with_parent), told("FAIL", "PARENT_SUSPENDED"));
    assert_eq!(
        says(AccountActive, |s| s.troubles.push(trouble(10005, 1))),
        told("FAIL", "VOICE_DISABLED")
    );
}

#[test]
fn credit_fails_only_when_twilio_refuses() {
    use CheckName::{AccountActive, Credit};
    let balance =
        |figure: &'static str| move |s: &mut Evidence| s.account.balance = Some(Amount(figure.parse().unwrap()));
    for figure in ["0", "-3.20"] {
        assert_eq!(says(Credit, balance(figure)), told("WARN", "LOW_CREDIT"));
    }
    assert_eq!(
        says(Credit, |s| s.account.balance = None),
        told("UNKNOWN", "BALANCE_UNKNOWN")
    );
    assert_eq!(
        says(Credit, |s| s.is_under_alert = true),
        told("WARN", "BALANCE_UNDER_ALERT")
    );
    let subaccount = |s: &mut Evidence| {
        s.account.owner_sid = Some("ACparent".into());
        s.account.balance = None;
    };
    assert_eq!(says(Credit, subaccount), told("UNKNOWN", "BALANCE_OF_PARENT"));
    let of_parent = |s: &mut Evidence| {
        subaccount(s);
        s.parent = Some(account());
    };
    assert_eq!(says(Credit, of_parent), told("PASS", ""));
    assert!(
        of(of_parent)
            .check(Credit)
            .unwrap()
            .evidence
            .contains("parent account's balance is 12.50 USD")
    );
    for code in [20005, 10001, 10003] {
        let refused = |s: &mut Evidence| {
            balance("0")(s);
            s.troubles.push(trouble(code, 1));
        };
        assert_eq!(says(Credit, refused), told("FAIL", "NO_FUNDS"), "{code}");
        assert_eq!(of(refused).cause, Some(Credit));
        // A top-up that was read since is news.
        let topped_up = |s: &mut Evidence| {
            s.balances = vec![BalanceSeen {
                amount: Amount(5.into()),
                from: now(),
                until: now(),
            }];
            s.troubles.push(trouble(code, 1));
        };
        assert_eq!(says(Credit, topped_up), told("PASS", ""), "{code}");
    }
    let not_active = |figure: &'static str| {
        move |s: &mut Evidence| {
            balance(figure)(s);
            s.account.rights = Rights(vec![right(Right::Account, RightAnswer::NotActive, Some(20005))]);
        }
    };
    assert_eq!(of(not_active("0")).cause, Some(Credit));
    assert_eq!(says(Credit, not_active("0")), told("FAIL", "NO_FUNDS"));
    // With credit it is something else.
    assert_eq!(says(AccountActive, not_active("5")), told("FAIL", "ACCOUNT_NOT_ACTIVE"));
    assert_eq!(of(not_active("5")).cause, Some(AccountActive));
}
