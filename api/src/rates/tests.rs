use std::num::NonZeroU32;

use ::entity::WorkspaceId;
use domain::Role;
use governor::clock::FakeRelativeClock;

use super::*;

fn rate(per_minute: u32, burst: u32) -> Rate {
    Rate {
        per_minute: NonZeroU32::new(per_minute).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// Three at once and one a second for people, five and one for addresses, two and one for failures, four and one for webhooks.
fn rates() -> (Rates<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    let limits = RateLimits {
        principal: rate(60, 3),
        address: rate(60, 5),
        failures: rate(60, 2),
        webhooks: rate(60, 4),
    };
    (Rates::with_clock(limits, clock.clone()), clock)
}

fn somebody(subject: &str, workspace: Option<u128>) -> Actor {
    let workspace = workspace.map(|id| WorkspaceId(uuid::Uuid::from_u128(id)));
    Actor::new(subject, Role::Owner, workspace)
}

#[test]
fn a_person_asks_in_bursts_and_then_evenly() {
    let (rates, clock) = rates();
    let anna = somebody("anna", Some(1));
    for _ in 0..3 {
        rates.count_principal(&anna).unwrap();
    }
    let too_soon = rates.count_principal(&anna).unwrap_err();
    assert_eq!(too_soon.wait, Duration::from_secs(1));
    clock.advance(Duration::from_millis(999));
    assert_eq!(rates.count_principal(&anna).unwrap_err().seconds(), 1, "rounded up");
    clock.advance(Duration::from_millis(1));
    rates.count_principal(&anna).unwrap();
    rates.count_principal(&anna).unwrap_err();
}

/// Or whoever makes a hundred keys would have a hundred times as much.
#[test]
fn the_api_keys_of_a_workspace_are_one_person() {
    let (rates, _) = rates();
    let key = |id: &str, workspace| Actor {
        role: Role::ApiKey,
        ..somebody(id, Some(workspace))
    };
    for id in ["api_key/1", "api_key/2", "api_key/3"] {
        rates.count_principal(&key(id, 1)).unwrap();
    }
    rates.count_principal(&key("api_key/4", 1)).unwrap_err();
    rates.count_principal(&key("api_key/5", 2)).unwrap();
    rates.count_principal(&somebody("anna", Some(1))).unwrap();
}

#[test]
fn nobody_waits_for_another() {
    let (rates, _) = rates();
    for who in [
        somebody("anna", Some(1)),
        somebody("anna", Some(2)),
        somebody("anna", None),
        somebody("ben", Some(1)),
    ] {
        for _ in 0..3 {
            rates.count_principal(&who).unwrap();
        }
        rates.count_principal(&who).unwrap_err();
    }
}

#[test]
fn failures_are_counted_apart_from_requests() {
    let (rates, _) = rates();
    let address = "192.0.2.1".parse().unwrap();
    for _ in 0..2 {
        rates.count_failure(address).unwrap();
    }
    rates.count_failure(address).unwrap_err();
    for _ in 0..5 {
        rates.count_address(address).unwrap();
    }
    rates.count_address(address).unwrap_err();
    rates.count_address("192.0.2.2".parse().unwrap()).unwrap();
}

#[test]
fn a_number_that_is_called_too_often_keeps_no_other_waiting_and_no_other_kind() {
    let (rates, clock) = rates();
    let [busy, quiet] = [1, 2].map(Uuid::from_u128);
    for _ in 0..4 {
        rates.count_webhook("voice", busy).unwrap();
    }
    let too_soon = rates.count_webhook("voice", busy).unwrap_err();
    assert_eq!(too_soon.seconds(), 1);
    rates.count_webhook("status", busy).unwrap();
    rates.count_webhook("voice", quiet).unwrap();
    clock.advance(Duration::from_secs(1));
    rates.count_webhook("voice", busy).unwrap();
}

#[test]
fn who_has_the_whole_burst_again_is_forgotten() {
    let (rates, clock) = rates();
    for n in 0..FORGET_EVERY - 1 {
        let address = IpAddr::from(n.to_be_bytes());
        rates.count_address(address).unwrap();
    }
    assert_eq!(rates.remembered(), 1023);
    clock.advance(Duration::from_mins(1));
    rates.count_address("192.0.2.1".parse().unwrap()).unwrap();
    assert_eq!(rates.remembered(), 1);
    for n in 0..FORGET_EVERY - 1 {
        rates.count_webhook("voice", Uuid::from_u128(n.into())).unwrap();
    }
    clock.advance(Duration::from_mins(1));
    rates.count_webhook("voice", Uuid::nil()).unwrap();
    assert_eq!(rates.remembered(), 1);
}

#[test]
fn without_limits_nothing_is_counted() {
    let rates: Rates = Rates::unlimited();
    let address = "192.0.2.1".parse().unwrap();
    for _ in 0..10_000 {
        rates.count_address(address).unwrap();
    }
    assert_eq!(rates.remembered(), 0);
}
