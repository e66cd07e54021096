//! New ids and references, made in one place.

use std::fmt::Debug;

use uuid::Uuid;

/// Makes ids. Injected, as the clock is.
pub trait Ids: Debug + Send + Sync {
    /// A new UUID of version 7. Never the proof of anything: it can be guessed.
    fn new_id(&self) -> Uuid;

    /// 128 unguessable bits as 32 lower-case hexadecimal digits: what a webhook's address carries.
    fn new_reference(&self) -> String;
}

/// Real ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn new_reference(&self) -> String {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
        hex::encode(bytes)
    }
}
