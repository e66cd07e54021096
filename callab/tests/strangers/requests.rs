//! What strangers send: each with the code it is refused by, where there is one.

mod costs;
mod http;
mod inputs;
mod shapes;

use serde_json::{Value, json};

/// One hostile request.
pub struct Hostile {
    /// What it is, in words.
    pub name: String,
    /// What is sent.
    pub sent: Sent,
    /// The code that it has to be refused by; none where a clean answer of any kind will do.
    pub code: Option<&'static str>,
}

/// How it is sent.
pub enum Sent {
    /// As the body of a good request.
    Body(Vec<u8>),
    /// As bytes. `TOKEN` is replaced by a good one.
    Raw(Vec<u8>),
    /// As bytes, and then nothing more although more is promised.
    CutOff(Vec<u8>),
}

/// All of them.
pub fn all() -> Vec<Hostile> {
    let mut all = Vec::new();
    shapes::add(&mut all);
    costs::add(&mut all);
    inputs::add(&mut all);
    http::add(&mut all);
    all
}

fn body(all: &mut Vec<Hostile>, name: impl Into<String>, code: Option<&'static str>, body: &Value) {
    let sent = Sent::Body(body.to_string().into_bytes());
    all.push(Hostile {
        name: name.into(),
        sent,
        code,
    });
}

fn document(all: &mut Vec<Hostile>, name: impl Into<String>, code: impl Into<Option<&'static str>>, document: &str) {
    body(all, name, code.into(), &json!({ "query": document }));
}

fn raw(all: &mut Vec<Hostile>, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
    all.push(Hostile {
        name: name.into(),
        sent: Sent::Raw(bytes.into()),
        code: None,
    });
}

fn cut_off(all: &mut Vec<Hostile>, name: &str, bytes: String) {
    all.push(Hostile {
        name: name.into(),
        sent: Sent::CutOff(bytes.into_bytes()),
        code: None,
    });
}

/// The texts for 0, 1 and so on, one after the other.
fn each(n: usize, one: impl Fn(usize) -> String) -> String {
    let mut all = String::new();
    for n in 0..n {
        all.push_str(&one(n));
    }
    all
}
