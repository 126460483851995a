use super::source::{look, process, system};

const GIB: u64 = 1 << 30;

/// Files by their paths.
fn found(files: &[(&str, &str)]) -> Option<super::MemoryUse> {
    look(&|path| {
        let file = files.iter().find(|(name, _)| *name == path);
        file.map(|(_, text)| (*text).to_owned())
    })
}

const HOST: [(&str, &str); 2] = [
    (
        "/proc/meminfo",
        "MemTotal:       16777216 kB\nMemFree: 1 kB\n",
    ),
    (
        "/proc/self/status",
        "Name:\tx\nVmHWM:\t 99 kB\nVmRSS:\t  2097152 kB\n",
    ),
];

#[test]
fn version_two_is_read_at_the_level_that_is_nearest_its_limit() {
    let mut files = HOST.to_vec();
    files.extend([
        ("/proc/self/cgroup", "0::/pods/one/gateway\n"),
        ("/sys/fs/cgroup/pods/one/gateway/memory.max", "max\n"),
        ("/sys/fs/cgroup/pods/one/gateway/memory.current", "1\n"),
        ("/sys/fs/cgroup/pods/one/memory.max", "1073741824\n"),
        ("/sys/fs/cgroup/pods/one/memory.current", "1000000000\n"),
        (
            "/sys/fs/cgroup/pods/one/memory.stat",
            "anon 5\nfile 7\ninactive_anon 3\ninactive_file 399999000\nactive_file 1000\n",
        ),
        ("/sys/fs/cgroup/pods/memory.max", "2147483648\n"),
        ("/sys/fs/cgroup/pods/memory.current", "700000000\n"),
    ]);
    let seen = found(&files).unwrap();
    assert_eq!((seen.used_bytes, seen.limit_bytes), (600_000_000, GIB));
}

#[test]
fn in_a_container_the_mount_is_its_group() {
    let mut files = HOST.to_vec();
    files.extend([
        ("/proc/self/cgroup", "0::/kubepods/burstable/pod7/abc\n"),
        ("/sys/fs/cgroup/memory.max", "1073741824\n"),
        ("/sys/fs/cgroup/memory.current", "1000\n"),
    ]);
    let seen = found(&files).unwrap();
    assert_eq!((seen.used_bytes, seen.limit_bytes), (1000, GIB));
}

#[test]
fn version_one_is_read_where_there_is_no_other() {
    let mut files = HOST.to_vec();
    files.extend([
        (
            "/proc/self/cgroup",
            "12:cpu,cpuacct:/x\n4:memory:/docker/abc\n1:name=systemd:/y\n0::/system\n",
        ),
        (
            "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes",
            "9223372036854771712\n",
        ),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "1073741824\n",
        ),
        ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "5000\n"),
        (
            "/sys/fs/cgroup/memory/memory.stat",
            "cache 1\ninactive_file 1\ntotal_inactive_file 2000\n",
        ),
    ]);
    let seen = found(&files).unwrap();
    assert_eq!((seen.used_bytes, seen.limit_bytes), (3000, GIB));
}

#[test]
fn without_a_group_the_process_is_measured_by_the_host() {
    let seen = found(&HOST).unwrap();
    assert_eq!((seen.used_bytes, seen.limit_bytes), (2 * GIB, 16 * GIB));
}

#[test]
fn what_cannot_be_read_is_not_known() {
    assert_eq!(found(&[]), None);
    for text in ["", "garbage", "0::", ":", "::\n::\n"] {
        assert_eq!(found(&[("/proc/self/cgroup", text)]), None, "{text:?}");
    }
    let odd = [
        ("/proc/self/cgroup", "0::/\n"),
        ("/sys/fs/cgroup/memory.max", "-1\n"),
        ("/proc/meminfo", "MemTotal: 18446744073709551615 kB\n"),
        ("/proc/self/status", "VmRSS: 1 kB\n"),
    ];
    assert_eq!(found(&odd), None);
}

#[cfg(target_os = "linux")]
#[test]
fn this_system_tells_of_itself() {
    let seen = system().unwrap();
    assert!(seen.used_bytes > 0 && seen.limit_bytes > seen.used_bytes);
    let own = process(GIB).unwrap();
    assert_eq!(own.limit_bytes, GIB);
    assert!(own.used_bytes > 1024 * 1024);
}
