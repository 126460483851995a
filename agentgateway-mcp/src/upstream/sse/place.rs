use http::{Uri, uri::Authority};

/// The URL that an `endpoint` event says, where it is of the origin of the stream's own.
///
/// It is a whole URL, or one relative to the stream's.
///
/// # Source
/// MCP 2024-11-05, Transports, HTTP with SSE; RFC 3986, section 4.2; RFC 6454, section 4.
pub(super) fn of(stream: &Uri, said: &str) -> Option<Uri> {
    let said = said.trim();
    let said = said.split('#').next().unwrap_or_default();
    let scheme = stream.scheme_str()?;
    let authority = stream.authority()?;
    let whole = if has_scheme(said) {
        said.to_owned()
    } else if said.starts_with("//") {
        format!("{scheme}:{said}")
    } else {
        let base = stream.path();
        let path = match said.chars().next() {
            Some('/') => said.to_owned(),
            Some('?') => format!("{base}{said}"),
            Some(_) => {
                let folder = base.rfind('/').and_then(|end| base.get(..=end));
                format!("{}{said}", folder.unwrap_or("/"))
            }
            None => return None,
        };
        format!("{scheme}://{authority}{path}")
    };
    let url: Uri = whole.parse().ok()?;
    let same_scheme = url.scheme_str()?.eq_ignore_ascii_case(scheme);
    let other = url.authority()?;
    // Neither has a user's name in it: whoever reads such a URL may take another part for the host.
    let is_plain = !other.as_str().contains('@') && !whole.contains('\\');
    (same_scheme && is_plain && is_same(scheme, authority, other)).then_some(url)
}

fn has_scheme(said: &str) -> bool {
    let head = said.split(['/', '?']).next().unwrap_or_default();
    head.contains(':')
}

fn is_same(scheme: &str, one: &Authority, other: &Authority) -> bool {
    let default = if scheme.eq_ignore_ascii_case("https") {
        443
    } else {
        80
    };
    let port = |authority: &Authority| authority.port_u16().unwrap_or(default);
    one.host().eq_ignore_ascii_case(other.host()) && port(one) == port(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(said: &str) -> Option<String> {
        let stream = Uri::from_static("https://mcp.example.org/a/sse?key=1");
        of(&stream, said).map(|url| url.to_string())
    }

    #[test]
    fn a_place_of_the_same_origin_is_found() {
        for (said, place) in [
            ("/messages?s=1", "https://mcp.example.org/messages?s=1"),
            ("messages?s=a:b", "https://mcp.example.org/a/messages?s=a:b"),
            ("?s=1", "https://mcp.example.org/a/sse?s=1"),
            (" /m#part ", "https://mcp.example.org/m"),
            ("//mcp.example.org/m", "https://mcp.example.org/m"),
            ("https://mcp.example.org/m", "https://mcp.example.org/m"),
            (
                "HTTPS://MCP.example.org:443/m",
                "https://MCP.example.org:443/m",
            ),
        ] {
            assert_eq!(found(said).as_deref(), Some(place), "{said}");
        }
    }

    /// Fault M43: an endpoint of another origin is no endpoint.
    #[test]
    fn a_place_of_another_origin_is_refused() {
        for said in [
            "",
            "http://mcp.example.org/m",
            "https://mcp.example.org:444/m",
            "https://evil.example/m",
            "https://mcp.example.org.evil.example/m",
            "https://mcp.example.org@evil.example/m",
            "https://evil.example@mcp.example.org/m",
            "https://user:pass@mcp.example.org/m",
            "https://evil.example\\@mcp.example.org/m",
            "//evil.example/m",
            "///evil.example/m",
            "/\\evil.example/m",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https:/m",
            "https:m",
        ] {
            assert_eq!(found(said), None, "{said}");
        }
        let evil = found("/@evil.example");
        assert_eq!(
            evil.as_deref(),
            Some("https://mcp.example.org/@evil.example")
        );
    }
}
