//! A mail server for tests: it speaks as much SMTP as a client needs, and keeps the mails.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use callab::config::{Smtp, SmtpTls};
use callab::smtp::SmtpMailer;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A mail as it came.
#[derive(Clone, Debug, Default)]
pub struct SentMail {
    /// Who it is from, by the envelope.
    pub from: String,
    /// Who it is to, by the envelope.
    pub to: String,
    /// Headers and text.
    pub text: String,
}

#[derive(Debug, Default)]
struct Kept {
    mails: Vec<SentMail>,
    refusals: VecDeque<&'static str>,
}

/// A mail server on this machine. It ends with the value.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    kept: Arc<Mutex<Kept>>,
    _stop: DropGuard,
}

impl MailServer {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When no port is to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let port = listener.local_addr()?.port();
        let kept = Arc::<Mutex<Kept>>::default();
        let stop = CancellationToken::new();
        let (stopped, keeping) = (stop.clone(), Arc::clone(&kept));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = stopped.cancelled() => return,
                    accepted = listener.accept() => {
                        let Ok((socket, _)) = accepted else { return };
                        tokio::spawn(talk(socket, Arc::clone(&keeping)));
                    }
                }
            }
        });
        Ok(Self {
            port,
            kept,
            _stop: stop.drop_guard(),
        })
    }

    /// What mails are sent through it with.
    ///
    /// # Errors
    /// When no mailer can be made.
    pub fn mailer(&self) -> anyhow::Result<SmtpMailer> {
        SmtpMailer::new(&Smtp {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: SmtpTls::None,
            login: None,
            from: "Callab <alerts@callab.example>".parse()?,
        })
    }

    /// Refuses the next recipient with this reply, such as `550 no such person`.
    pub fn refuse(&self, reply: &'static str) {
        self.kept().refusals.push_back(reply);
    }

    /// The mails that came so far.
    #[must_use]
    pub fn mails(&self) -> Vec<SentMail> {
        self.kept().mails.clone()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn talk(socket: TcpStream, kept: Arc<Mutex<Kept>>) -> Option<()> {
    let (read, mut write) = socket.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test ready\r\n").await.ok()?;
    let mut mail = SentMail::default();
    while let Some(line) = lines.next_line().await.ok()? {
        let argument = |command: &str| {
            let address = line.strip_prefix(command)?.trim_start_matches('<');
            Some(address.split('>').next()?.to_owned())
        };
        let reply = if let Some(from) = argument("MAIL FROM:") {
            mail.from = from;
            "250 ok"
        } else if let Some(to) = argument("RCPT TO:") {
            mail.to = to;
            let refusal = kept.lock().unwrap_or_else(PoisonError::into_inner).refusals.pop_front();
            refusal.unwrap_or("250 ok")
        } else if line == "DATA" {
            write.write_all(b"354 go on\r\n").await.ok()?;
            while let Some(line) = lines.next_line().await.ok()? {
                if line == "." {
                    break;
                }
                mail.text.push_str(&line);
                mail.text.push('\n');
            }
            let mail = std::mem::take(&mut mail);
            kept.lock().unwrap_or_else(PoisonError::into_inner).mails.push(mail);
            "250 kept"
        } else if line == "QUIT" {
            "221 bye"
        } else {
            "250 test" // EHLO, RSET, NOOP.
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}
