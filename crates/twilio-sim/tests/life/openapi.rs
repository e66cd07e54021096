//! Each answer has every property of the official example of its operation, with its JSON type.

use reqwest::Method;
use serde_json::Value;

use super::server::Server;
use callab_twilio_sim::{AccountSpec, AlertSpec, Insights, Phone, SimAccount};

struct Spec(Value);

impl Spec {
    fn load() -> Self {
        Self::read(include_str!("../../openapi/twilio_api_v2010.subset.json"))
    }

    fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    fn content(&self, path: &str, method: &str, status: u16) -> &Value {
        &self.0["paths"][path][method]["responses"][status.to_string()]["content"]["application/json"]
    }

    /// Follows a `$ref` inside the document.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    /// Compares an answer with every example of an operation.
    #[track_caller]
    fn check(&self, path: &str, method: &str, answer: &(u16, Value)) {
        let content = self.content(path, method, answer.0);
        let examples = content["examples"]
            .as_object()
            .unwrap_or_else(|| panic!("{method} {path} has no {} answer", answer.0));
        let mut faults = Vec::new();
        for example in examples.values() {
            self.compare(&content["schema"], &example["value"], &answer.1, "", &mut faults);
        }
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}");
    }

    fn compare(&self, schema: &Value, example: &Value, ours: &Value, at: &str, faults: &mut Vec<String>) {
        // Beside a reference stands whether the property may be null.
        if ours.is_null() && schema["nullable"] == true {
            return;
        }
        let schema = self.resolve(schema);
        match (example, ours) {
            (Value::Object(example), Value::Object(ours)) => {
                for (name, value) in example {
                    let at = format!("{at}/{name}");
                    match ours.get(name) {
                        None => faults.push(format!("{at} is missing")),
                        Some(ours) => self.compare(&schema["properties"][name], value, ours, &at, faults),
                    }
                }
            }
            (Value::Array(example), Value::Array(ours)) => {
                if let (Some(example), Some(ours)) = (example.first(), ours.first()) {
                    self.compare(&schema["items"], example, ours, &format!("{at}[]"), faults);
                }
            }
            _ => {
                if !fits(schema, example, ours) {
                    faults.push(format!("{at} is {ours}, the example has {example}"));
                }
            }
        }
    }
}

fn fits(schema: &Value, example: &Value, ours: &Value) -> bool {
    let nullable = schema["nullable"] == true || example.is_null();
    match schema["type"].as_str() {
        _ if ours.is_null() => nullable,
        Some("string") => ours.is_string(),
        Some("number") if schema["x-twilio"]["overrideType"] == "string" => ours.is_string(),
        Some("integer") => ours.is_u64(),
        Some("boolean") => ours.is_boolean(),
        Some("object") => ours.is_object(),
        // Enums are references, resolved to a string type; whatever has no type must be as in the example.
        _ => std::mem::discriminant(example) == std::mem::discriminant(ours),
    }
}

const ACCOUNT: &str = "/2010-04-01/Accounts/{AccountSid}";

fn path(rest: &str) -> String {
    format!("{ACCOUNT}{rest}")
}

#[tokio::test]
async fn accounts_balance_and_caller_ids_are_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let verified_caller_ids = vec!["+14155550111".to_owned()];
    let account = server.sim.add_account(AccountSpec {
        verified_caller_ids,
        ..AccountSpec::default()
    });
    spec.check(
        "/2010-04-01/Accounts/{Sid}.json",
        "get",
        &server.get(&account, ".json").await,
    );
    let list = server
        .client
        .get(format!("{}/api/2010-04-01/Accounts.json", server.url));
    let list = super::server::answer(list.basic_auth(&account.sid, Some(&account.auth_token))).await;
    assert_eq!(list.1["accounts"].as_array().unwrap().len(), 1);
    spec.check("/2010-04-01/Accounts.json", "get", &list);
    spec.check(
        &path("/Balance.json"),
        "get",
        &server.get(&account, "/Balance.json").await,
    );
    let caller_ids = server.get(&account, "/OutgoingCallerIds.json").await;
    assert_eq!(caller_ids.1["outgoing_caller_ids"][0]["phone_number"], "+14155550111");
    spec.check(&path("/OutgoingCallerIds.json"), "get", &caller_ids);
}

#[tokio::test]
async fn numbers_are_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let (account, pn) = server.account();
    let list = server.get(&account, "/IncomingPhoneNumbers.json").await;
    assert_eq!(list.1["incoming_phone_numbers"].as_array().unwrap().len(), 1);
    spec.check(&path("/IncomingPhoneNumbers.json"), "get", &list);
    spec.check(
        &path("/IncomingPhoneNumbers/Local.json"),
        "get",
        &server.get(&account, "/IncomingPhoneNumbers/Local.json").await,
    );
    spec.check(
        &path("/IncomingPhoneNumbers/Mobile.json"),
        "get",
        &server.get(&account, "/IncomingPhoneNumbers/Mobile.json").await,
    );
    spec.check(
        &path("/IncomingPhoneNumbers/TollFree.json"),
        "get",
        &server.get(&account, "/IncomingPhoneNumbers/TollFree.json").await,
    );
    let one = format!("/IncomingPhoneNumbers/{pn}.json");
    spec.check(
        &path("/IncomingPhoneNumbers/{Sid}.json"),
        "get",
        &server.get(&account, &one).await,
    );
    let updated = server.post(&account, &one, &[("FriendlyName", "Front desk")]).await;
    spec.check(&path("/IncomingPhoneNumbers/{Sid}.json"), "post", &updated);
}

#[tokio::test]
async fn calls_and_their_notifications_are_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let (account, _) = server.account();
    let form = [
        ("To", "+14155550199"),
        ("From", "+14155550100"),
        ("Twiml", "<Response><Nonsense/></Response>"),
    ];
    let created = server.post(&account, "/Calls.json", &form).await;
    spec.check(&path("/Calls.json"), "post", &created);
    let sid = created.1["sid"].as_str().unwrap().to_owned();
    server.sim.call_rated(&sid).await;
    check_calls(&server, &spec, &account, &sid).await;
    let notifications = server.get(&account, &format!("/Calls/{sid}/Notifications.json")).await;
    assert_eq!(notifications.1["notifications"][0]["error_code"], "12200");
    spec.check(&path("/Calls/{CallSid}/Notifications.json"), "get", &notifications);
}

async fn check_calls(server: &Server, spec: &Spec, account: &SimAccount, sid: &str) {
    let fetched = server.get(account, &format!("/Calls/{sid}.json")).await;
    assert_eq!(fetched.1["duration"], "1");
    spec.check(&path("/Calls/{Sid}.json"), "get", &fetched);
    spec.check(&path("/Calls.json"), "get", &server.get(account, "/Calls.json").await);
    server.sim.phone(
        "+14155550199",
        Phone::Answers {
            after: std::time::Duration::from_mins(10),
            talks: std::time::Duration::ZERO,
        },
    );
    let form = [
        ("To", "+14155550199"),
        ("From", "+14155550100"),
        ("Twiml", "<Response/>"),
        ("Timeout", "600"),
    ];
    let ringing = server.post(account, "/Calls.json", &form).await.1["sid"]
        .as_str()
        .unwrap()
        .to_owned();
    let updated = server
        .post(account, &format!("/Calls/{ringing}.json"), &[("Status", "canceled")])
        .await;
    spec.check(&path("/Calls/{Sid}.json"), "post", &updated);
}

#[tokio::test]
async fn auth_tokens_are_as_documented() {
    let server = Server::start().await;
    let spec = Spec::read(include_str!("../../openapi/twilio_accounts_v1.subset.json"));
    let account = server.sim.add_account(AccountSpec::default());
    let secondary = server
        .ask(Method::POST, &account, "/accounts/v1/AuthTokens/Secondary")
        .await;
    spec.check("/v1/AuthTokens/Secondary", "post", &secondary);
    let promoted = server
        .ask(Method::POST, &account, "/accounts/v1/AuthTokens/Promote")
        .await;
    spec.check("/v1/AuthTokens/Promote", "post", &promoted);
}

#[tokio::test]
async fn usage_is_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let account = server.sim.add_account(AccountSpec::default());
    for period in [
        "",
        "/AllTime",
        "/Daily",
        "/LastMonth",
        "/Monthly",
        "/ThisMonth",
        "/Today",
        "/Yearly",
        "/Yesterday",
    ] {
        let records = server.get(&account, &format!("/Usage/Records{period}.json")).await;
        assert!(!records.1["usage_records"].as_array().unwrap().is_empty());
        spec.check(&path(&format!("/Usage/Records{period}.json")), "get", &records);
    }
}

#[tokio::test]
async fn usage_triggers_are_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let account = server.sim.add_account(AccountSpec::default());
    let form = [
        ("CallbackUrl", "https://a.example/"),
        ("TriggerValue", "50"),
        ("UsageCategory", "totalprice"),
    ];
    let created = server.post(&account, "/Usage/Triggers.json", &form).await;
    spec.check(&path("/Usage/Triggers.json"), "post", &created);
    let list = server.get(&account, "/Usage/Triggers.json").await;
    assert_eq!(list.1["usage_triggers"].as_array().unwrap().len(), 1);
    spec.check(&path("/Usage/Triggers.json"), "get", &list);
    let one = format!("/Usage/Triggers/{}.json", created.1["sid"].as_str().unwrap());
    spec.check(
        &path("/Usage/Triggers/{Sid}.json"),
        "get",
        &server.get(&account, &one).await,
    );
    let updated = server.post(&account, &one, &[("FriendlyName", "x")]).await;
    spec.check(&path("/Usage/Triggers/{Sid}.json"), "post", &updated);
}

#[tokio::test]
async fn alerts_are_as_documented() {
    let server = Server::start().await;
    let spec = Spec::read(include_str!("../../openapi/twilio_monitor_v1.subset.json"));
    let account = server.sim.add_account(AccountSpec::default());
    let sid = server.sim.plant_alert(&account.sid, AlertSpec::default());
    let list = server.ask(Method::GET, &account, "/monitor/v1/Alerts").await;
    assert_eq!(list.1["alerts"].as_array().unwrap().len(), 1);
    spec.check("/v1/Alerts", "get", &list);
    let fetched = server
        .ask(Method::GET, &account, &format!("/monitor/v1/Alerts/{sid}"))
        .await;
    spec.check("/v1/Alerts/{Sid}", "get", &fetched);
}

#[tokio::test]
async fn prices_are_as_documented() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let ask = async |path: &str| server.ask(Method::GET, &account, &format!("/pricing{path}")).await;
    let voice = Spec::read(include_str!("../../openapi/twilio_pricing_v2.subset.json"));
    voice.check("/v2/Voice/Countries", "get", &ask("/v2/Voice/Countries").await);
    voice.check(
        "/v2/Voice/Countries/{IsoCountry}",
        "get",
        &ask("/v2/Voice/Countries/US").await,
    );
    let number = ask("/v2/Voice/Numbers/+14155550100?OriginationNumber=%2B14155550199").await;
    voice.check("/v2/Voice/Numbers/{DestinationNumber}", "get", &number);
    let numbers = Spec::read(include_str!("../../openapi/twilio_pricing_v1.subset.json"));
    numbers.check(
        "/v1/PhoneNumbers/Countries",
        "get",
        &ask("/v1/PhoneNumbers/Countries").await,
    );
    let country = ask("/v1/PhoneNumbers/Countries/US").await;
    numbers.check("/v1/PhoneNumbers/Countries/{IsoCountry}", "get", &country);
}

#[tokio::test]
async fn geo_permissions_are_as_documented() {
    let server = Server::start().await;
    let spec = Spec::read(include_str!("../../openapi/twilio_voice_v1.subset.json"));
    let account = server.sim.add_account(AccountSpec::default());
    let ask = async |method: Method, path: &str| server.ask(method, &account, &format!("/voice{path}")).await;
    let countries = "/v1/DialingPermissions/Countries";
    spec.check(countries, "get", &ask(Method::GET, countries).await);
    let country = ask(Method::GET, "/v1/DialingPermissions/Countries/US").await;
    spec.check("/v1/DialingPermissions/Countries/{IsoCode}", "get", &country);
    spec.check("/v1/Settings", "get", &ask(Method::GET, "/v1/Settings").await);
    spec.check("/v1/Settings", "post", &ask(Method::POST, "/v1/Settings").await);
}

#[tokio::test]
async fn call_quality_and_regions_are_as_documented() {
    let server = Server::start().await;
    let (account, _) = server.account();
    server.sim.set_insights(&account.sid, Insights::On);
    let call = server
        .sim
        .call_finished(&server.sim.ring("+14155550199", "+14155550100"))
        .await;
    let insights = Spec::read(include_str!("../../openapi/twilio_insights_v1.subset.json"));
    let summary = format!("/insights/v1/Voice/{}/Summary", call.sid);
    insights.check(
        "/v1/Voice/{CallSid}/Summary",
        "get",
        &server.ask(Method::GET, &account, &summary).await,
    );
    for (method, name) in [(Method::GET, "get"), (Method::POST, "post")] {
        let settings = server.ask(method, &account, "/insights/v1/Voice/Settings").await;
        insights.check("/v1/Voice/Settings", name, &settings);
    }
    let routes = Spec::read(include_str!("../../openapi/twilio_routes_v2.subset.json"));
    for (method, name) in [(Method::GET, "get"), (Method::POST, "post")] {
        let number = server
            .ask(method, &account, "/routes/v2/PhoneNumbers/+14155550100")
            .await;
        routes.check("/v2/PhoneNumbers/{PhoneNumber}", name, &number);
    }
}

#[tokio::test]
async fn keys_are_as_documented() {
    let (server, spec) = (Server::start().await, Spec::load());
    let account = server.sim.add_account(AccountSpec::default());
    let created = server.post(&account, "/Keys.json", &[("FriendlyName", "x")]).await;
    spec.check(&path("/Keys.json"), "post", &created);
    let list = server.get(&account, "/Keys.json").await;
    assert_eq!(list.1["keys"].as_array().unwrap().len(), 1);
    spec.check(&path("/Keys.json"), "get", &list);
    let one = format!("/Keys/{}.json", created.1["sid"].as_str().unwrap());
    spec.check(&path("/Keys/{Sid}.json"), "get", &server.get(&account, &one).await);
}
