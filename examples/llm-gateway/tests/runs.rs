#[path = "../../run.rs"]
mod run;

#[test]
fn answers_the_command_that_it_prints() {
    let answer = run::answer(
        env!("CARGO_BIN_EXE_llm-gateway"),
        include_str!("../src/main.rs"),
    );
    assert!(answer.contains(r#""id":"fast""#), "{answer}");
}
