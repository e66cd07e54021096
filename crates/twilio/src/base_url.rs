//! Where Twilio is: the template of its addresses, and how a next page's address is resolved against it.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use crate::Region;
use crate::request::Product;

const PLACEHOLDER: &str = "{product}";

/// The template of Twilio's addresses, with `{product}` where the product's name goes.
///
/// `https://{product}.twilio.com` is Twilio; `http://127.0.0.1:8081/{product}` a server that stands in for it. In a region
/// other than US1 the name carries edge and region: `api.dublin.ie1` for `api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is no template of Twilio's addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// The products could not be told apart.
    #[error("a Twilio base URL names {{product}} once, in its host or path")]
    NoProduct,
    /// Not an address.
    #[error("a Twilio base URL is an http or https address")]
    NoUrl,
    /// Credentials are attached to each request, and a query would be lost.
    #[error("a Twilio base URL has no user, password, query or fragment")]
    Surplus,
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self(format!("https://{PLACEHOLDER}.twilio.com"))
    }
}

impl BaseUrl {
    /// Reads a template; slashes at its end are dropped.
    ///
    /// # Errors
    /// [`BaseUrlError`] when the addresses made from it could not be used.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim().trim_end_matches('/');
        if text.matches(PLACEHOLDER).count() != 1 {
            return Err(BaseUrlError::NoProduct);
        }
        let url = Url::parse(&text.replace(PLACEHOLDER, Product::Api.as_str())).map_err(|_| BaseUrlError::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(BaseUrlError::NoUrl);
        }
        let signed_in = !url.username().is_empty() || url.password().is_some();
        if signed_in || url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Surplus);
        }
        Ok(Self(text.to_owned()))
    }

    /// The root of `product`'s addresses in `region`, without a slash at its end.
    fn root(&self, product: Product, region: Region) -> String {
        let product = match region {
            Region::Us1 => product.as_str().to_owned(),
            Region::Ie1 | Region::Au1 => format!("{}.{}.{region}", product.as_str(), region.edge()),
        };
        self.0.replace(PLACEHOLDER, &product)
    }

    /// The address of `path`: one relative to the product's root, which begins with `/`, or an absolute one, as Twilio
    /// gives for a next page. `None` when it leads to another server: the credentials must not follow it there.
    ///
    /// Twilio's newer products name their own host in a next page, without the region, and behind a stand-in that hands on
    /// Twilio's answers still. Such an address counts by its path and query: it is asked of the product's root here.
    pub(crate) fn resolve(&self, product: Product, region: Region, path: &str) -> Option<Url> {
        let root = self.root(product, region);
        let root_url = Url::parse(&root).ok()?;
        let url = if path.starts_with('/') {
            Url::parse(&format!("{root}{path}")).ok()?
        } else {
            let url = Url::parse(path).ok()?;
            if url.origin() != root_url.origin() && is_twilios_own(&url, product) {
                let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
                Url::parse(&format!("{root}{}{query}", url.path())).ok()?
            } else {
                url
            }
        };
        let signed_in = !url.username().is_empty() || url.password().is_some();
        (url.origin() == root_url.origin() && !signed_in).then_some(url)
    }
}

/// Whether `url` is one of `product`'s at Twilio itself, in whichever region.
fn is_twilios_own(url: &Url, product: Product) -> bool {
    let is_products = url
        .host_str()
        .and_then(|host| host.strip_prefix(product.as_str()))
        .is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".twilio.com"));
    let signed_in = !url.username().is_empty() || url.password().is_some();
    url.scheme() == "https" && url.port().is_none() && is_products && !signed_in
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(template: &str, region: Region) -> String {
        BaseUrl::parse(template)
            .unwrap()
            .resolve(Product::Api, region, "/2010-04-01/x.json")
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_region_adds_edge_and_region() {
        let twilio = BaseUrl::default().to_string();
        assert_eq!(at(&twilio, Region::Us1), "https://api.twilio.com/2010-04-01/x.json");
        assert_eq!(
            at(&twilio, Region::Ie1),
            "https://api.dublin.ie1.twilio.com/2010-04-01/x.json"
        );
        assert_eq!(
            at(&twilio, Region::Au1),
            "https://api.sydney.au1.twilio.com/2010-04-01/x.json"
        );
        let stand_in = "http://127.0.0.1:8081/{product}/";
        assert_eq!(at(stand_in, Region::Us1), "http://127.0.0.1:8081/api/2010-04-01/x.json");
        assert_eq!(
            at(stand_in, Region::Ie1),
            "http://127.0.0.1:8081/api.dublin.ie1/2010-04-01/x.json"
        );
    }

    #[test]
    fn templates_are_checked() {
        for (text, error) in [
            ("https://api.twilio.com", BaseUrlError::NoProduct),
            ("https://{product}.twilio.com/{product}", BaseUrlError::NoProduct),
            ("{product}", BaseUrlError::NoUrl),
            ("ftp://{product}.twilio.com", BaseUrlError::NoUrl),
            ("https://user:secret@{product}.twilio.com", BaseUrlError::Surplus),
            ("https://{product}.twilio.com?debug=1", BaseUrlError::Surplus),
        ] {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }

    fn page(template: &str, page: &str) -> Option<String> {
        let base = BaseUrl::parse(template).unwrap();
        base.resolve(Product::Api, Region::Us1, page).map(|url| url.to_string())
    }

    #[test]
    fn a_relative_next_page_keeps_the_prefix() {
        let next = "/2010-04-01/Accounts/x.json?Page=1&PageToken=PAab";
        let expected = format!("http://127.0.0.1:8081/twilio/api{next}");
        assert_eq!(page("http://127.0.0.1:8081/twilio/{product}", next), Some(expected));
    }

    #[test]
    fn a_next_page_at_twilio_itself_is_asked_of_the_configured_server() {
        let next = "https://api.twilio.com/v1/Alerts?PageToken=PA%2Bx";
        let stand_in = page("http://127.0.0.1:8081/twilio/{product}", next);
        assert_eq!(
            stand_in.as_deref(),
            Some("http://127.0.0.1:8081/twilio/api/v1/Alerts?PageToken=PA%2Bx")
        );
        let ireland = BaseUrl::default().resolve(Product::Api, Region::Ie1, next).unwrap();
        assert_eq!(
            ireland.as_str(),
            "https://api.dublin.ie1.twilio.com/v1/Alerts?PageToken=PA%2Bx"
        );
    }

    #[test]
    fn a_next_page_elsewhere_is_not_followed() {
        let twilio = BaseUrl::default().to_string();
        assert!(page(&twilio, "https://api.twilio.com/2010-04-01/x.json?Page=1").is_some());
        for elsewhere in [
            "https://api.twilio.com.evil.example/x",
            "http://api.twilio.com/x",
            "https://api.twilio.com:8443/x",
            "https://someone@api.twilio.com/x",
            "https://monitor.twilio.com/x",
            "https://api.twilio.com@evil.example/x",
            "https://apitwilio.com/x",
            "x.json?Page=1",
        ] {
            assert_eq!(page(&twilio, elsewhere), None, "{elsewhere}");
            assert_eq!(page("http://127.0.0.1:8081/{product}", elsewhere), None, "{elsewhere}");
        }
        assert_eq!(
            page("http://127.0.0.1:8081/{product}", "//evil.example/x"),
            Some("http://127.0.0.1:8081/api//evil.example/x".into())
        );
    }
}
