//! The sections about telling customers. What each setting does stands in `config.default.toml`.

use std::path::PathBuf;
use std::time::Duration;

use domain::net::Reachable;
use lettre::message::Mailbox;

use super::reader::Reader;

const A_MONTH_S: u64 = 30 * 86_400;

/// `[notifications]`
#[derive(Clone, Copy, Debug)]
pub struct Notifications {
    /// What webhooks may be sent to.
    pub reachable: Reachable,
    /// For how long webhooks are signed with the secret before, too.
    pub previous_secret: Duration,
}

impl Notifications {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let private = reader.parse("notifications.allow_private_addresses", "true or false");
        let previous_secret = reader.seconds("notifications.previous_secret_s", 0, A_MONTH_S);
        Some(Self {
            reachable: if private? {
                Reachable::Private
            } else {
                Reachable::Public
            },
            previous_secret: previous_secret?,
        })
    }
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// In clear until both agree on TLS, which they have to.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In clear.
    None,
}

/// Who signs in at the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpLogin {
    /// The user.
    pub user: String,
    /// Where the password is.
    pub password_file: PathBuf,
}

/// `[smtp]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub tls: SmtpTls,
    /// Who signs in; nobody where the server asks for nobody.
    pub login: Option<SmtpLogin>,
    /// Who mails are from.
    pub from: Mailbox,
}

impl Smtp {
    /// The section; `Some(None)` where no mails are sent.
    #[expect(clippy::option_option, reason = "wrong, not set, set")]
    pub(super) fn read(reader: &mut Reader) -> Option<Option<Self>> {
        let host = reader.text("smtp.host");
        let port = reader.within("smtp.port", 1, u16::MAX);
        let tls = reader.text("smtp.tls").and_then(|text| match text.as_str() {
            "starttls" => Some(SmtpTls::StartTls),
            "tls" => Some(SmtpTls::Tls),
            "none" => Some(SmtpTls::None),
            _ => {
                reader.refuse("smtp.tls", "must be starttls, tls or none");
                None
            }
        });
        let user = reader.text("smtp.user");
        let password_file: Option<Option<PathBuf>> = reader.optional("smtp.password_file", "a file");
        let from: Option<Option<Mailbox>> =
            reader.optional("smtp.from", "an e-mail address such as Callab <alerts@callab.example>");
        let (host, port, tls, user, password_file, from) = (host?, port?, tls?, user?, password_file?, from?);
        if host.is_empty() {
            return Some(None);
        }
        let login = match (user.is_empty(), password_file) {
            (true, None) => None,
            (false, Some(password_file)) => Some(SmtpLogin { user, password_file }),
            _ => {
                reader.refuse("smtp.user", "needs smtp.password_file, and the other way round");
                return None;
            }
        };
        if login.is_some() && tls == SmtpTls::None {
            reader.refuse("smtp.tls", "must not be none where a password is sent");
            return None;
        }
        let Some(from) = from else {
            reader.refuse("smtp.from", "has to be set where smtp.host is");
            return None;
        };
        Some(Some(Self {
            host,
            port,
            tls,
            login,
            from,
        }))
    }
}
