//! The story of a number: its account is connected, it gets an agent, takes a call, makes one, breaks, is explained and repaired, and
//! is given back.
//!
//! Each step is asked through the public API or happens at the simulated Twilio, and is believed only when the simulator's own
//! state or a fresh answer of the API shows it. A step that needs what an earlier one did not bring about is not reached.

mod accounts;
mod calls;
mod credentials;
mod numbers;
mod routing;
mod trouble;

use std::fmt::{self, Display};
use std::time::{Duration, Instant};

use twilio_sim::{Sim, SimNumber};

use super::Demo;
use super::client::Client;
use super::world::{Workspace, WorldAccount};

/// How long a step may take.
const STEP_LIMIT: Duration = Duration::from_secs(10);

/// The number that the story is about; another service answers it at first.
const NUMBER: &str = "+12025550171";

/// A step of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The account is connected and its numbers are read.
    Connect,
    /// A wrong token is refused, and nothing is kept of it.
    RefuseWrongToken,
    /// The numbers that can take calls are listed.
    ListUsableNumbers,
    /// A number is added under a nickname; nothing is written at Twilio.
    AddNumber,
    /// An agent is assigned after the plan was shown, and Twilio sends the number's calls to Callab.
    AssignAgent,
    /// A call to the number reaches the agent.
    ReceiveCall,
    /// A test call goes out, and its verdict is PASS.
    PlaceTestCall,
    /// The account's token is changed at Twilio and here, and calls still reach the agent.
    RotateToken,
    /// Someone sends the number's calls elsewhere; it is noticed and repaired.
    RepairDrift,
    /// The number breaks, and the diagnosis says why and what to do.
    ExplainBrokenNumber,
    /// A low balance opens one episode of an alert, and a top-up closes it.
    LowBalance,
    /// The nickname is changed; nothing is written at Twilio.
    Rename,
    /// The number is removed, has its old routing back, and is still the customer's.
    RemoveNumber,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 13] = [
        Self::Connect,
        Self::RefuseWrongToken,
        Self::ListUsableNumbers,
        Self::AddNumber,
        Self::AssignAgent,
        Self::ReceiveCall,
        Self::PlaceTestCall,
        Self::RotateToken,
        Self::RepairDrift,
        Self::ExplainBrokenNumber,
        Self::LowBalance,
        Self::Rename,
        Self::RemoveNumber,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect a Twilio account",
            Self::RefuseWrongToken => "refuse a wrong token",
            Self::ListUsableNumbers => "list the usable numbers",
            Self::AddNumber => "add a number with a nickname",
            Self::AssignAgent => "assign an agent",
            Self::ReceiveCall => "an inbound call reaches the agent",
            Self::PlaceTestCall => "an outbound test call passes",
            Self::RotateToken => "change the account's token",
            Self::RepairDrift => "notice a drift and repair it",
            Self::ExplainBrokenNumber => "explain a broken number",
            Self::LowBalance => "a low balance opens an alert, a top-up closes it",
            Self::Rename => "a new nickname writes nothing at Twilio",
            Self::RemoveNumber => "remove the number and return its routing",
        }
    }
}

/// Why a step did not pass.
#[derive(Debug)]
pub enum StepError {
    /// Something is not as it should be.
    Failed(anyhow::Error),
    /// What an earlier step should have brought about is missing: named here.
    NotReached(&'static str),
}

impl From<anyhow::Error> for StepError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// How a step went.
#[derive(Debug)]
pub struct StepReport {
    /// Which.
    pub step: Step,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub outcome: Result<(), StepError>,
}

impl Display for StepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, took_ms) = (self.step.name(), self.took.as_millis());
        match &self.outcome {
            Ok(()) => write!(f, "passed       {took_ms:>5} ms  {name}"),
            Err(StepError::Failed(error)) => write!(f, "FAILED       {took_ms:>5} ms  {name}: {error:#}"),
            Err(StepError::NotReached(missing)) => {
                write!(f, "not reached  {took_ms:>5} ms  {name}: there is no {missing}")
            }
        }
    }
}

/// How the story went.
#[derive(Debug)]
pub struct Report {
    /// Each step.
    pub steps: Vec<StepReport>,
}

impl Report {
    /// How many steps passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.steps.iter().filter(|report| report.outcome.is_ok()).count()
    }

    /// The steps that did not.
    pub fn failed(&self) -> impl Iterator<Item = &StepReport> {
        self.steps.iter().filter(|report| report.outcome.is_err())
    }
}

/// `demo: N steps passed, N failed`
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "demo: {} steps passed, {} failed",
            self.passed(),
            self.failed().count()
        )
    }
}

/// Plays the whole story. `before_step` is called with each step's name; a test uses it to spoil something at the simulator.
///
/// # Errors
/// When no HTTP client can be set up. A step that fails is in the report.
pub async fn play(demo: &Demo, before_step: &mut dyn FnMut(&str, &Sim)) -> anyhow::Result<Report> {
    let mut story = Story::begin(demo)?;
    let mut steps = Vec::new();
    for step in Step::ALL {
        before_step(step.name(), &demo.sim);
        steps.push(story.play(step).await);
    }
    Ok(Report { steps })
}

/// The story so far: what its steps found and later ones need.
#[derive(Debug)]
pub struct Story<'a> {
    demo: &'a Demo,
    /// The account at the simulated Twilio.
    account: &'a WorldAccount,
    /// Its owner.
    owner: Client,
    /// The connected account's id.
    account_id: Option<String>,
    /// The number's id.
    number_id: Option<String>,
    /// The number is in use by Callab.
    added: bool,
    /// The agent's id.
    agent_id: Option<String>,
    /// The number at Twilio, from just before Callab changed its routing.
    before_callab: Option<SimNumber>,
}

impl<'a> Story<'a> {
    /// A story at its beginning, on a demo in which nobody else plays it.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn begin(demo: &'a Demo) -> anyhow::Result<Self> {
        Ok(Self {
            demo,
            account: &demo.world.story,
            owner: demo.owner(Workspace::Story)?,
            account_id: None,
            number_id: None,
            added: false,
            agent_id: None,
            before_callab: None,
        })
    }

    /// Plays one step, within its time.
    pub async fn play(&mut self, step: Step) -> StepReport {
        let started = Instant::now();
        let outcome = tokio::time::timeout(STEP_LIMIT, self.perform(step))
            .await
            .unwrap_or_else(|_| {
                let limit_s = STEP_LIMIT.as_secs();
                Err(StepError::Failed(anyhow::anyhow!(
                    "what it waits for did not happen within {limit_s} s"
                )))
            });
        StepReport {
            step,
            took: started.elapsed(),
            outcome,
        }
    }

    async fn perform(&mut self, step: Step) -> Result<(), StepError> {
        match step {
            Step::Connect => self.connect().await,
            Step::RefuseWrongToken => self.refuse_wrong_token().await,
            Step::ListUsableNumbers => self.list_usable_numbers().await,
            Step::AddNumber => self.add_number().await,
            Step::AssignAgent => self.assign_agent().await,
            Step::ReceiveCall => self.receive_call().await,
            Step::PlaceTestCall => self.place_test_call().await,
            Step::RotateToken => self.rotate_token().await,
            Step::RepairDrift => self.repair_drift().await,
            Step::ExplainBrokenNumber => self.explain_broken_number().await,
            Step::LowBalance => self.low_balance().await,
            Step::Rename => self.rename().await,
            Step::RemoveNumber => self.remove_number().await,
        }
    }

    fn account_id(&self) -> Result<String, StepError> {
        self.account_id
            .clone()
            .ok_or(StepError::NotReached("connected account"))
    }

    fn number_id(&self) -> Result<String, StepError> {
        self.number_id.clone().ok_or(StepError::NotReached("listed number"))
    }

    fn added_number_id(&self) -> Result<String, StepError> {
        if self.added {
            self.number_id()
        } else {
            Err(StepError::NotReached("added number"))
        }
    }

    /// The number as it stands at the simulated Twilio now.
    fn at_twilio(&self) -> anyhow::Result<SimNumber> {
        let numbers = self.demo.sim.numbers(&self.account.sid);
        let found = numbers.into_iter().find(|number| number.phone_number == NUMBER);
        found.ok_or_else(|| anyhow::anyhow!("{NUMBER} is no longer in the account at Twilio"))
    }
}

/// Passes if it `holds`; otherwise the step failed for that reason.
fn check(holds: bool, otherwise: impl Display) -> Result<(), StepError> {
    if holds {
        Ok(())
    } else {
        Err(StepError::Failed(anyhow::anyhow!("{otherwise}")))
    }
}
