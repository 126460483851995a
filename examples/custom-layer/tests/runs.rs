#[path = "../../run.rs"]
mod run;

#[test]
fn answers_the_command_that_it_prints() {
    let answer = run::answer(
        env!("CARGO_BIN_EXE_custom-layer"),
        include_str!("../src/main.rs"),
    );
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(
        answer.contains(r#""id":1,"error":{"code":-31403"#),
        "{answer}"
    );
}
