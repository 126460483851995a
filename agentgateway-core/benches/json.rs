//! What it costs to look at a JSON-RPC message, by the size of its body.
//!
//! `cargo bench -p agentgateway-core --bench json`; with `cargo test --benches`
//! each case runs once.
#![expect(clippy::print_stdout, reason = "the numbers are the result")]

use std::{env, hint::black_box, ops::Range, time::Duration};

use agentgateway_core::{
    json::{self, Splice},
    jsonrpc::Envelope,
};
use bytes::Bytes;
use tokio::time::Instant;

/// How long one case is repeated.
const MEASURE: Duration = Duration::from_millis(500);

const SIZES: [usize; 4] = [256, 4 << 10, 64 << 10, 4 << 20];

fn main() {
    let measured = env::args().any(|arg| arg == "--bench");
    println!("{:<28} {:>9} {:>12} {:>9}", "case", "bytes", "ns", "MB/s");
    for size in SIZES {
        for (shape, body) in [("text", text(size)), ("members", many_members(size))] {
            measure(measured, &format!("peek {shape}"), &body, || {
                black_box(Envelope::peek(&body).is_ok());
            });
            measure(
                measured,
                &format!("peek and swap id {shape}"),
                &body,
                || {
                    black_box(swap_id(&body).is_some());
                },
            );
            let id = place_of_id(&body);
            measure(measured, &format!("splice {shape}"), &body, || {
                let splice = Splice::new(body.clone()).replace(id.clone(), "7");
                black_box(splice.finish().is_ok());
            });
            measure(measured, &format!("whole tree {shape}"), &body, || {
                black_box(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
            });
        }
    }
}

fn swap_id(body: &Bytes) -> Option<json::Pieces> {
    let [id] = json::members(body, ["id"]).ok()?;
    let splice = Splice::new(body.clone()).replace_value(id?, "7");
    splice.finish().ok()
}

/// Where the one digit of the id stands.
fn place_of_id(body: &Bytes) -> Range<usize> {
    let before = b"{\"jsonrpc\":\"2.0\",\"id\":".len();
    assert_eq!(body.get(before), Some(&b'1'), "the id stands elsewhere");
    before..before + 1
}

/// A call whose argument is one long text.
fn text(size: usize) -> Bytes {
    call(&json::quote(&"a line of text\n".repeat(size / 16)))
}

/// A call whose argument is a list of small objects.
fn many_members(size: usize) -> Bytes {
    let item = r#"{"name":"n","value":1.5,"tags":["a","b"]},"#;
    call(&format!("[{}0]", item.repeat(size / item.len())))
}

fn call(argument: &str) -> Bytes {
    Bytes::from(format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\
         \"params\":{{\"name\":\"t\",\"arguments\":{{\"a\":{argument}}}}}}}"
    ))
}

fn measure(measured: bool, case: &str, body: &Bytes, mut run: impl FnMut()) {
    run();
    if !measured {
        return;
    }
    let (start, mut rounds) = (Instant::now(), 0_u32);
    while start.elapsed() < MEASURE {
        run();
        rounds += 1;
    }
    let each = start.elapsed() / rounds;
    let rate = body.len() as f64 / each.as_secs_f64() / 1e6;
    println!(
        "{case:<28} {:>9} {:>12} {rate:>9.0}",
        body.len(),
        each.as_nanos()
    );
}
