//! The program, run in a home of its own.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

/// Where the program keeps its key.
pub(crate) struct Home(TempDir);

/// The program at work; ends with this.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) lines: Lines<BufReader<ChildStdout>>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_epicme").as_ref(), arguments)
    }

    fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env("XDG_STATE_HOME", self.0.path());
        command
    }

    /// Runs what was printed, to its end.
    pub(crate) fn paste(&self, line: &str) -> Output {
        let mut command = self.command_of("sh".as_ref(), &["-c", line]);
        let output = command.stdin(Stdio::null()).output();
        output.expect("a shell")
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let output = command.stdin(Stdio::null()).output();
        output.expect("the program starts")
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Program {
        self.start_as(env!("CARGO_BIN_EXE_epicme").as_ref(), arguments)
    }

    /// Starts the program, and collects what it logs.
    pub(crate) fn start_logged(&self, arguments: &[&str]) -> (Program, Log) {
        let mut command = self.command(arguments);
        command.stderr(Stdio::piped());
        let mut program = started(command);
        let stderr = program.child.stderr.take().expect("piped");
        (program, Log(BufReader::new(stderr).lines()))
    }

    /// Starts the program under another name.
    pub(crate) fn start_as(&self, program: &Path, arguments: &[&str]) -> Program {
        started(self.command_of(program, arguments))
    }
}

fn started(mut command: Command) -> Program {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let stdout = child.stdout.take().expect("piped");
    Program {
        child,
        lines: BufReader::new(stdout).lines(),
    }
}

/// The log of a program.
pub(crate) struct Log(Lines<BufReader<ChildStderr>>);

impl Log {
    /// Returns all lines, once the program has ended.
    pub(crate) fn lines(self, program: Program) -> Vec<String> {
        drop(program);
        self.0.map_while(Result::ok).collect()
    }
}

impl Program {
    pub(crate) fn line(&mut self) -> String {
        let line = self.lines.next().expect("another line");
        line.expect("UTF-8")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}
