//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use uuid::Uuid;

/// Callab with the customer's own Twilio account.
#[derive(Debug, Parser)]
#[command(name = "callab", version, propagate_version = true)]
pub struct Cli {
    /// A TOML file whose settings override the defaults; the environment (`CALLAB__…`) overrides it
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole product on this machine, with a simulated Twilio and something to look at
    Demo(DemoArgs),
    /// API, webhooks and worker in one process, from the configuration
    Up,
    /// API and webhooks, one process of many; needs PostgreSQL, Redis and a migrated database
    Api,
    /// Jobs, one process of many; needs PostgreSQL, Redis and a migrated database
    Worker,
    /// Bring the configured database up to date
    Migrate,
    /// Sign a token for development, with the configured secret, and print it
    Token(TokenArgs),
    /// Master keys
    #[command(subcommand)]
    Vault(VaultCommand),
    /// The audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Print the GraphQL schema (SDL)
    Schema,
    /// The simulated Twilio alone
    Sim(SimArgs),
}

/// `callab demo`
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The demo's own directory; it is emptied of the last demo at each start
    #[arg(long, value_name = "DIR", default_value = "./data/demo", conflicts_with = "once")]
    pub data_dir: PathBuf,
    /// Where the product listens; port 0 takes a free one [default: 127.0.0.1:8080, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Where the simulated Twilio listens; port 0 takes a free one [default: 127.0.0.1:8081, or a free port]
    #[arg(long, value_name = "ADDR")]
    pub sim_listen: Option<SocketAddr>,
    /// Play the story from connecting an account to removing a number, print it and exit; nothing is left behind
    #[arg(long)]
    pub once: bool,
}

/// `callab token`
#[derive(Clone, Debug, Args)]
pub struct TokenArgs {
    /// owner, member or viewer of a workspace; `staff_viewer`, support or lead of Callab's staff
    #[arg(long, value_parser = role)]
    pub role: domain::Role,
    /// The web app's id of the workspace; none for staff
    #[arg(long, value_name = "ID")]
    pub workspace: Option<String>,
    /// The workspace's name
    #[arg(long, value_name = "NAME", requires = "workspace")]
    pub workspace_name: Option<String>,
    /// Whom the token names
    #[arg(long, default_value = "developer")]
    pub subject: String,
    /// For how long it is valid, in hours
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=8760))]
    pub hours: u16,
    /// Who does this
    #[command(flatten)]
    pub operator: OperatorArg,
}

/// Who types a command that the audit log keeps.
#[derive(Clone, Debug, Default, Args)]
pub struct OperatorArg {
    /// Who does this: the audit log keeps it. Not given: the name you are logged in with
    #[arg(long = "operator", value_name = "NAME")]
    pub name: Option<String>,
}

fn role(word: &str) -> Result<domain::Role, String> {
    domain::Role::of_token(word).ok_or_else(|| {
        let words: Vec<&str> = domain::Role::of_tokens().map(domain::Role::as_str).collect();
        format!("the roles are {}", words.join(", "))
    })
}

/// `callab vault`
#[derive(Clone, Debug, Subcommand)]
pub enum VaultCommand {
    /// Print a new master key (an age identity), to be put in front of the key file
    Generate,
    /// Which master keys are at hand, what is sealed to each, and what cannot be opened
    Status {
        /// Open every sealed value once, instead of going by the keys' names; the audit log keeps each credential that is opened
        #[arg(long)]
        open: bool,
        /// Who does this
        #[command(flatten)]
        operator: OperatorArg,
    },
    /// Seal everything to the first master key, while the product runs; what broke off goes on from there
    Rotate {
        /// Then take the other keys out of the key file; refused while anything is sealed to one
        #[arg(long)]
        retire: bool,
        /// Who does this
        #[command(flatten)]
        operator: OperatorArg,
    },
}

/// `callab audit`
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Find what was changed, removed, moved, cut off or held up; exits with 0 if nothing was, 1 if something, 2 if it could not look
    Verify(VerifyArgs),
    /// Forget a person in a workspace's entries: who acted, from where, by which request and the details; the chain still holds
    Erase(EraseArgs),
}

/// `callab audit verify`
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// This workspace alone, by Callab's own id (a UUID)
    #[arg(long, value_name = "UUID")]
    pub workspace: Option<Uuid>,
    /// A head from the process log (`audit.head`), `WORKSPACE:SEQ:MAC`: the chain must still hold it; may be repeated
    #[arg(long, value_name = "HEAD")]
    pub head: Vec<domain::audit::Head>,
    /// A file of such heads, one a line, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub heads_from: Option<PathBuf>,
    /// An entry at which `HEAD_LOST` was told, once somebody has looked into it (a UUID); may be repeated
    #[arg(long, value_name = "ENTRY")]
    pub looked_into: Vec<Uuid>,
    /// One JSON object a workspace, one a line
    #[arg(long)]
    pub json: bool,
}

/// `callab audit erase`
#[derive(Clone, Debug, Args)]
pub struct EraseArgs {
    /// The workspace, by Callab's own id (a UUID)
    #[arg(long, value_name = "UUID")]
    pub workspace: Uuid,
    /// Whose entries: the `sub` of their tokens, exactly
    #[arg(long, value_name = "SUB")]
    pub actor: String,
    /// Who does this
    #[command(flatten)]
    pub operator: OperatorArg,
}

/// `callab sim`
#[derive(Clone, Debug, Args)]
pub struct SimArgs {
    /// Where it listens; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    pub listen: SocketAddr,
    /// A data set to begin with; may be repeated
    #[arg(long, value_name = "NAME", value_parser = twilio_sim::scenario::NAMES)]
    pub scenario: Vec<String>,
    /// Milliseconds between two steps of a call, which is also how long a simulated second of pause lasts
    #[arg(long, value_name = "MS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub pace_ms: u64,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn roles_are_the_words_of_tokens() {
        let token = |role: &str| Cli::try_parse_from(["callab", "token", "--role", role]);
        assert!(token("staff_viewer").is_ok());
        assert!(
            token("admin")
                .unwrap_err()
                .to_string()
                .contains("owner, member, viewer, staff_viewer, support, lead")
        );
    }
}
