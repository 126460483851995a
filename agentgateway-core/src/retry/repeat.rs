use bytes::Bytes;
use http_body::Body as HttpBody;
use http_body_util::{Empty, Full};

use crate::body::{Body, Peeked};

/// A body that can be sent once more.
///
/// Only what is in memory can: a body that streams is gone with its first attempt. Below a protocol
/// layer each call is in memory, as [`Peeked`], and below [`HoldLayer`](crate::body::HoldLayer) what is
/// small; elsewhere the bodies of a client are [`Body`]s, of which those without a byte are.
pub trait Repeat: Sized {
    /// Another body that yields the same, without a copy of its bytes.
    ///
    /// # Errors
    /// Why there is none.
    fn repeat(&self, limit_bytes: usize) -> Result<Self, Unrepeatable>;
}

/// Why a body cannot be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unrepeatable {
    /// It is over the limit.
    TooLarge,
    /// It is not in memory, or not all of it.
    Streamed,
}

impl Repeat for Body {
    fn repeat(&self, limit_bytes: usize) -> Result<Self, Unrepeatable> {
        let other = self.try_clone().ok_or(Unrepeatable::Streamed)?;
        within(other, limit_bytes)
    }
}

impl<B> Repeat for Peeked<B>
where
    B: HttpBody<Data = Bytes>,
{
    fn repeat(&self, limit_bytes: usize) -> Result<Self, Unrepeatable> {
        let other = self.try_clone().ok_or(Unrepeatable::Streamed)?;
        within(other, limit_bytes)
    }
}

impl Repeat for Full<Bytes> {
    fn repeat(&self, limit_bytes: usize) -> Result<Self, Unrepeatable> {
        within(self.clone(), limit_bytes)
    }
}

impl Repeat for Empty<Bytes> {
    fn repeat(&self, _: usize) -> Result<Self, Unrepeatable> {
        Ok(*self)
    }
}

fn within<B: HttpBody>(body: B, limit_bytes: usize) -> Result<B, Unrepeatable> {
    if body.size_hint().lower() > limit_bytes as u64 {
        return Err(Unrepeatable::TooLarge);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Channel};

    use super::*;
    use crate::{body::Look, error::Error};

    async fn text(body: impl HttpBody<Data = Bytes, Error = impl std::fmt::Debug>) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn what_is_in_memory_and_within_the_limit_is_repeated() {
        let bytes = Bytes::from_static(b"1234");
        for limit in [4, 5] {
            let body = Body::from(bytes.clone()).repeat(limit).unwrap();
            assert_eq!(text(body).await, bytes);
            assert_eq!(
                text(Full::new(bytes.clone()).repeat(limit).unwrap()).await,
                bytes
            );
        }
        let over = Err(Unrepeatable::TooLarge);
        assert_eq!(Body::from(bytes.clone()).repeat(3).map(drop), over);
        assert_eq!(Full::new(bytes).repeat(3).map(drop), over);
        assert!(Body::empty().repeat(0).is_ok() && Empty::<Bytes>::new().repeat(0).is_ok());
    }

    #[tokio::test]
    async fn what_was_looked_at_is_repeated_when_all_of_it_was() {
        let (mut sender, body) = Channel::<Bytes, Error>::new(4);
        sender.send_data(Bytes::from_static(b"12")).await.unwrap();
        sender.send_data(Bytes::from_static(b"34")).await.unwrap();
        let trailers = http::HeaderMap::from_iter([(
            http::HeaderName::from_static("x"),
            http::HeaderValue::from_static("y"),
        )]);
        sender.send_trailers(trailers.clone()).await.unwrap();
        drop(sender);
        let Look::Whole(_, mut peeked) = Peeked::peek(body, 9).await else {
            panic!("whole")
        };
        peeked.replace_read(["5", "67"].map(Bytes::from));
        let again = peeked.repeat(3).unwrap().collect().await.unwrap();
        assert_eq!(again.trailers(), Some(&trailers));
        assert_eq!(again.to_bytes(), "567");
        assert_eq!(peeked.repeat(2).map(drop), Err(Unrepeatable::TooLarge));
        assert_eq!(text(peeked).await, "567");

        let (_sender, body) = Channel::<Bytes, Error>::new(4);
        let streamed = Err(Unrepeatable::Streamed);
        assert_eq!(Body::new(body).repeat(9).map(drop), streamed);
        let (sender, body) = Channel::<Bytes, Error>::new(4);
        assert_eq!(Peeked::untouched(body).repeat(9).map(drop), streamed);
        drop(sender);
        let (sender, body) = Channel::<Bytes, Error>::new(4);
        sender.abort(Error::new(crate::ErrorKind::Canceled, "gone"));
        let Look::Failed(failed) = Peeked::peek(body, 9).await else {
            panic!("failed")
        };
        assert_eq!(failed.repeat(9).map(drop), streamed);
    }
}
