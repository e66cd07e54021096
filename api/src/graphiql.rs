//! GraphiQL, the page to try the GraphQL API by hand. Everything it loads is in this binary; nothing comes from elsewhere.
//!
//! The page belongs at `/graphiql` and each [`asset`] under [`ASSETS_PATH`], all with [`CONTENT_SECURITY_POLICY`]. What
//! the assets are and how they were made: `assets/graphiql/README.md`.

use quick_xml::escape::escape;

/// Where the page looks for its assets.
pub const ASSETS_PATH: &str = "/graphiql/";

/// The `Content-Security-Policy` that the page works under: its own files, and requests to its own host only.
///
/// Inline styles are allowed because React components and the editor put some into the page; scripts are not.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page, as HTML. It asks `graphql_path` over HTTP, and `ws_path` of the same host for subscriptions
/// (`graphql-transport-ws`).
///
/// A token is pasted into the header editor as `{"Authorization": "Bearer …"}`. Requests carry it as a header,
/// subscriptions as payload of `connection_init`.
#[must_use]
pub fn page(graphql_path: &str, ws_path: &str) -> String {
    let (graphql_path, ws_path) = (escape(graphql_path), escape(ws_path));
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{ASSETS_PATH}graphiql.css">
<link rel="stylesheet" href="{ASSETS_PATH}page.css">
</head>
<body>
<div id="graphiql" data-graphql-path="{graphql_path}" data-ws-path="{ws_path}">Loading GraphiQL…</div>
<script src="{ASSETS_PATH}graphiql.js"></script>
<script src="{ASSETS_PATH}start.js"></script>
</body>
</html>
"#
    )
}

/// Content type and content of an asset, by its file name. `None` when there is no such asset.
#[must_use]
pub fn asset(name: &str) -> Option<(&'static str, &'static [u8])> {
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    match name {
        "graphiql.css" => Some((CSS, include_bytes!("../assets/graphiql/graphiql.css"))),
        "graphiql.js" => Some((JS, include_bytes!("../assets/graphiql/graphiql.js"))),
        "page.css" => Some((CSS, include_bytes!("../assets/graphiql/page.css"))),
        "start.js" => Some((JS, include_bytes!("../assets/graphiql/start.js"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page loads: the values of `src` and `href`.
    fn loaded(page: &str) -> Vec<&str> {
        let attributes = page.split([' ', '>']);
        let values = attributes.filter_map(|part| part.strip_prefix("src=").or_else(|| part.strip_prefix("href=")));
        values.map(|value| value.trim_matches('"')).collect()
    }

    #[test]
    fn everything_the_page_loads_is_an_asset() {
        let page = page("/graphql", "/graphql/ws");
        let (inline, files): (Vec<_>, Vec<_>) = loaded(&page).into_iter().partition(|url| url.starts_with("data:"));
        assert_eq!((inline.len(), files.len()), (1, 4));
        for file in files {
            let name = file.strip_prefix(ASSETS_PATH).expect("from this host");
            let (_, content) = asset(name).expect("an asset");
            assert!(!content.is_empty(), "{name}");
        }
        assert_eq!(asset("../Cargo.toml"), None);
    }

    #[test]
    fn the_page_holds_no_inline_script() {
        let page = page("/graphql", "/graphql/ws");
        assert_eq!(page.matches("<script").count(), page.matches("<script src=").count());
    }

    #[test]
    fn no_asset_loads_from_elsewhere() {
        let (_, css) = asset("graphiql.css").unwrap();
        let css = str::from_utf8(css).unwrap();
        assert_eq!(css.matches("url(").count(), css.matches("url(data:").count());
        assert!(!css.contains("@import") && !css.contains("@font-face"));
    }

    #[test]
    fn the_addresses_cannot_leave_their_attribute() {
        let page = page("/graphql", r#""><script>alert(1)</script>"#);
        assert!(page.contains(r#"data-graphql-path="/graphql" data-ws-path="&quot;&gt;&lt;script&gt;"#));
    }
}
