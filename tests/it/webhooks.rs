//! Webhooks that are not Twilio's, or not as Twilio sends them (promise 6): what each is answered, that it changes nothing, and that it
//! is counted for what it was.

mod addresses;
mod away;
mod forged;
mod genuine;
mod odd;
mod proxies;
mod rate;
mod shared_keys;

use callab_tests::dump::{Dump, difference, dump};
use callab_tests::hook::{Hook, Told};
use callab_tests::{TestAgent, TestApp};
use metrics::set_default_local_recorder;
use metrics_exporter_prometheus::PrometheusHandle;
use twilio_sim::{SimAccount, scenario};

const CALLER: &str = "+14155550177";
const NUMBER: &str = "+14155550101";
const SECOND: &str = "+14155550102";
const CALL: &str = "CA0123456789abcdef0123456789abcdef";

/// What is noted of a number's webhooks beside their answers: whether they are signed well, for the diagnosis.
const EVIDENCE: &str = " health_check:";

/// A number whose calls go to an agent, and the addresses that Twilio was given for it.
struct Routed {
    app: TestApp,
    account: SimAccount,
    voice: String,
    status: String,
    _agent: TestAgent,
}

impl Routed {
    async fn new() -> Self {
        Self::in_app(TestApp::start().await).await
    }

    async fn in_app(app: TestApp) -> Self {
        let agent = TestAgent::start().await.unwrap();
        let account = scenario::healthy(&app.sim);
        let owner = app.owner();
        app.connect(&owner, &account).await;
        let number = app.add(&owner, NUMBER, "Main").await;
        let id = app.agent(&owner, "a1", agent.url()).await;
        app.assign(&owner, &number, &id, "INBOUND").await;
        let routed = app.sim.numbers(&account.sid).into_iter();
        let routed = routed.into_iter().find(|number| number.phone_number == NUMBER).unwrap();
        let this = Self {
            app,
            account,
            voice: routed.voice_url,
            status: routed.status_callback,
            _agent: agent,
        };
        // The first call opens the token, which the audit log is told of.
        assert_eq!(this.genuine().send().await.status, 200);
        this
    }

    /// What Twilio says when a call comes in.
    fn form(&self) -> Vec<(&str, &str)> {
        vec![
            ("AccountSid", &self.account.sid),
            ("CallSid", CALL),
            ("CallStatus", "ringing"),
            ("From", CALLER),
            ("To", NUMBER),
        ]
    }

    /// The same with one name's value changed.
    fn form_with<'a>(&'a self, name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut form = self.form();
        form.retain(|(known, _)| *known != name);
        form.push(if name == "AccountSid" {
            ("AccountSid", value)
        } else {
            ("CallSid", value)
        });
        form
    }

    fn genuine(&self) -> Hook {
        self.sign(&self.voice, &self.form())
    }

    fn sign(&self, url: &str, form: &[(&str, &str)]) -> Hook {
        Hook::signed(&self.account.auth_token, url, form)
    }

    async fn rows(&self) -> Dump {
        dump(&self.app.services.db).await.unwrap()
    }
}

/// Sends it, and looks that it is refused with this status, counted for this reason, and does nothing.
async fn refused(routed: &Routed, name: &str, hook: Hook, status: u16, reason: Option<&str>) -> Told {
    let counted = Counted::begin();
    let before = routed.rows().await;
    let told = hook.send().await;
    assert_eq!(told.status.as_u16(), status, "{name}: {}", told.body);
    assert!(!told.body.contains("<Response"), "{name}: no TwiML");
    let mut changes = difference(&before, &routed.rows().await);
    changes.retain(|change| !change[1..].starts_with(EVIDENCE));
    changes.retain(|change| status != 403 || !change.starts_with("+ event:"));
    assert!(changes.is_empty(), "{name}: {changes:?}");
    let reasons: Vec<String> = reason.iter().map(ToString::to_string).collect();
    assert_eq!(counted.reasons(), reasons, "{name}");
    told
}

/// What is counted by this test's thread from now on.
struct Counted {
    handle: PrometheusHandle,
    _recorder: metrics::LocalRecorderGuard<'static>,
}

impl Counted {
    fn begin() -> Self {
        let recorder = Box::leak(Box::new(callab::metrics::recorder().unwrap()));
        Self {
            handle: recorder.handle(),
            _recorder: set_default_local_recorder(recorder),
        }
    }

    /// The reasons for which webhooks were refused, each as often as it was counted.
    fn reasons(&self) -> Vec<String> {
        let told = self.handle.render();
        let mut reasons = Vec::new();
        for line in told.lines() {
            let Some(rest) = line.strip_prefix("callab_webhooks_refused_total{reason=\"") else {
                continue;
            };
            let (reason, times) = rest.split_once("\"} ").unwrap();
            reasons.extend(vec![reason.to_owned(); times.parse().unwrap()]);
        }
        reasons
    }
}
