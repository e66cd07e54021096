//! Where an endpoint is, as a customer writes it.

use ::entity::notification::NotificationKind;
use ::entity::notification_endpoint::{ChannelKind, Wanted};

use super::mail;
use crate::net::Destination;
use crate::{Refusal, RefusalCode, Services};

/// The most characters of an e-mail address. Source: RFC 5321, section 4.5.3.1.3.
const LONGEST_EMAIL: usize = 254;

/// Reads an endpoint's address. A webhook's name is looked up, so that one that leads into our network is refused here already; it is
/// checked again at each delivery.
///
/// # Errors
/// A refusal on `address`.
pub(super) async fn read(services: &Services, kind: &ChannelKind, address: &str) -> Result<String, Refusal> {
    let address = address.trim();
    match kind {
        ChannelKind::Webhook => webhook(services, address).await,
        ChannelKind::Email => email(services, address),
        ChannelKind::Unknown(_) => {
            Err(Refusal::new(RefusalCode::Malformed, "There is no such kind of endpoint.").on("channel"))
        }
    }
    .map(|()| address.to_owned())
}

async fn webhook(services: &Services, address: &str) -> Result<(), Refusal> {
    let refused = |message: String| Refusal::new(RefusalCode::WebhookAddressNotAllowed, message).on("address");
    let to = Destination::parse(address, services.outbound.reachable()).map_err(|why| {
        refused(format!(
            "This address {why}. A webhook is an https:// address of the public internet."
        ))
    })?;
    // One sentence for a name that is unknown and one that leads inwards: what names there are in our network is nobody's to find out.
    services
        .outbound
        .addresses(to.host(), 0)
        .await
        .map(drop)
        .map_err(|_| refused("The name in this address leads to nothing on the public internet.".to_owned()))
}

fn email(services: &Services, address: &str) -> Result<(), Refusal> {
    let Some(mailer) = &services.mailer else {
        let message = "This installation of Callab sends no mail. Use a webhook.";
        return Err(Refusal::new(RefusalCode::EmailNotSetUp, message).on("channel"));
    };
    if address.len() > LONGEST_EMAIL || !mailer.takes(address) {
        let message = "This is no e-mail address such as anna@shop.example.";
        return Err(Refusal::new(RefusalCode::EmailAddressInvalid, message).on("address"));
    }
    Ok(())
}

/// Reads what an endpoint wants to be told: at least one kind, each once, and by mail billing alerts alone.
///
/// # Errors
/// A refusal on `kinds`.
pub(super) fn wanted(channel: &ChannelKind, kinds: Vec<NotificationKind>) -> Result<Wanted, Refusal> {
    let mut wanted = Vec::new();
    for kind in kinds {
        let is_a_wish = !matches!(kind, NotificationKind::Test | NotificationKind::Unknown(_));
        if !is_a_wish {
            let message = "An endpoint can be told of any kind but that.";
            return Err(Refusal::new(RefusalCode::Malformed, message).on("kinds"));
        }
        if *channel == ChannelKind::Email && !mail::is_for(&kind) {
            let message = "Mails are sent about billing alerts. Use a webhook for the rest.";
            return Err(Refusal::new(RefusalCode::NotByEmail, message).on("kinds"));
        }
        if !wanted.contains(&kind) {
            wanted.push(kind);
        }
    }
    if wanted.is_empty() {
        let message = "Name at least one kind. An endpoint that is to be told nothing can be disabled.";
        return Err(Refusal::new(RefusalCode::Empty, message).on("kinds"));
    }
    Ok(Wanted(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_wants_each_kind_once_and_by_mail_billing_alerts_alone() {
        use NotificationKind::{BillingEpisodeOpened, HealthChanged, Test};
        let kinds = vec![HealthChanged, BillingEpisodeOpened, HealthChanged];
        assert_eq!(
            wanted(&ChannelKind::Webhook, kinds.clone()),
            Ok(Wanted(vec![HealthChanged, BillingEpisodeOpened]))
        );
        let code = |channel, kinds| wanted(&channel, kinds).map_err(|refusal| refusal.code);
        assert_eq!(code(ChannelKind::Email, kinds), Err(RefusalCode::NotByEmail));
        assert_eq!(code(ChannelKind::Webhook, vec![]), Err(RefusalCode::Empty));
        assert_eq!(code(ChannelKind::Webhook, vec![Test]), Err(RefusalCode::Malformed));
    }
}
