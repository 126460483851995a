// Starts an example as a user does, and runs the command that it prints.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// The answer to the command that the example prints.
pub fn answer(program: &str, main: &str) -> String {
    assert!(main.lines().count() < 60, "an example is read at a glance");
    let program = Command::new(program)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut program = Running(program);
    let mut printed = BufReader::new(program.0.stdout.take().expect("its output is piped"));
    let mut command = String::new();
    printed.read_line(&mut command).expect("it prints");
    let command = command.trim_end();
    let output = Command::new("sh")
        .args(["-c", &format!("{command} --max-time 20")])
        .output()
        .expect("there is a shell");
    assert!(output.status.success(), "{command}\n{output:?}");
    String::from_utf8(output.stdout).expect("it answers in UTF-8")
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
