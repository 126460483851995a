use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use super::{JsonError, Splice, SpliceError, members::position, quote, range_in, walk};

/// Sets members of the object that this text is (`Some`), and leaves members out (`None`).
///
/// A member that is there is replaced where it stands; one that is not becomes one of the first, in the
/// order of `changes`. All other bytes stay as they are: order, white space, spelling. A value is JSON that
/// the caller vouches for.
///
/// ```
/// use agentgateway_core::json::with_members;
/// use bytes::Bytes;
///
/// let object = Bytes::from_static(br#"{"a": 1.0, "b":2, "c":3}"#);
/// let changes = [("b", None), ("c", Some("4".into())), ("d", Some("5".into()))];
/// assert_eq!(with_members(&object, &changes)?, br#"{"d":5,"a": 1.0, "c":4}"#[..]);
/// # Ok::<_, agentgateway_core::json::JsonError>(())
/// ```
///
/// # Errors
/// [`JsonError`] when the text is no object, or has one of the names twice.
pub fn with_members(object: &Bytes, changes: &[(&str, Option<Bytes>)]) -> Result<Bytes, JsonError> {
    let text = walk::decoded(object)?;
    let keys: Vec<&str> = changes.iter().map(|(key, _)| *key).collect();
    let mut members: Vec<Member> = Vec::new();
    walk::object(text, |name, value| {
        let range = |raw| range_in(object, raw).unwrap_or_default();
        let change = position(name, &keys);
        let (name, value) = (range(name.raw), range(value));
        if change.is_some() && members.iter().any(|member| member.change == change) {
            let key = change.and_then(|at| keys.get(at)).copied();
            return Err(JsonError::duplicate_key(
                key.unwrap_or_default(),
                name.start,
            ));
        }
        members.push(Member {
            start: name.start,
            value,
            change,
        });
        Ok(())
    })?;
    // INVARIANT: the ranges are those of members, which do not overlap.
    Ok(changed(object, &members, changes).unwrap_or_else(|_| object.clone()))
}

struct Member {
    /// Where its name begins.
    start: usize,
    value: Range<usize>,
    /// Which of the changes is about it.
    change: Option<usize>,
}

fn changed(
    object: &Bytes,
    members: &[Member],
    changes: &[(&str, Option<Bytes>)],
) -> Result<Bytes, SpliceError> {
    let change = |member: &Member| member.change.and_then(|at| changes.get(at));
    let stays = |member: &Member| change(member).is_none_or(|(_, with)| with.is_some());
    let is_new = |at: usize| members.iter().all(|member| member.change != Some(at));
    let added: Vec<(&str, &Bytes)> = changes
        .iter()
        .enumerate()
        .filter(|(at, _)| is_new(*at))
        .filter_map(|(_, (key, with))| Some((*key, with.as_ref()?)))
        .collect();
    if !members.iter().any(stays) {
        return Ok(fresh(&added));
    }

    let mut splice = Splice::new(object.clone());
    for (at, member) in members.iter().enumerate() {
        match change(member) {
            Some((_, Some(with))) => splice = splice.replace(member.value.clone(), with.clone()),
            Some((_, None)) => splice = splice.delete(left_out(members, at, stays)),
            None => {}
        }
    }
    if !added.is_empty() {
        let first = members.first().map_or(0, |member| member.start);
        let mut text = BytesMut::new();
        for (key, value) in added {
            put(&mut text, key, value);
            text.put_u8(b',');
        }
        splice = splice.insert(first, text.freeze());
    }
    Ok(splice.finish()?.into_bytes())
}

/// What goes with a member: the comma before it, or behind it where no member before it stays.
fn left_out(members: &[Member], at: usize, stays: impl Fn(&Member) -> bool) -> Range<usize> {
    let (before, rest) = members.split_at_checked(at).unwrap_or((members, &[]));
    let Some(member) = rest.first() else {
        return 0..0;
    };
    match (before.last(), rest.get(1)) {
        (Some(previous), _) if before.iter().any(stays) => previous.value.end..member.value.end,
        (_, Some(next)) => member.start..next.start,
        _ => member.start..member.value.end,
    }
}

fn fresh(added: &[(&str, &Bytes)]) -> Bytes {
    let mut text = BytesMut::from(&b"{"[..]);
    for (at, (key, value)) in added.iter().enumerate() {
        if at > 0 {
            text.put_u8(b',');
        }
        put(&mut text, key, value);
    }
    text.put_u8(b'}');
    text.freeze()
}

fn put(text: &mut BytesMut, key: &str, value: &Bytes) {
    text.put_slice(quote(key).as_bytes());
    text.put_u8(b':');
    text.put_slice(value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn change(object: &str, changes: &[(&str, Option<&'static str>)]) -> String {
        let changes: Vec<_> = changes
            .iter()
            .map(|(key, with)| (*key, with.map(|with| Bytes::from_static(with.as_bytes()))))
            .collect();
        let object = Bytes::copy_from_slice(object.as_bytes());
        let changed = with_members(&object, &changes).unwrap();
        String::from_utf8(changed.to_vec()).unwrap()
    }

    #[test]
    fn leaves_all_else_as_it_is() {
        for (object, changes, expected) in [
            ("{}", vec![("a", Some("1"))], r#"{"a":1}"#),
            ("{ }", vec![("a", None)], "{}"),
            (r#"{"a":1}"#, vec![("a", None)], "{}"),
            (
                r#"{"a":1}"#,
                vec![("a", None), ("b", Some("2"))],
                r#"{"b":2}"#,
            ),
            (
                r#" { "a" : 1 , "b":2 } "#,
                vec![("a", None)],
                r#" { "b":2 } "#,
            ),
            (
                r#"{"a":1, "b":2, "c":3}"#,
                vec![("c", None)],
                r#"{"a":1, "b":2}"#,
            ),
            (
                r#"{"a":1,"b":2,"c":3}"#,
                vec![("a", None), ("b", None)],
                r#"{"c":3}"#,
            ),
            (
                r#"{"a":1,"b":2,"c":3}"#,
                vec![("b", None), ("c", None)],
                r#"{"a":1}"#,
            ),
            (
                r#"{"a":1,"b":2,"c":3}"#,
                vec![("a", None), ("c", None)],
                r#"{"b":2}"#,
            ),
            (
                r#"{"\u0061":1e2}"#,
                vec![("a", Some("[]"))],
                r#"{"\u0061":[]}"#,
            ),
            (r#"{"x":1}"#, vec![], r#"{"x":1}"#),
            (
                r#"{"x":1.00}"#,
                vec![("b", Some("2")), ("c", Some("3"))],
                r#"{"b":2,"c":3,"x":1.00}"#,
            ),
        ] {
            assert_eq!(change(object, &changes), expected, "{object}");
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let object = Bytes::from_static(br#"{"a":1,"\u0061":2}"#);
        assert!(with_members(&object, &[("a", None)]).is_err());
        assert!(with_members(&object, &[("b", None)]).is_ok());
        assert!(with_members(&Bytes::from_static(b"[]"), &[]).is_err());
    }

    proptest! {
        #[test]
        fn it_says_what_a_tree_would(
            members in prop::collection::btree_map("[a-e]", any::<u8>(), 0..5),
            changes in prop::collection::btree_map("[a-e]", any::<Option<u8>>(), 0..5),
        ) {
            let tree: Map<_, _> = members.into_iter().map(|(key, value)| (key, value.into())).collect();
            let object = Bytes::from(Value::Object(tree.clone()).to_string());
            let edits: Vec<_> = changes
                .iter()
                .map(|(key, with)| (key.as_str(), with.map(|with| with.to_string().into())))
                .collect();
            let mut expected = tree;
            for (key, with) in &changes {
                match with {
                    Some(with) => expected.insert(key.clone(), (*with).into()),
                    None => expected.remove(key),
                };
            }
            let changed = with_members(&object, &edits).unwrap();
            let found: Value = serde_json::from_slice(&changed).unwrap();
            prop_assert_eq!(found, Value::Object(expected));
        }
    }
}
