use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::{
    connection::RawConnection,
    eventually,
    message::{Buffer, RawRequest},
};

/// An upstream that answers with whatever bytes it is told. It ends when this is dropped.
#[derive(Debug)]
pub struct RawUpstream {
    addr: SocketAddr,
    books: Books,
    running: JoinHandle<()>,
}

/// What came. Clones are the same books.
#[derive(Clone, Debug, Default)]
pub(super) struct Books(Arc<Mutex<Page>>);

#[derive(Debug, Default)]
struct Page {
    connections: usize,
    open: usize,
    begun: usize,
    /// Requests are counted, and not kept.
    forgets: bool,
    requests: Vec<RawRequest>,
}

/// A place among the open connections, given back however its task ends.
struct Open(Books);

impl Books {
    fn with<T>(&self, act: impl FnOnce(&mut Page) -> T) -> T {
        act(&mut self.0.lock().expect("no panic"))
    }

    /// A head has come.
    pub(super) fn begun(&self, head: String) -> usize {
        self.with(|page| {
            page.begun += 1;
            if !page.forgets {
                page.requests.push(RawRequest {
                    head,
                    body: Vec::new(),
                    whole: false,
                });
            }
            page.begun - 1
        })
    }

    /// And its body.
    pub(super) fn ended(&self, number: usize, request: RawRequest) {
        self.with(|page| {
            if !page.forgets {
                page.requests[number] = request;
            }
        });
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.with(|page| page.open -= 1);
    }
}

impl RawUpstream {
    /// Serves each connection by `serve`, in a task of its own. The connection is closed when that
    /// returns.
    pub async fn start<F>(serve: impl Fn(RawConnection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::with_books(Books::default(), 0, serve).await
    }

    /// The same on this port.
    pub async fn start_on<F>(port: u16, serve: impl Fn(RawConnection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::with_books(Books::default(), port, serve).await
    }

    /// The same for a load: requests are counted and forgotten.
    pub async fn start_forgetful<F>(serve: impl Fn(RawConnection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let books = Books::default();
        books.with(|page| page.forgets = true);
        Self::with_books(books, 0, serve).await
    }

    async fn with_books<F>(
        books: Books,
        port: u16,
        serve: impl Fn(RawConnection) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("a port");
        let addr = listener.local_addr().expect("an address");
        let own = books.clone();
        let running = tokio::spawn(async move {
            let mut serving = JoinSet::new();
            loop {
                while serving.try_join_next().is_some() {}
                let (stream, _) = listener.accept().await.expect("a connection");
                let connection = own.opened(stream);
                let open = Open(own.clone());
                let served = serve(connection);
                serving.spawn(async move {
                    served.await;
                    drop(open);
                });
            }
        });
        Self {
            addr,
            books,
            running,
        }
    }

    /// Answers the first request of each connection with these bytes, and closes it.
    pub async fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Arc::<[u8]>::from(bytes.into());
        Self::start(move |mut connection| {
            let bytes = bytes.clone();
            async move {
                if connection.request().await.is_some() {
                    connection.send(&bytes).await;
                }
            }
        })
        .await
    }

    /// Answers every request with these bytes, and keeps the connection.
    pub async fn serving(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Arc::<[u8]>::from(bytes.into());
        Self::start(move |mut connection| {
            let bytes = bytes.clone();
            async move {
                while connection.request().await.is_some() {
                    connection.send(&bytes).await;
                }
            }
        })
        .await
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.addr.port()
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.books.with(|page| page.connections)
    }

    /// How many connections are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.books.with(|page| page.open)
    }

    /// How many requests have begun.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.books.with(|page| page.begun)
    }

    /// The requests whose heads came, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<RawRequest> {
        self.books.with(|page| page.requests.clone())
    }

    /// What was asked, without the cards of agents that the gateway has read for itself.
    #[must_use]
    pub fn calls(&self) -> Vec<RawRequest> {
        let mut requests = self.requests();
        requests.retain(|asked| !asked.head.starts_with("GET /.well-known/agent"));
        requests
    }

    /// Waits until so many requests have come.
    pub async fn requested(&self, count: usize) {
        eventually("a request upstream", || self.begun() >= count).await;
    }

    /// Waits until no connection is open.
    pub async fn left(&self) {
        eventually("the end of the connections upstream", || self.open() == 0).await;
    }
}

impl Books {
    fn opened(&self, stream: TcpStream) -> RawConnection {
        stream.set_nodelay(true).expect("an open socket");
        let number = self.with(|page| {
            page.connections += 1;
            page.open += 1;
            page.connections - 1
        });
        RawConnection {
            stream,
            buffer: Buffer::default(),
            books: self.clone(),
            number,
        }
    }
}

impl Drop for RawUpstream {
    fn drop(&mut self) {
        self.running.abort();
    }
}
