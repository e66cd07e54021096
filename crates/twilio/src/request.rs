//! One request to Twilio, described before anything is sent.

use reqwest::Method;

use crate::AccountSid;

/// The most items Twilio puts on a page; asking for more is refused with code 20007.
pub(crate) const MAX_PAGE_SIZE: u16 = 1000;

/// A part of Twilio with a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    /// The API of 2010: accounts, numbers, calls, usage.
    Api,
    /// Auth Tokens.
    Accounts,
    /// Voice Insights.
    Insights,
    /// Alerts.
    Monitor,
    /// Prices.
    Pricing,
    /// Which region handles a number.
    Routes,
    /// Which countries may be called.
    Voice,
}

impl Product {
    /// The first label of the product's host name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Accounts => "accounts",
            Self::Insights => "insights",
            Self::Monitor => "monitor",
            Self::Pricing => "pricing",
            Self::Routes => "routes",
            Self::Voice => "voice",
        }
    }
}

/// What is asked of Twilio: everything but who asks.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The operation's name in Twilio's OpenAPI, for errors and logs.
    pub(crate) endpoint: &'static str,
    pub(crate) method: Method,
    pub(crate) product: Product,
    /// Begins with `/`: SIDs, constants and what [`path_segment`] escaped. For a next page, what Twilio gave.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// The form of a POST; a list repeats its name.
    pub(crate) form: Vec<(&'static str, String)>,
}

impl Request {
    /// A request to `product`, which acts on the account that the credentials belong to.
    pub(crate) fn to(endpoint: &'static str, method: Method, product: Product, path: impl Into<String>) -> Self {
        Self {
            endpoint,
            method,
            product,
            path: path.into(),
            query: Vec::new(),
            form: Vec::new(),
        }
    }

    /// A read of `/2010-04-01/Accounts/{account}{rest}.json`. Without `.json` Twilio answers XML.
    pub(crate) fn get(endpoint: &'static str, account: &AccountSid, rest: &str) -> Self {
        let path = format!("/2010-04-01/Accounts/{account}{rest}.json");
        Self::to(endpoint, Method::GET, Product::Api, path)
    }

    /// A write to the same kind of address.
    pub(crate) fn post(endpoint: &'static str, account: &AccountSid, rest: &str) -> Self {
        Self {
            method: Method::POST,
            ..Self::get(endpoint, account, rest)
        }
    }

    /// A deletion at the same kind of address.
    pub(crate) fn delete(endpoint: &'static str, account: &AccountSid, rest: &str) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(endpoint, account, rest)
        }
    }

    /// The same read of the page at `address`, which carries its own query.
    pub(crate) fn next_page(&self, address: String) -> Self {
        Self {
            path: address,
            query: Vec::new(),
            ..self.clone()
        }
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a query parameter when there is a value.
    pub(crate) fn optional_query(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Adds the page size, brought within what Twilio takes.
    pub(crate) fn page_size(self, page_size: u16) -> Self {
        self.query("PageSize", page_size.clamp(1, MAX_PAGE_SIZE).to_string())
    }

    /// Adds a form field.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.form.push((name, value.into()));
        self
    }

    /// Adds a form field when there is a value; an empty one is a value, and clears.
    pub(crate) fn optional_field(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }
}

/// `text` as one segment of a path: a phone number keeps its `+`, whatever else could mean something is escaped.
pub(crate) fn path_segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_does_not_leave_its_place() {
        assert_eq!(path_segment("+15005550006"), "+15005550006");
        assert_eq!(path_segment("../x?y=1#z"), "%2E%2E%2Fx%3Fy%3D1%23z");
        assert_eq!(path_segment("sip:ä@b"), "sip%3A%C3%A4%40b");
    }
}
