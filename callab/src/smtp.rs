//! Mails over SMTP.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use domain::notifications::{Mail, MailError, Mailer};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Smtp, SmtpTls};

/// How long the server may take for each step. A whole mail stays well within a job's time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// The replies about our own sign-in. They are the operator's to mend, and no refusal of the mail.
/// Source: RFC 4954, section 6.
const ABOUT_SIGNING_IN: [u16; 4] = [530, 534, 535, 538];

/// Sends mails through one server.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl std::fmt::Debug for SmtpMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpMailer({})", self.from)
    }
}

impl SmtpMailer {
    /// A mailer as configured. Nothing is connected to yet.
    ///
    /// # Errors
    /// When the password cannot be read, or TLS cannot be set up.
    pub fn new(settings: &Smtp) -> anyhow::Result<Self> {
        let tls = match settings.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::StartTls => Tls::Required(tls_of(&settings.host)?),
            SmtpTls::Tls => Tls::Wrapper(tls_of(&settings.host)?),
        };
        let hello = ClientId::Domain(settings.from.email.domain().to_owned());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(hello)
            .timeout(Some(ANSWERS_WITHIN));
        if let Some(login) = &settings.login {
            let password = std::fs::read_to_string(&login.password_file)
                .with_context(|| format!("could not read {}", login.password_file.display()))?;
            let password = SecretString::from(password.trim_end_matches(['\r', '\n']));
            let credentials = Credentials::new(login.user.clone(), password.expose_secret().to_owned());
            transport = transport.credentials(credentials);
        }
        Ok(Self {
            transport: transport.build(),
            from: settings.from.clone(),
        })
    }

    fn message(&self, mail: Mail) -> Option<Message> {
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        Message::builder()
            .message_id(Some(id))
            .from(self.from.clone())
            .to(Mailbox::new(None, mail.to.parse().ok()?))
            .subject(mail.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text)
            .ok()
    }
}

fn tls_of(host: &str) -> anyhow::Result<TlsParameters> {
    TlsParameters::new(host.to_owned()).context("could not set up TLS for the mail server")
}

#[async_trait]
impl Mailer for SmtpMailer {
    fn takes(&self, address: &str) -> bool {
        address.is_ascii() && address.parse::<Address>().is_ok()
    }

    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        let message = self.message(mail).ok_or(MailError::Rejected { reply: None })?;
        let Err(error) = self.transport.send(message).await else {
            return Ok(());
        };
        // The server's text is left out: it may hold the address.
        let reply = error.status().map(u16::from);
        if error.is_permanent() && !reply.is_some_and(|reply| ABOUT_SIGNING_IN.contains(&reply)) {
            Err(MailError::Rejected { reply })
        } else {
            Err(MailError::Unavailable { reply })
        }
    }
}
