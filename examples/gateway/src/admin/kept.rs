use std::sync::{Arc, Mutex, PoisonError};

/// What is made once for each state of the configuration, and shared by all who ask. Clones keep the
/// same.
#[derive(Debug)]
pub(super) struct Kept<T>(Arc<Mutex<Option<(u64, T)>>>);

impl<T: Clone> Kept<T> {
    /// What was made for this version; made now where that is another one. Meanwhile others who ask
    /// wait, so that it is made once.
    pub(super) fn of(&self, version: u64, make: impl FnOnce() -> T) -> T {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, made)) if *of == version => made.clone(),
            _ => {
                // The old one is let go before the new one is made: both may be large.
                *kept = None;
                let made = make();
                *kept = Some((version, made.clone()));
                made
            }
        }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_for_each_version() {
        let (kept, mut made) = (Kept::default(), 0);
        for version in [1, 1, 2, 2, 1] {
            let own = kept.of(version, || {
                made += 1;
                format!("{version}")
            });
            assert_eq!(own, version.to_string());
        }
        assert_eq!(made, 3);
    }
}
