//! Odd, and Twilio's all the same: whatever it signs is answered, and what it writes is kept within bounds.

use callab_tests::hook::{Hook, SIGNATURE};
use entity::call;
use sea_orm::EntityTrait as _;
use twilio_sim::{Pairs, signature};

use super::*;

/// A body as it stands, signed as Twilio would sign what it says.
fn signed(routed: &Routed, url: &str, body: &[u8]) -> Hook {
    let said: Pairs = Pairs::parse(body);
    let signature = signature(&routed.account.auth_token, url, &said);
    routed.genuine().to(url).saying(body).with(SIGNATURE, &signature)
}

#[tokio::test]
async fn every_form_that_twilio_signs_is_answered() {
    let routed = Routed::new().await;
    let call = |n: usize| format!("AccountSid={}&CallSid=CA{n:032x}", routed.account.sid);
    let long = "9".repeat(9_000);
    let bodies = [
        "&From=%2B14155550177&From=%2B14155550178&From=%2B14155550177".to_owned(),
        "&From=%00%00%01&To=%00&CallStatus=ringing%00".to_owned(),
        "&From=%ff%fe&To=\u{fffd}&CallStatus=%ff".to_owned(),
        format!("&From={long}&CallStatus={long}"),
        "&CallStatus=&From=&To=".to_owned(),
        "&=&=1&&a&%=%&%zz=%zz&From=sip%3Aa%40b".to_owned(),
        "&SomethingNew=%3C%26%3E&SomethingNew=%22".to_owned(),
        "&CallerName=%F0%9F%93%9E+%D8%B9".to_owned(),
        "&p=v".repeat(990),
    ];
    for (n, more) in bodies.iter().enumerate() {
        let body = call(n + 1) + more;
        let told = signed(&routed, &routed.voice, body.as_bytes()).send().await;
        assert_eq!(told.status, 200, "{more:.60}");
        assert!(told.body.contains("<Stream"), "{more:.60}: {}", told.body);
        let ended =
            format!("{body}&CallStatus=completed&CallDuration=%00&SipResponseCode=99999999999&SequenceNumber=x");
        let told = signed(&routed, &routed.status, ended.as_bytes()).send().await;
        assert_eq!(told.status, 204, "{more:.60}");
        for (address, event) in [("stream", "stream-error"), ("after", "")] {
            let url = routed.voice.replace("/voice/", &format!("/{address}/"));
            let body =
                format!("{body}&StreamEvent={event}&StreamSid=%00MZ1&StreamError=%00&DialCallStatus=%00busy{long}");
            let told = signed(&routed, &url, body.as_bytes()).send().await;
            assert!(told.status.is_success(), "{address} {more:.60}: {}", told.status);
        }
    }
    let calls = call::Entity::find().all(&routed.app.services.db).await.unwrap();
    assert_eq!(calls.len(), bodies.len() + 1);
    for call in calls {
        assert!(
            call.from_number.chars().count() <= 200 && call.status.as_str().len() <= 64,
            "{call:?}"
        );
        assert!(!format!("{call:?}").contains('\0'));
    }
}
