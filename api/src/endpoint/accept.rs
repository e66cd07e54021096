//! Which of GraphQL's two media types an answer is written in: what the request's `Accept` asks for.

use axum::http::{HeaderMap, HeaderValue, header};
use mime::Mime;

/// A media type of answers. Both hold the same JSON, in UTF-8. They differ in the status of a document that is not carried out.
///
/// Source: <https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// `application/graphql-response+json`: every status comes from here, and none from a proxy in between.
    GraphqlResponse,
    /// `application/json`: older clients read the body of a 200 alone.
    Json,
}

impl MediaType {
    /// As a header says it.
    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    fn essence(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }

    /// The one that the request likes best; `None` where it takes neither.
    ///
    /// The higher `q` wins, then the type that is named over one that a wildcard covers. Of two that are named alike the newer is
    /// taken, for who names it knows it; of two that only a wildcard covers, and without any `Accept`, the older.
    ///
    /// Source: RFC 9110, section 12.5.1
    pub(crate) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let values: Vec<&[u8]> = headers
            .get_all(header::ACCEPT)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        if values.iter().all(|value| value.trim_ascii().is_empty()) {
            return Some(Self::Json);
        }
        let texts = values.into_iter().filter_map(|value| str::from_utf8(value).ok());
        let ranges: Vec<Range> = texts.flat_map(members).filter_map(Range::parse).collect();
        let liked = |media_type: Self| {
            let covering = ranges.iter().filter_map(|range| range.covers(media_type));
            let (precision, weight) = covering.max()?;
            (weight > 0).then_some((weight, precision))
        };
        let (newer, older) = (liked(Self::GraphqlResponse), liked(Self::Json));
        let named_alike = newer == older && newer.is_some_and(|(_, precision)| precision == Precision::Type);
        if newer > older || named_alike {
            Some(Self::GraphqlResponse)
        } else {
            older.map(|_| Self::Json)
        }
    }
}

/// The members of a list, split at the commas that stand in no quotes.
fn members(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |c| {
        let splits = c == ',' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        splits
    })
}

/// How exactly a range names a media type. The most exact one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    /// `*/*`
    Anything,
    /// `application/*`
    Kind,
    /// The type itself.
    Type,
}

/// One member of `Accept`.
struct Range {
    name: String,
    /// Whether it asks for an encoding that is not ours.
    other_charset: bool,
    /// In thousandths.
    weight: u16,
}

impl Range {
    /// `None` for what is no media range: it asks for nothing.
    fn parse(text: &str) -> Option<Self> {
        let range: Mime = text.trim().parse().ok()?;
        let weight = match range.get_param("q") {
            Some(weight) => thousandths(weight.as_str())?,
            None => 1000,
        };
        Some(Self {
            name: range.essence_str().to_ascii_lowercase(),
            other_charset: range
                .get_param("charset")
                .is_some_and(|charset| !is_utf8(charset.as_str())),
            weight,
        })
    }

    fn covers(&self, media_type: MediaType) -> Option<(Precision, u16)> {
        let precision = match self.name.as_str() {
            "*/*" => Precision::Anything,
            "application/*" => Precision::Kind,
            name if name == media_type.essence() => Precision::Type,
            _ => return None,
        };
        (!self.other_charset).then_some((precision, self.weight))
    }
}

/// Whether it is a name of the one encoding that is spoken here.
pub(super) fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// From 0 to 1 with up to three decimals. Source: RFC 9110, section 12.4.2
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::MediaType::{GraphqlResponse, Json};
    use super::*;

    fn accepted(values: &[&str]) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        MediaType::accepted(&headers)
    }

    #[test]
    fn what_is_liked_best_is_answered() {
        for (accept, expected) in [
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("Application/GraphQL-Response+JSON", Some(GraphqlResponse)),
            ("application/json", Some(Json)),
            (
                "application/graphql-response+json, application/json",
                Some(GraphqlResponse),
            ),
            (
                "application/json, application/graphql-response+json",
                Some(GraphqlResponse),
            ),
            ("application/graphql-response+json;q=0.9, application/json", Some(Json)),
            (
                "application/json;q=0.9,application/graphql-response+json;q=0.901",
                Some(GraphqlResponse),
            ),
            ("application/json; charset=utf-8", Some(Json)),
            (
                "application/graphql-response+json; charset=\"UTF-8\"",
                Some(GraphqlResponse),
            ),
            ("text/html, application/xhtml+xml, */*;q=0.8", Some(Json)),
            ("application/json, text/plain, */*", Some(Json)),
            ("application/graphql-response+json, */*", Some(GraphqlResponse)),
        ] {
            assert_eq!(accepted(&[accept]), expected, "{accept}");
        }
    }

    #[test]
    fn who_does_not_choose_is_answered_in_the_older_type() {
        for accept in [
            "",
            " ",
            "*/*",
            "application/*",
            "*/*;q=0.001",
            "text/html, application/*;q=0.2",
        ] {
            assert_eq!(accepted(&[accept]), Some(Json), "{accept}");
        }
        assert_eq!(accepted(&[]), Some(Json));
    }

    #[test]
    fn nothing_is_forced_upon_who_takes_neither() {
        for accept in [
            "text/html",
            "text/*",
            "*/*;q=0",
            "application/json;q=0",
            "application/json;q=0.000, application/graphql-response+json;q=0",
            "application/json; charset=utf-16",
            "application/json;q=2",
            "application/json;q=-1",
            "application/json;q=0.1234",
            "nonsense",
            "text/x; a=\", application/json, \"",
            ",,,",
            "\u{fe0f}",
        ] {
            assert_eq!(accepted(&[accept]), None, "{accept}");
        }
    }

    #[test]
    fn the_exact_range_counts_before_a_wildcard() {
        assert_eq!(accepted(&["application/graphql-response+json;q=0, */*"]), Some(Json));
        assert_eq!(accepted(&["application/json;q=0, */*"]), Some(GraphqlResponse));
        assert_eq!(accepted(&["application/json;q=0.1, */*;q=0.9"]), Some(GraphqlResponse));
        assert_eq!(accepted(&["application/*;q=0, */*"]), None);
    }

    #[test]
    fn several_headers_are_one_list() {
        assert_eq!(
            accepted(&["text/html", "application/graphql-response+json"]),
            Some(GraphqlResponse)
        );
        assert_eq!(accepted(&["nonsense,", "application/json;q=0.5"]), Some(Json));
    }
}
