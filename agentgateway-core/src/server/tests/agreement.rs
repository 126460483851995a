//! Whether the follower of messages and hyper agree on where messages begin.

use std::{
    cell::Cell,
    io,
    pin::{Pin, pin},
    rc::Rc,
    sync::atomic::AtomicBool,
    task::{Context, Poll, Wake, Waker},
};

use hyper::{
    body::Incoming,
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
    service::service_fn,
};
use proptest::{prelude::*, sample::select};

use super::*;
use crate::server::framing::Framing;

/// Gives what it was fed, and swallows what is written.
#[derive(Clone, Default)]
struct Fed(Rc<Cell<Vec<u8>>>);

impl Read for Fed {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut fed = self.0.take();
        if fed.is_empty() {
            return Poll::Pending;
        }
        let rest = fed.split_off(fed.len().min(buf.remaining()));
        buf.put_slice(&fed);
        self.0.set(rest);
        Poll::Ready(Ok(()))
    }
}

impl Write for Fed {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Both are given the same pieces. Behind each, both must have seen as many whole heads, up to where
/// one of them refuses.
fn agree(bytes: &[u8], mut cuts: Vec<usize>) {
    let (fed, calls) = (Fed::default(), Cell::new(0));
    let service = service_fn(|request: Request<Incoming>| {
        calls.set(calls.get() + 1);
        async {
            request.into_body().collect().await?;
            Ok::<_, hyper::Error>(Response::new(String::new()))
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(fed.clone(), service));
    let (mut framing, woken) = (Framing::default(), Arc::new(Woken::default()));
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    for cut in cuts.windows(2) {
        let piece = &bytes[cut[0]..cut[1]];
        let followed = framing.follow(piece);
        fed.0.set(piece.to_vec());
        let mut ended = false;
        woken.0.store(true, Ordering::Relaxed);
        while !ended && woken.0.swap(false, Ordering::Relaxed) {
            let waker = Waker::from(Arc::clone(&woken));
            let mut cx = Context::from_waker(&waker);
            ended = connection.as_mut().poll(&mut cx).is_ready();
        }
        if ended || followed.is_err() {
            return;
        }
        // What it does not follow hyper must refuse, and so never call the service with.
        let whole = framing.heads() - usize::from(framing.in_head() || framing.is_lost());
        assert_eq!(
            calls.get(),
            whole,
            "behind {}",
            bytes[..cut[1]].escape_ascii()
        );
    }
}

fn message() -> impl Strategy<Value = String> {
    let before = select(vec!["", "", "\r\n", "\n", "\r\n\n"]);
    let line = select(vec![
        "GET / HTTP/1.1",
        "POST /a?b HTTP/1.1",
        "HEAD / HTTP/1.1",
    ]);
    let fields = select(vec![
        "",
        "x: y\r\n",
        "expect: 100-continue\r\n",
        "upgrade: h2c\r\n",
        "content-length-not: 5\r\ntransfer-encodings: x\r\n",
        "c:\r\nt:\r\n",
    ]);
    (before, line, fields, body()).prop_map(|(before, line, fields, body)| {
        format!("{before}{line}\r\nhost: x\r\n{fields}{body}")
    })
}

/// The field that frames a body, the end of the head, and the body.
fn body() -> impl Strategy<Value = String> {
    let data = select(vec![
        "a",
        "\r\n\r\n",
        "GET /hidden HTTP/1.1\r\n\r\n",
        "0\r\n\r\n",
        "\n\n\n",
        "POST / HTTP/1.1\r\ncontent-length: 900\r\n\r\n",
    ]);
    let name = select(vec!["content-length:", "Content-Length:"]);
    let space = select(vec![0, 1, 3, 40, 90]);
    let zeros = select(vec![0, 1, 20, 40]);
    let length = (name, space, zeros, data.clone()).prop_map(|(name, space, zeros, data)| {
        let (space, zeros) = (" ".repeat(space), "0".repeat(zeros));
        format!("{name}{space}{zeros}{}\r\n\r\n{data}", data.len())
    });
    let extension = select(vec!["", ";a=b", " ", "\t;x=\"0\"", ";5"]);
    let chunks = prop::collection::vec((data, extension, select(vec![0, 3])), 0..4);
    let trailers = select(vec![
        "",
        "t: v\r\n",
        "t: v\r\nu:\r\n",
        "t: v\nu: w\r\n",
        "\nt: v\r\n",
    ]);
    let coding = select(vec![
        "transfer-encoding: chunked",
        "Transfer-Encoding:\tCHUNKED ",
    ]);
    let chunked = (coding, chunks, trailers).prop_map(|(coding, chunks, trailers)| {
        let chunks: String = chunks
            .into_iter()
            .map(|(data, extension, zeros)| {
                let zeros = "0".repeat(zeros);
                format!("{zeros}{:X}{extension}\r\n{data}\r\n", data.len())
            })
            .collect();
        format!("{coding}\r\n\r\n{chunks}0\r\n{trailers}\r\n")
    });
    let odd = select(vec![
        "content-length: 5, 5\r\n\r\nhello",
        "content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
        "content-length: 0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2\nhi\n0\n\n",
        "transfer-encoding: chunked\r\n\r\n0\r\n\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2\r\nhi0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2 2\r\nhi\r\n0\r\n\r\n",
    ]);
    prop_oneof![
        1 => Just("\r\n".to_owned()),
        3 => length,
        3 => chunked,
        1 => odd.prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Fault H06: sizes, extensions and trailers of chunks in any form and in any pieces leave no doubt about where the next request begins.
    #[test]
    fn hyper_and_the_follower_see_the_same_messages(
        messages in prop::collection::vec(message(), 1..6),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        bytewise in prop::bool::weighted(0.2),
    ) {
        let bytes = messages.concat().into_bytes();
        let cuts = if bytewise {
            (0..bytes.len()).collect()
        } else {
            at.iter().map(|at| at.index(bytes.len())).collect()
        };
        agree(&bytes, cuts);
    }
}
