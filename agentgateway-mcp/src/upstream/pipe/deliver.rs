use bytes::Bytes;
use tokio::time::timeout;

use super::{
    counts::Counts,
    pipe::Pipe,
    sort::{Parcel, Place, Recipient, busy},
    state::Waiting,
};

impl Pipe {
    /// Puts a message where it is read, and waits for room there, but not for long.
    pub(super) async fn deliver(&self, parcel: Parcel) {
        let Parcel { text, to, question } = parcel;
        for recipient in to {
            let placed = self.place(&recipient, text.clone()).await;
            if !placed {
                Counts::one(&self.counts.crowded_out);
            }
            self.note(recipient.place, placed);
            if let Some(id) = question.as_ref().filter(|_| !placed) {
                self.state().questions.remove(id);
                self.reply(busy(id));
            }
        }
    }

    async fn place(&self, recipient: &Recipient, text: Bytes) -> bool {
        let most = self.limits.max_waiting_bytes;
        let bytes = u32::try_from(text.len().clamp(1, most.max(1))).unwrap_or(u32::MAX);
        let room = self.room.clone();
        if recipient.is_slow {
            let Ok(room) = room.try_acquire_many_owned(bytes) else {
                return false;
            };
            return recipient
                .messages
                .try_send(Waiting { text, _room: room })
                .is_ok();
        }
        let placed = async {
            let room = room.acquire_many_owned(bytes).await.ok()?;
            recipient
                .messages
                .send(Waiting { text, _room: room })
                .await
                .ok()
        };
        matches!(timeout(self.limits.patience, placed).await, Ok(Some(())))
    }

    fn note(&self, place: Place, placed: bool) {
        let mut state = self.state();
        match place {
            Place::Request(number) => {
                if let Some(running) = state.running.get_mut(&number) {
                    running.is_slow = !placed;
                }
            }
            // It would not know what it has missed. One that connects anew looks.
            Place::Listener(number) if !placed => {
                state.listeners.retain(|it| it.number != number);
                drop(state);
                self.touch();
            }
            Place::Listener(_) => {}
        }
    }
}
