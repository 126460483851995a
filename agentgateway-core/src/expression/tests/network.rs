use std::net::SocketAddr;

use http::Request;

use super::*;
use crate::context::ClientAddr;

fn holds(text: &str, client: &str) -> Result<bool, EvaluationError> {
    let expression = Expression::compile_bool(text, &Vocabulary::connection()).unwrap();
    let (mut head, ()) = Request::new(()).into_parts();
    let client = SocketAddr::new(client.parse().unwrap(), 4660);
    head.extensions.insert(ClientAddr::new(client));
    expression.evaluate_bool(&Facts::request(&head))
}

#[test]
fn an_address_is_in_a_network_or_not() {
    for (network, client, expected) in [
        ("10.0.0.0/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("192.0.2.7/32", "192.0.2.7", true),
        ("0.0.0.0/0", "192.0.2.7", true),
        ("0.0.0.0/0", "2001:db8::7", false),
        ("2001:db8::/32", "2001:db8::7", true),
        ("2001:db8::/32", "192.0.2.7", false),
        ("192.0.2.0/24", "::ffff:192.0.2.7", true),
    ] {
        let text = format!("cidr('{network}').containsIP(source.address)");
        assert_eq!(holds(&text, client), Ok(expected), "{network} {client}");
    }
    // A socket of both families writes an address of IPv4 so.
    let mapped = holds("source.address == '192.0.2.7'", "::ffff:192.0.2.7");
    assert_eq!(mapped, Ok(true));
    let both = "source.port == 4660 && !cidr('10.0.0.0/8').containsIP(source.address)";
    assert_eq!(holds(both, "192.0.2.7"), Ok(true));
}

#[test]
fn what_is_no_network_is_refused() {
    for network in ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "", "a/8"] {
        let text = format!("cidr('{network}').containsIP(source.address)");
        let error = Expression::compile(&text, &Vocabulary::connection()).unwrap_err();
        assert!(error.message.contains("is no network"), "{error}");
    }
    // What only an evaluation can see is no truth.
    for text in [
        "cidr(source.address).containsIP(source.address)",
        "cidr('10.0.0.0/8').containsIP('x' + source.address)",
        "source.address.containsIP('10.0.0.1')",
    ] {
        assert!(holds(text, "10.0.0.1").is_err(), "{text}");
    }
}

#[test]
fn a_connection_has_sent_nothing_yet() {
    for text in [
        "request.method == 'GET'",
        "source.identity == 'x'",
        "jwt.sub == 'x'",
    ] {
        let vocabulary = Vocabulary::connection();
        assert!(Expression::compile(text, &vocabulary).is_err(), "{text}");
    }
}
