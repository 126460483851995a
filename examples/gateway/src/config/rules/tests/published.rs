//! The published manifests: each broken one for its reason, and those that are sound.

use super::*;

/// Where the published sets are; `None`, told, where they are not.
fn published() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = root
        .ancestors()
        .map(|root| root.join("../shared/data/gateway-api"));
    let found = roots.find(|root| root.is_dir());
    if found.is_none() {
        eprintln!("skipped: ../shared/data/gateway-api is not there");
    }
    found
}

/// Words of the published expectations, with those that say the same here.
const EQUIVALENT: &str = include_str!("../published.txt");

#[test]
fn refuses_each_published_fault_for_its_reason() {
    let Some(root) = published() else {
        return;
    };
    let files = fs::read_dir(root.join("manifests-invalid")).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 22);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let expected = text
            .lines()
            .next()
            .unwrap()
            .trim_start_matches("# expect: ");
        let mut pairs = EQUIVALENT
            .lines()
            .filter_map(|line| line.split_once(" => "));
        let ours = pairs.find(|(theirs, _)| *theirs == expected);
        let ours = ours.map_or(expected, |(_, ours)| ours);
        let found = faults("f.yaml", &text);
        assert!(
            found.len() == 1 && found[0].contains(ours),
            "{} wanted {ours}, found {found:#?}",
            file.display()
        );
    }
}

#[test]
fn takes_the_published_manifests() {
    let Some(root) = published() else {
        return;
    };
    let text = fs::read_to_string(root.join("manifests-rendered/all.yaml")).unwrap();
    assert_eq!(faults("all.yaml", &text), [""; 0]);
    for file in fs::read_dir(root.join("conformance")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let text = text.replace("{GATEWAY_CONTROLLER_NAME}", "example.com/gateway");
        assert_eq!(faults("conformance.yaml", &text), [""; 0]);
    }
}
