use std::{hint::black_box, time::Duration};

use agentgateway_core::limit::heap::{Heap, Pressure};
use tokio::time::{MissedTickBehavior, interval};

/// How often the memory is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// More than the allocator keeps for a thread.
const PIECE: usize = 1024 * 1024;

/// Has free memory given back to the system whenever the process is short of it; for ever, or not at all
/// without a heap.
///
/// mimalloc gives back what has been free for a second when it takes or frees the next large piece. While
/// requests are refused nobody asks for one, and the memory that they are refused for would stay used.
///
/// # Cancel safety
/// It may be dropped at any time.
pub(super) async fn relief(heap: Option<Heap>) {
    let Some(heap) = heap else {
        return std::future::pending().await;
    };
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        if heap.pressure() >= Pressure::Shedding {
            drop(black_box(Vec::<u8>::with_capacity(PIECE)));
        }
    }
}
