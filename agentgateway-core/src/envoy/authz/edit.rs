use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    context::Written,
    envoy::{
        fields,
        wire::common::{AppendAction, HeaderValueOption},
    },
};

/// One change of a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldEdit {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
    pub(super) action: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Append,
    AddIfAbsent,
    Set,
    SetIfPresent,
}

impl FieldEdit {
    /// `None` where it is no header field.
    ///
    /// `append` counts where it is there. Where it is not, and the action is the one that a message
    /// has by default, `usual` does.
    pub(super) fn read(option: &HeaderValueOption, usual: Action) -> Option<Self> {
        let header = option.header.as_ref()?;
        let action = match (option.append, AppendAction::try_from(option.append_action)) {
            (Some(true), _) => Action::Append,
            (Some(false), _) => Action::Set,
            (None, Ok(AppendAction::AppendIfExistsOrAdd)) => usual,
            (None, Ok(AppendAction::AddIfAbsent)) => Action::AddIfAbsent,
            (None, Ok(AppendAction::OverwriteIfExistsOrAdd)) => Action::Set,
            (None, Ok(AppendAction::OverwriteIfExists)) => Action::SetIfPresent,
            (None, Err(_)) => return None,
        };
        Some(Self {
            name: HeaderName::try_from(header.key.as_str()).ok()?,
            value: HeaderValue::from_bytes(header.bytes()).ok()?,
            action,
        })
    }

    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        let present = headers.contains_key(&self.name);
        match self.action {
            Action::Append => fields::append(headers, &self.name, &self.value),
            Action::AddIfAbsent if !present => fields::append(headers, &self.name, &self.value),
            Action::Set => fields::insert(headers, &self.name, &self.value),
            Action::SetIfPresent if present => fields::insert(headers, &self.name, &self.value),
            Action::AddIfAbsent | Action::SetIfPresent => {}
        }
    }

    /// Notes what [`apply`](Self::apply) is about to write into these headers of a request.
    pub(super) fn note(&self, headers: &HeaderMap, written: &mut Written) {
        let present = headers.contains_key(&self.name);
        match self.action {
            Action::Append => written.add(&self.name, self.value.clone()),
            Action::AddIfAbsent if present => {}
            Action::SetIfPresent if !present => {}
            Action::AddIfAbsent | Action::Set | Action::SetIfPresent => {
                written.set(&self.name, self.value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envoy::wire::common;

    fn option(append: Option<bool>, append_action: i32) -> HeaderValueOption {
        HeaderValueOption {
            header: Some(common::HeaderValue {
                key: "X-A".into(),
                value: "new".into(),
                ..Default::default()
            }),
            append,
            append_action,
        }
    }

    #[test]
    fn every_action_does_as_its_name_says() {
        let cases = [
            (Some(true), 0, &["old", "new"][..], &["new"][..]),
            (Some(false), 0, &["new"], &["new"]),
            // `append` counts before the action.
            (Some(false), 1, &["new"], &["new"]),
            (None, 0, &["new"], &["new"]),
            (None, 1, &["old"], &["new"]),
            (None, 2, &["new"], &["new"]),
            (None, 3, &["new"], &[]),
        ];
        for (append, action, present, absent) in cases {
            let edit = FieldEdit::read(&option(append, action), Action::Set).unwrap();
            let old = HeaderMap::from_iter([("x-a".parse().unwrap(), "old".parse().unwrap())]);
            for (mut headers, expected) in [(old, present), (HeaderMap::new(), absent)] {
                let mut written = Written::default();
                edit.note(&headers, &mut written);
                edit.apply(&mut headers);
                let left: Vec<_> = headers.get_all("x-a").iter().collect();
                assert_eq!(left, expected, "{append:?} {action}");
                // The service's own, and nothing of the client's.
                let mut restored = HeaderMap::new();
                written.restore(&mut restored);
                let restored: Vec<_> = restored.get_all("x-a").iter().collect();
                let own = expected.iter().filter(|value| **value == "new");
                assert_eq!(restored, own.collect::<Vec<_>>(), "{append:?} {action}");
            }
        }
    }

    #[test]
    fn the_default_action_is_what_is_usual_there() {
        let read = |usual| FieldEdit::read(&option(None, 0), usual).unwrap().action;
        assert_eq!(read(Action::Append), Action::Append);
        assert_eq!(read(Action::Set), Action::Set);
    }

    #[test]
    fn what_is_no_field_is_none() {
        for (key, value, action) in [
            (":path", "/", 0),
            ("a b", "1", 0),
            ("", "1", 0),
            ("x-a", "a\r\nx-b: 1", 0),
            ("x-a", "1", 4),
        ] {
            let option = HeaderValueOption {
                header: Some(common::HeaderValue {
                    key: key.into(),
                    value: value.into(),
                    ..Default::default()
                }),
                append: None,
                append_action: action,
            };
            assert_eq!(FieldEdit::read(&option, Action::Set), None, "{key:?}");
        }
        assert_eq!(
            FieldEdit::read(&HeaderValueOption::default(), Action::Set),
            None
        );
    }

    #[test]
    fn bytes_that_are_no_text_come_as_they_are() {
        let option = HeaderValueOption {
            header: Some(common::HeaderValue {
                key: "x-a".into(),
                raw_value: bytes::Bytes::from_static(b"\xe9t\xe9"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let edit = FieldEdit::read(&option, Action::Set).unwrap();
        assert_eq!(edit.value.as_bytes(), b"\xe9t\xe9");
    }
}
