use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::Message;

use crate::envoy::Failure;

/// A flag and a length before each message.
pub(super) const PREFIX_BYTES: usize = 5;

/// One message, as a body carries it.
pub(super) fn encode(message: &impl Message) -> Result<Bytes, Failure> {
    let too_long = || Failure::Invalid("the question is too long for a message");
    let length = message.encoded_len();
    let mut body = BytesMut::with_capacity(length.saturating_add(PREFIX_BYTES));
    body.put_u8(0);
    body.put_u32(u32::try_from(length).map_err(|_| too_long())?);
    message.encode(&mut body).map_err(|_| too_long())?;
    Ok(body.freeze())
}

/// The one message of a body.
pub(super) fn decode<M: Message + Default>(mut body: Bytes) -> Result<M, Failure> {
    if body.len() < PREFIX_BYTES {
        return Err(Failure::Invalid("the answer holds no message"));
    }
    // No compression was offered.
    if body.get_u8() != 0 {
        return Err(Failure::Invalid("the answer is compressed"));
    }
    if usize::try_from(body.get_u32()) != Ok(body.len()) {
        return Err(Failure::Invalid("the answer is not one whole message"));
    }
    M::decode(body)
        .map_err(|_| Failure::Invalid("the answer is not the message that was asked for"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::envoy::wire::{auth::CheckResponse, google::Status, ratelimit::RateLimitResponse};

    #[test]
    fn a_message_comes_back_whole() {
        let status = Status {
            code: 7,
            message: "no".into(),
        };
        let body = encode(&status).unwrap();
        assert_eq!(&body[..6], [0, 0, 0, 0, 6, 0x08]);
        assert_eq!(decode::<Status>(body).unwrap(), status);
    }

    #[test]
    fn what_is_not_one_whole_message_is_invalid() {
        for (body, why) in [
            (&b""[..], "the answer holds no message"),
            (b"\0\0\0\0", "the answer holds no message"),
            (b"\x01\0\0\0\0", "the answer is compressed"),
            (b"\0\0\0\0\x02\x08", "the answer is not one whole message"),
            (
                b"\0\0\0\0\0\0\0\0\0\0",
                "the answer is not one whole message",
            ),
            (
                b"\0\xff\xff\xff\xff\x08",
                "the answer is not one whole message",
            ),
            (
                b"\0\0\0\0\x01\x08",
                "the answer is not the message that was asked for",
            ),
        ] {
            let failure = decode::<Status>(Bytes::from_static(body)).unwrap_err();
            assert!(
                matches!(failure, Failure::Invalid(said) if said == why),
                "{body:?}"
            );
        }
    }

    proptest! {
        /// Whatever a service answers, reading it ends.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let mut body = vec![0, 0, 0, 0, u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
            body.extend(bytes);
            let body = Bytes::from(body);
            let _ = decode::<CheckResponse>(body.clone());
            let _ = decode::<RateLimitResponse>(body);
        }
    }
}
