use std::path::Path;

use agentgateway_core::seal::Sealer;
use anyhow::{Context, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};

const KEY_BYTES: usize = 32;

/// What seals with the first key of a file, and opens with each of them.
///
/// # Errors
/// The file cannot be read, or a line of it is no key. The error does not repeat it.
pub(super) fn sealer(file: &Path) -> anyhow::Result<Sealer> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--seal-key-file {}", file.display()))?;
    let mut keys = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let key = STANDARD.decode(text).ok();
        let key = key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key).ok());
        let Some(key) = key else {
            bail!(
                "--seal-key-file {}: line {line} is no key: 32 bytes as base64, as `openssl rand -base64 32` \
                 writes them",
                file.display()
            );
        };
        keys.push(key);
    }
    ensure!(
        !keys.is_empty(),
        "--seal-key-file {}: it holds no key",
        file.display()
    );
    Ok(Sealer::rotated(&keys))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use agentgateway_core::seal::Seal;

    use super::*;

    #[test]
    fn the_first_key_seals_and_each_opens() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (old, new) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        let before = sealer(&write("old", &old)).unwrap();
        let after = sealer(&write("both", &format!("# since May\n{new}\n\n{old}\n"))).unwrap();
        let now = SystemTime::now();
        let text = before.seal(Seal::new("x"), b"y", now + Duration::from_secs(9));
        assert_eq!(after.open(Seal::new("x"), &text, now).unwrap(), b"y");
        let text = after.seal(Seal::new("x"), b"y", now + Duration::from_secs(9));
        assert!(before.open(Seal::new("x"), &text, now).is_none());

        for (name, text, told) in [
            ("short", "c2VjcmV0", "line 1 is no key"),
            ("none", "# only words\n", "holds no key"),
        ] {
            let error = format!("{:#}", sealer(&write(name, text)).unwrap_err());
            assert!(
                error.contains(told) && !error.contains("c2VjcmV0"),
                "{error}"
            );
        }
        assert!(sealer(&folder.path().join("gone")).is_err());
    }
}
