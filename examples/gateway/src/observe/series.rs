use std::{fmt::Debug, hash::Hash, sync::OnceLock};

use prometheus_client::metrics::family::{Family, MetricConstructor};

/// So many sets of labels are found without a hash and a lock.
const NEAR: usize = 24;

/// The members of a family, by labels of which there are few.
///
/// A family hashes its labels and takes a lock, which each request would pay for several times. Here
/// they are compared; what is found once is kept.
#[derive(Debug)]
pub(super) struct Series<L, M, C = fn() -> M> {
    family: Family<L, M, C>,
    /// Filled from the first on.
    known: [OnceLock<(L, M)>; NEAR],
}

impl<L, M, C> Series<L, M, C>
where
    L: Clone + Eq + Hash,
    M: Clone,
    C: MetricConstructor<M>,
{
    pub(super) fn new(family: Family<L, M, C>) -> Self {
        Self {
            family,
            known: [const { OnceLock::new() }; NEAR],
        }
    }

    /// Gives the member of these labels.
    pub(super) fn with<T>(&self, labels: &L, then: impl FnOnce(&M) -> T) -> T {
        for slot in &self.known {
            let (of, found) = slot.get_or_init(|| (labels.clone(), self.created(labels)));
            if of == labels {
                return then(found);
            }
        }
        then(&self.created(labels))
    }

    fn created(&self, labels: &L) -> M {
        self.family.get_or_create(labels).clone()
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn each_set_of_labels_has_its_own_however_many_there_are() {
        let family = Family::<Vec<(String, String)>, Counter>::default();
        let series = Series::new(family.clone());
        let labels = |n: usize| vec![("n".to_owned(), n.to_string())];
        for _ in 0..2 {
            for n in 0..NEAR + 3 {
                series.with(&labels(n), Counter::inc);
            }
        }
        for n in 0..NEAR + 3 {
            assert_eq!(family.get_or_create(&labels(n)).get(), 2, "{n}");
        }
    }
}
