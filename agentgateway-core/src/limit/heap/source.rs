//! What the kernel says of memory, read from its files.

/// Memory in use, and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryUse {
    /// What is in use and cannot be dropped at once.
    pub used_bytes: u64,
    /// How much may be.
    pub limit_bytes: u64,
}

impl MemoryUse {
    /// So much of so much.
    #[must_use]
    pub const fn new(used_bytes: u64, limit_bytes: u64) -> Self {
        Self {
            used_bytes,
            limit_bytes,
        }
    }

    /// How much is left below this share of the limit.
    pub(super) fn room(self, share: f64) -> u64 {
        // Saturates at both ends.
        (self.limit_bytes as f64 * share - self.used_bytes as f64) as u64
    }

    pub(super) fn share(self) -> f64 {
        self.used_bytes as f64 / (self.limit_bytes as f64).max(1.0)
    }
}

/// A limit that is as good as none: version 1 says the largest multiple of a page.
const UNLIMITED: u64 = 1 << 60;

/// The files of one version of cgroups.
struct Version {
    mount: &'static str,
    limit: &'static str,
    used: &'static str,
    droppable: [&'static str; 2],
}

const V2: Version = Version {
    mount: "/sys/fs/cgroup",
    limit: "memory.max",
    used: "memory.current",
    droppable: ["inactive_file ", "active_file "],
};
const V1: Version = Version {
    mount: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    droppable: ["total_inactive_file ", "total_active_file "],
};

pub(super) fn system() -> Option<MemoryUse> {
    look(&|path| std::fs::read_to_string(path).ok())
}

/// The process against a limit of the application's own.
pub(super) fn process(limit_bytes: u64) -> Option<MemoryUse> {
    let used = resident(&|path| std::fs::read_to_string(path).ok())?;
    Some(MemoryUse::new(used, limit_bytes))
}

type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The first of the sources that has a limit.
pub(super) fn look(read: Read<'_>) -> Option<MemoryUse> {
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    nearest(&V2, group(&groups, ""), read)
        .or_else(|| nearest(&V1, group(&groups, "memory"), read))
        .or_else(|| {
            let total = kilobytes(&read("/proc/meminfo")?, "MemTotal:")?;
            Some(MemoryUse::new(resident(read)?, total))
        })
}

/// The path of the group that has this controller; version 2 names none.
fn group<'a>(groups: &'a str, controller: &str) -> &'a str {
    let of = |line: &'a str| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let has = controllers.split(',').any(|name| name == controller);
        has.then_some(path)
    };
    groups.lines().find_map(of).unwrap_or_default()
}

/// Of a group and those that it is in, the one that is nearest its limit. In a container the group's
/// own path may not be there, and the mount is the container's group.
fn nearest(version: &Version, path: &str, read: Read<'_>) -> Option<MemoryUse> {
    let mut nearest: Option<MemoryUse> = None;
    let mut path = path.trim_end_matches('/');
    loop {
        let found = level(version, path, read);
        if found.is_some_and(|found| nearest.is_none_or(|best| found.share() > best.share())) {
            nearest = found;
        }
        match path.rsplit_once('/') {
            Some((parent, _)) => path = parent,
            None => return nearest,
        }
    }
}

fn level(version: &Version, path: &str, read: Read<'_>) -> Option<MemoryUse> {
    let file = |name: &str| read(&[version.mount, path, "/", name].concat());
    // "max" is no number.
    let limit: u64 = file(version.limit)?.trim().parse().ok()?;
    if limit >= UNLIMITED {
        return None;
    }
    let used: u64 = file(version.used)?.trim().parse().ok()?;
    let stat = file("memory.stat").unwrap_or_default();
    let droppable = |line: &str| -> Option<u64> {
        let mut names = version.droppable.iter();
        let value = names.find_map(|name| line.strip_prefix(name))?;
        value.trim().parse().ok()
    };
    let droppable: u64 = stat.lines().filter_map(droppable).sum();
    let used = used.saturating_sub(droppable);
    Some(MemoryUse::new(used, limit))
}

/// Not from `statm`: it counts in pages, whose size is not told there.
fn resident(read: Read<'_>) -> Option<u64> {
    kilobytes(&read("/proc/self/status")?, "VmRSS:")
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = |line: &str| -> Option<u64> {
        let value = line.strip_prefix(name)?.trim().strip_suffix("kB")?;
        value.trim().parse().ok()
    };
    text.lines().find_map(line)?.checked_mul(1024)
}
