//! What an address means: the product, the region, the path inside the product.

use axum::http::{HeaderMap, Uri, header};

/// Twilio's products, as they stand in `{product}.twilio.com`.
const PRODUCTS: [&str; 14] = [
    "accounts", "api", "events", "iam", "insights", "lookups", "monitor", "numbers", "pricing", "routes", "status",
    "trunking", "trusthub", "voice",
];

/// Where a request goes.
///
/// `{product}.{edge}.{region}` (or `{product}.{region}`) comes from the first of: the first path segment, the header
/// `X-Twilio-Host`, a `Host` below `twilio.com`. Without any of them a path that starts with `/2010-04-01` is `api` in `us1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) product: String,
    pub(crate) region: String,
    /// The path without the product: begins with `/`, still percent-encoded.
    pub(crate) path: String,
    /// The address of the product as the client named it, without a slash at its end; absolute URLs in answers begin with it.
    pub(crate) root: String,
}

impl Target {
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let path = uri.path();
        let (first, rest) = path
            .trim_start_matches('/')
            .split_once('/')
            .unwrap_or((path.trim_start_matches('/'), ""));
        if let Some((product, region)) = product_and_region(first) {
            return Some(Self {
                product,
                region,
                path: format!("/{rest}"),
                root: format!("http://{}/{first}", host(headers)),
            });
        }
        if let Some((product, region, host)) = named_host(headers) {
            return Some(Self {
                product,
                region,
                path: path.to_owned(),
                root: format!("https://{host}"),
            });
        }
        (first == "2010-04-01").then(|| Self {
            product: "api".to_owned(),
            region: "us1".to_owned(),
            path: path.to_owned(),
            root: format!("http://{}", host(headers)),
        })
    }

    /// The path cut at its slashes.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.trim_start_matches('/').split('/').collect()
    }

    /// The account SID in a v2010 path.
    pub(crate) fn account_sid(&self) -> Option<&str> {
        match self.segments().as_slice() {
            ["2010-04-01", "Accounts", account, ..] => Some(account.trim_end_matches(".json")),
            _ => None,
        }
    }
}

/// Product, region and the whole name of a host below `twilio.com`.
fn named_host(headers: &HeaderMap) -> Option<(String, String, String)> {
    let names = ["x-twilio-host", header::HOST.as_str()];
    let mut hosts = names.iter().filter_map(|name| headers.get(*name)?.to_str().ok());
    hosts.find_map(|host| {
        let (product, region) = product_and_region(host.strip_suffix(".twilio.com")?)?;
        Some((product, region, host.to_owned()))
    })
}

/// The address the client connected to, by its own word.
fn host(headers: &HeaderMap) -> &str {
    let sent = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    sent.unwrap_or("localhost")
}

/// Reads `api`, `api.ie1` or `api.dublin.ie1`.
fn product_and_region(text: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.split('.').collect();
    let (product, region) = match parts.as_slice() {
        [product] => (*product, "us1"),
        [product, region] | [product, _, region] => (*product, *region),
        _ => return None,
    };
    PRODUCTS
        .contains(&product)
        .then(|| (product.to_owned(), region.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::Target;

    fn read(path: &str, host: Option<&str>) -> Option<(String, String, String)> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert("x-twilio-host", host.parse().unwrap());
        }
        Target::read(&path.parse::<Uri>().unwrap(), &headers).map(|t| (t.product, t.region, t.path))
    }

    fn target(product: &str, region: &str, path: &str) -> (String, String, String) {
        (product.to_owned(), region.to_owned(), path.to_owned())
    }

    #[test]
    fn absolute_addresses_lead_back_to_where_the_request_went() {
        let root = |path: &str, host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            Target::read(&path.parse::<Uri>().unwrap(), &headers).unwrap().root
        };
        assert_eq!(
            root("/monitor/v1/Alerts", "127.0.0.1:8081"),
            "http://127.0.0.1:8081/monitor"
        );
        assert_eq!(
            root("/v1/Alerts", "monitor.dublin.ie1.twilio.com"),
            "https://monitor.dublin.ie1.twilio.com"
        );
    }

    #[test]
    fn the_product_is_named_by_path_host_or_the_path_alone() {
        let path = "/2010-04-01/Accounts.json";
        assert_eq!(
            read("/api/2010-04-01/Accounts.json", None),
            Some(target("api", "us1", path))
        );
        assert_eq!(
            read("/api.dublin.ie1/2010-04-01/Accounts.json", None),
            Some(target("api", "ie1", path))
        );
        assert_eq!(
            read(path, Some("api.sydney.au1.twilio.com")),
            Some(target("api", "au1", path))
        );
        assert_eq!(read(path, None), Some(target("api", "us1", path)));
        assert_eq!(
            read("/v1/Alerts", Some("monitor.twilio.com")),
            Some(target("monitor", "us1", "/v1/Alerts"))
        );
        assert_eq!(read("/v1/Alerts", None), None);
    }
}
