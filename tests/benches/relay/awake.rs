use std::thread;

/// Keeps the runtime of a peer looking for work, so that its core never sleeps.
///
/// To wake another core is the most expensive thing that a write does, in a virtual machine above all.
/// Without this a write to a peer that is always busy would be cheap and one to a peer that waits
/// dear: the cheaper a target is, the busier are its peers, and it would be thought cheaper than it is.
pub(crate) async fn awake() {
    loop {
        // Mock and load share a core.
        thread::yield_now();
        tokio::task::yield_now().await;
    }
}
